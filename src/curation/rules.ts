// How frames are selected: the rules as the command line and programs give them.
import { FramesiftError } from '../base/errors.ts';
import type { VideoLimits } from '../selection/select.ts';
import type {
  ConfiguredStrategy,
  ConfiguredThreshold,
  SelectionConfig,
} from '../selection/selection-config.ts';
import type { FilterRule } from './frame-filters.ts';
import type { OrderName } from './order-names.ts';

/** A strategy of Lightly's `selection_config`, or `time`: even in time within each video. */
export type FrameStrategy =
  | ConfiguredStrategy
  | { readonly type: 'time'; readonly strength?: number | undefined };

export interface SelectionRules {
  /** Frames altogether, those that were selected earlier included. */
  readonly nSamples?: number | undefined;
  /** The same as a share of the frames to choose from, in [0, 1]; with both, the smaller number. */
  readonly proportionSamples?: number | undefined;
  /** Their product decides. Default: diversity. */
  readonly strategies?: readonly FrameStrategy[] | undefined;
  /** A strategy that orders all frames by itself, in place of `strategies`. */
  readonly order?: OrderName | undefined;
  readonly thresholds?: readonly ConfiguredThreshold[] | undefined;
  /** Frames that are left out for what is measured of them. */
  readonly filters?: readonly FilterRule[] | undefined;
  /** No pick is nearer to another one than this, in [0, 2]. */
  readonly minDistance?: number | undefined;
  /** Picks of one video are at least so far apart. */
  readonly minGapSeconds?: number | undefined;
  readonly perVideo?: VideoLimits | undefined;
  /** Whole runs of so many frames to choose from, in a row. */
  readonly selectedSequenceLength?: number | undefined;
  /** For what is drawn by lot. Default 0. */
  readonly seed?: number | undefined;
}

const USUAL_STRATEGIES: readonly FrameStrategy[] = [{ type: 'diversity' }];

/**
 * The rules among options, with what a `selection_config` says: strategies and thresholds together, and numbers of the
 * options before its own.
 *
 * @throws ERR_CONSTRAINTS for a config and an order
 */
export const rulesOf = (options: SelectionRules, config: SelectionConfig | undefined): SelectionRules => {
  const { order, filters, minGapSeconds, perVideo, selectedSequenceLength, seed } = options;
  const common = { order, filters, minGapSeconds, perVideo, selectedSequenceLength, seed };
  const { nSamples, proportionSamples, strategies, thresholds, minDistance } = options;
  if (config === undefined) {
    const usual = order === undefined ? USUAL_STRATEGIES : [];
    return {
      ...common,
      nSamples,
      proportionSamples,
      strategies: strategies ?? usual,
      thresholds,
      minDistance,
    };
  }
  if (order !== undefined)
    throw contradiction(`strategy ${order}`, 'a selection_config', 'both say how to select');
  const counted = nSamples === undefined && proportionSamples === undefined ? config : options;
  return {
    ...common,
    nSamples: counted.nSamples,
    proportionSamples: counted.proportionSamples,
    strategies: [...config.strategies, ...(strategies ?? [])],
    thresholds: [...config.thresholds, ...(thresholds ?? [])],
    minDistance: minDistance ?? config.minDistance,
  };
};

/** @throws ERR_OPTION when nothing says how many; ERR_CONSTRAINTS when two of them do not go together */
export const requireRules = (rules: SelectionRules, datapool: string | undefined): void => {
  const { nSamples, proportionSamples, minDistance, order } = rules;
  if (nSamples === undefined && proportionSamples === undefined && minDistance === undefined) {
    throw new FramesiftError(
      'ERR_OPTION',
      'how many frames? Give nSamples (-n), proportionSamples (--proportion), or minDistance (--min-distance) for as many as are that far apart.',
    );
  }
  if (datapool !== undefined && rules.selectedSequenceLength !== undefined)
    throw contradiction('datapool', 'selectedSequenceLength', 'a pool holds frames, not runs of them');
  if (order === undefined) return;
  const unheeded = {
    'other strategies': (rules.strategies ?? []).length > 0,
    minGapSeconds: (rules.minGapSeconds ?? 0) > 0,
    perVideo: Object.values(rules.perVideo ?? {}).some((limit) => limit !== undefined),
    selectedSequenceLength: rules.selectedSequenceLength !== undefined,
  };
  for (const [what, isGiven] of Object.entries(unheeded))
    if (isGiven) throw contradiction(`strategy ${order}`, what, 'it orders all frames by itself');
};

const contradiction = (one: string, other: string, why: string): FramesiftError =>
  new FramesiftError(
    'ERR_CONSTRAINTS',
    `${one} and ${other} contradict each other: ${why}. Leave one of them out.`,
    { facts: { one, other } },
  );
