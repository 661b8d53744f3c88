// Lightly's `selection_config`: what is selected, out of which inputs, by which strategies. Pure.
import type { BalanceTarget } from './balance.ts';
import { DocumentReader, documentError } from './document-reader.ts';
import type { Threshold } from './threshold.ts';

/** Where a column of numbers comes from. */
export type NumberSource =
  | { readonly kind: 'metadata'; readonly key: string }
  | { readonly kind: 'score'; readonly task: string; readonly score: string }
  | { readonly kind: 'category count'; readonly task: string; readonly categories: readonly string[] };

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
  | ({ readonly type: 'similarity' } & Weighted)
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

const TOP_KEYS = ['n_samples', 'proportion_samples', 'strategies', 'lightly_path_regex', 'auto_tasks'];
const MOST_STRENGTH = 1e9;

/** What each strategy may look at (Lightly's table of combinations), and the keys that it has. */
const STRATEGIES = {
  DIVERSITY: { inputs: ['EMBEDDINGS'], keys: ['stopping_condition_minimum_distance'] },
  SIMILARITY: { inputs: ['EMBEDDINGS'], keys: [] },
  TYPICALITY: {
    inputs: ['EMBEDDINGS'],
    keys: ['num_nearest_neighbors', 'stopping_condition_minimum_typicality'],
  },
  WEIGHTS: {
    inputs: ['SCORES', 'METADATA', 'PREDICTIONS', 'RANDOM'],
    keys: ['stopping_condition_max_sum'],
  },
  THRESHOLD: { inputs: ['SCORES', 'METADATA', 'PREDICTIONS'], keys: ['threshold', 'operation'] },
  BALANCE: { inputs: ['PREDICTIONS', 'METADATA'], keys: ['target', 'distribution'] },
} as const;

const INPUTS = {
  EMBEDDINGS: ['dataset_id', 'tag_name', 'task'],
  SCORES: ['task', 'score'],
  PREDICTIONS: ['task', 'name', 'categories'],
  METADATA: ['key'],
  RANDOM: ['random_seed'],
} as const;

const STRATEGY_NAMES = Object.keys(STRATEGIES) as (keyof typeof STRATEGIES)[];
const INPUT_NAMES = Object.keys(INPUTS) as (keyof typeof INPUTS)[];

/**
 * Reads a `selection_config` as users of Lightly have it: with keys in snake case (the Python client) or camel case (the
 * API). `n_samples` and `proportion_samples` may both be missing, when something else says how many.
 *
 * @param label what messages call the document
 * @throws ERR_CONFIG with the place of what is wrong
 */
export const parseSelectionConfig = (document: unknown, label: string): SelectionConfig => {
  const top = new DocumentReader(document, label, '', TOP_KEYS);
  const nSamples = top.number('n_samples', { least: 1, isWhole: true });
  const proportionSamples = top.number('proportion_samples', { least: 0, isAbove: true, most: 1 });
  if (nSamples !== undefined && proportionSamples !== undefined)
    throw top.error('', 'n_samples and proportion_samples exclude each other. Keep one of them.');
  if (top.has('lightly_path_regex'))
    throw top.error(
      'lightly_path_regex',
      'is of the platform. Embed the files that you want, with --include.',
    );
  if (top.has('auto_tasks') && top.texts('auto_tasks')!.length > 0)
    throw top.error('auto_tasks', 'are of the platform. Give predictions of your own.');
  const entries = top.raw('strategies');
  if (!Array.isArray(entries) || entries.length === 0)
    throw top.error('strategies', 'there must be a list of at least one strategy.');
  const strategies: ConfiguredStrategy[] = [];
  const thresholds: ConfiguredThreshold[] = [];
  const distances: number[] = [];
  for (const [i, entry] of (entries as readonly unknown[]).entries()) {
    const parsed = parseEntry(entry, label, `strategies[${i}]`);
    if ('operation' in parsed) thresholds.push(parsed);
    else strategies.push(parsed.strategy);
    if ('minDistance' in parsed && parsed.minDistance !== undefined) distances.push(parsed.minDistance);
  }
  const minDistance = distances.length === 0 ? undefined : Math.max(...distances);
  return { nSamples, proportionSamples, strategies, thresholds, minDistance };
};

type Entry =
  | ConfiguredThreshold
  | { readonly strategy: ConfiguredStrategy; readonly minDistance?: number | undefined };

