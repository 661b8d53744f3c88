// Lightly's `selection_config`: what is selected, out of which inputs, by which strategies. Pure.
import type { BalanceTarget } from './balance.ts';
import { DocumentReader } from './document-reader.ts';
import { parseStrategy } from './selection-config-strategy.ts';
import type { Threshold } from './threshold.ts';

/** How many predictions of a task there are of some categories. */
export interface CategoryCount {
  readonly kind: 'category count';
  readonly task: string;
  readonly categories: readonly string[];
}

/** Where a column of numbers comes from. */
export type NumberSource =
  | { readonly kind: 'metadata'; readonly key: string }
  | { readonly kind: 'score'; readonly task: string; readonly score: string }
  | CategoryCount;

/** Where classes come from. */
export type ClassSource =
  | { readonly kind: 'metadata'; readonly key: string }
  | { readonly kind: 'class distribution'; readonly task: string };

interface Weighted {
  readonly strength?: number | undefined;
}

/** A strategy, and where it gets what it looks at. */
export type ConfiguredStrategy =
  | ({ readonly type: 'diversity' } & Weighted)
  /** To the table of queries or, with a source, to the frames that have something of its categories. */
  | ({ readonly type: 'similarity'; readonly source?: CategoryCount | undefined } & Weighted)
  | ({
      readonly type: 'typicality';
      readonly neighbours?: number | undefined;
      readonly minimum?: number | undefined;
    } & Weighted)
  | ({
      readonly type: 'weights';
      readonly source: NumberSource;
      readonly maxSum?: number | undefined;
    } & Weighted)
  | ({ readonly type: 'balance'; readonly source: ClassSource; readonly target: BalanceTarget } & Weighted)
  | ({ readonly type: 'random'; readonly seed?: number | undefined } & Weighted);

export interface ConfiguredThreshold {
  readonly source: NumberSource;
  readonly operation: Threshold['operation'];
  readonly threshold: number;
}

export interface SelectionConfig {
  readonly nSamples?: number | undefined;
  readonly proportionSamples?: number | undefined;
  readonly strategies: readonly ConfiguredStrategy[];
  readonly thresholds: readonly ConfiguredThreshold[];
  /** The largest that a diversity strategy stops at. */
  readonly minDistance?: number | undefined;
}

const KEYS = ['n_samples', 'proportion_samples', 'strategies', 'lightly_path_regex', 'auto_tasks'];

/**
 * Reads a `selection_config` as users of Lightly have it: with keys in snake case (the Python client) or camel case (the
 * API). `n_samples` and `proportion_samples` may both be missing, when something else says how many.
 *
 * @param label what messages call the document
 * @throws ERR_CONFIG with the place of what is wrong
 */
export const parseSelectionConfig = (document: unknown, label: string): SelectionConfig => {
  const top = new DocumentReader(document, label, '', KEYS);
  const nSamples = top.number('n_samples', { least: 1, isWhole: true });
  const proportionSamples = top.number('proportion_samples', { least: 0, isAbove: true, most: 1 });
  if (nSamples !== undefined && proportionSamples !== undefined)
    throw top.error('', 'n_samples and proportion_samples exclude each other. Keep one of them.');
  refusePlatform(top);
  const entries = top.raw('strategies');
  if (!Array.isArray(entries) || entries.length === 0)
    throw top.error('strategies', 'there must be a list of at least one strategy.');
  const parsed = (entries as readonly unknown[]).map((entry, i) =>
    parseStrategy(entry, label, `strategies[${i}]`),
  );
  const distances = parsed.flatMap(({ minDistance = [] }) => minDistance);
  return {
    nSamples,
    proportionSamples,
    strategies: parsed.flatMap(({ strategy = [] }) => strategy),
    thresholds: parsed.flatMap(({ threshold = [] }) => threshold),
    minDistance: distances.length === 0 ? undefined : Math.max(...distances),
  };
};

const refusePlatform = (top: DocumentReader): void => {
  if (top.has('lightly_path_regex'))
    throw top.error(
      'lightly_path_regex',
      'is of the platform. Embed the files that you want, with --include.',
    );
  const tasks = top.raw('auto_tasks');
  if (tasks !== undefined && !(Array.isArray(tasks) && tasks.length === 0))
    throw top.error('auto_tasks', 'are of the platform. Give predictions of your own.');
};