const parseEntry = (value: unknown, label: string, place: string): Entry => {
  const entry = new DocumentReader(value, label, place, ['input', 'strategy']);
  for (const part of ['input', 'strategy'])
    if (!entry.has(part)) entry.missing(part, 'both input and strategy');
  const kindOf = typeReader(label);
  const type = kindOf(entry.raw('strategy'), `${place}.strategy`, STRATEGY_NAMES);
  const inputType = kindOf(entry.raw('input'), `${place}.input`, INPUT_NAMES);
  const { inputs, keys } = STRATEGIES[type];
  if (!(inputs as readonly string[]).includes(inputType)) {
    const others = STRATEGY_NAMES.filter((name) =>
      (STRATEGIES[name].inputs as readonly string[]).includes(inputType),
    );
    throw entry.error(
      '',
      `${type} does not go with ${inputType}. It goes with ${inputs.join(', ')}; ${inputType} goes with ${others.join(', ')}.`,
    );
  }
  const input = new DocumentReader(entry.raw('input'), label, `${place}.input`, [
    'type',
    ...INPUTS[inputType],
  ]);
  const strategy = new DocumentReader(entry.raw('strategy'), label, `${place}.strategy`, [
    'type',
    'strength',
    ...keys,
  ]);
  const strength = strategy.number('strength', { least: -MOST_STRENGTH, most: MOST_STRENGTH });
  switch (type) {
    case 'DIVERSITY': {
      refuseObjects(input);
      const minDistance = strategy.number('stopping_condition_minimum_distance', { least: 0 });
      return { strategy: { type: 'diversity', strength }, minDistance };
    }
    case 'SIMILARITY':
      refuseObjects(input);
      return { strategy: { type: 'similarity', strength } };
    case 'TYPICALITY': {
      refuseObjects(input);
      const neighbours = strategy.number('num_nearest_neighbors', { least: 2, isWhole: true });
      const minimum = strategy.number('stopping_condition_minimum_typicality', {
        least: 0,
        isAbove: true,
        most: 1,
      });
      return { strategy: { type: 'typicality', neighbours, minimum, strength } };
    }
    case 'WEIGHTS': {
      const maxSum = strategy.number('stopping_condition_max_sum', { least: 0, isAbove: true });
      if (inputType !== 'RANDOM')
        return { strategy: { type: 'weights', source: numberSource(input, inputType), maxSum, strength } };
      if (maxSum !== undefined)
        throw strategy.error('stopping_condition_max_sum', 'has no meaning for RANDOM. Leave it out.');
      const seed = input.number('random_seed', { least: 0, isWhole: true });
      return { strategy: { type: 'random', seed, strength } };
    }
    case 'THRESHOLD': {
      const threshold = strategy.number('threshold') ?? strategy.missing('threshold', 'a number');
      const operation = strategy.requiredWord('operation', [
        'SMALLER',
        'SMALLER_EQUAL',
        'BIGGER',
        'BIGGER_EQUAL',
      ]);
      return { source: numberSource(input, inputType), operation, threshold };
    }
    case 'BALANCE': {
      const target = balanceTarget(strategy);
      return { strategy: { type: 'balance', source: classSource(input, inputType), target, strength } };
    }
  }
};

/** The `type` of a map whose other keys are not known yet. */
const typeReader =
  (label: string) =>
  <const W extends string>(value: unknown, place: string, words: readonly W[]): W => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw documentError(label, place, 'is no object. Write { "type": … }.');
    const { type } = value as { readonly type?: unknown };
    return new DocumentReader({ type }, label, place, ['type']).requiredWord('type', words);
  };

const refuseObjects = (input: DocumentReader): void => {
  if (input.has('task'))
    throw input.error(
      'task',
      'embeddings of objects are not supported. Leave it out to select by those of frames.',
    );
};

const numberSource = (input: DocumentReader, type: keyof typeof INPUTS): NumberSource => {
  if (type === 'METADATA') return { kind: 'metadata', key: input.requiredText('key') };
  const task = input.requiredText('task');
  if (type === 'SCORES') return { kind: 'score', task, score: input.requiredText('score') };
  if (input.requiredWord('name', ['CLASS_DISTRIBUTION', 'CATEGORY_COUNT']) === 'CLASS_DISTRIBUTION')
    throw input.error('name', 'CLASS_DISTRIBUTION goes with BALANCE only. Here it must be CATEGORY_COUNT.');
  const categories = input.texts('categories') ?? input.missing('categories', 'the names of categories');
  if (categories.length === 0) throw input.error('categories', 'is empty. Give the names of categories.');
  return { kind: 'category count', task, categories };
};

const classSource = (input: DocumentReader, type: keyof typeof INPUTS): ClassSource => {
  if (type === 'METADATA') return { kind: 'metadata', key: input.requiredText('key') };
  const task = input.requiredText('task');
  if (input.requiredWord('name', ['CLASS_DISTRIBUTION', 'CATEGORY_COUNT']) === 'CATEGORY_COUNT')
    throw input.error(
      'name',
      'CATEGORY_COUNT goes with WEIGHTS and THRESHOLD. Here it must be CLASS_DISTRIBUTION.',
    );
  return { kind: 'class distribution', task };
};

const SHARES_TOLERANCE = 1e-9;

const balanceTarget = (strategy: DocumentReader): BalanceTarget => {
  const target = strategy.raw('target');
  const distribution = strategy.word('distribution', ['TARGET', 'UNIFORM', 'INPUT']);
  if (distribution === 'UNIFORM' || distribution === 'INPUT') {
    if (target === undefined) return distribution === 'UNIFORM' ? 'uniform' : 'input';
    throw strategy.error('target', `contradicts the distribution ${distribution}. Leave one of them out.`);
  }
  if (target === undefined) return strategy.missing('target', 'shares of classes, or a distribution');
  if (typeof target !== 'object' || target === null || Array.isArray(target))
    throw strategy.error('target', 'is no object of shares. Write { "class": 0.5 }.');
  const shares = Object.entries(target as Readonly<Record<string, unknown>>);
  let sum = 0;
  for (const [name, share] of shares) {
    if (typeof share !== 'number' || !(share >= 0 && share <= 1))
      throw strategy.error('target', `the share of ${JSON.stringify(name)} is not a number in [0, 1].`);
    sum += share;
  }
  if (sum > 1 + SHARES_TOLERANCE)
    throw strategy.error('target', `the shares sum to ${sum}, and may sum to 1 at most.`);
  return Object.fromEntries(shares) as Readonly<Record<string, number>>;
};
