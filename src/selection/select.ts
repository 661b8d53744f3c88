// Which frames are worth labelling: thresholds first, then one at a time the best by all strategies together.

import type { AllocationRule } from './allocation.ts';
import { type Candidates, poolOf } from './candidates.ts';
import { coverageRadius } from './coverage.ts';
import { Eligibility } from './eligibility.ts';
import { GreedyRun, type StopReason } from './greedy-run.ts';
import { NearestSelected } from './nearest-selected.ts';
import { rowsFor } from './needs.ts';
import type { Objective } from './objective.ts';
import { openObjective } from './open-objective.ts';
import { limitsOf, mostPicks, requirePreselected, requireSelectOptions } from './select-limits.ts';
import type { Strategy } from './strategy.ts';
import { closeBelow, openAtStart, type Threshold } from './threshold.ts';
import { typicalitiesOf } from './typicality.ts';

export interface VideoLimits {
  /** Each video gets so many, as far as it has them, before any gets more. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Divides `count` among the videos, by how many candidates each has. Prefixes are then no selections of their own. */
  readonly allocate?: AllocationRule | undefined;
}

export interface SelectOptions {
  readonly strategies: readonly Strategy[];
  readonly thresholds?: readonly Threshold[] | undefined;
  /** Picks altogether, preselected ones included. Default: as many as there are. */
  readonly count?: number | undefined;
  /** The same as a share of the candidates that are not excluded, in [0, 1], rounded. The smaller of both counts. */
  readonly proportion?: number | undefined;
  /** No pick is nearer to another than this; the run ends when only such are left. Embeddings of length 1: in [0, 2]. */
  readonly minDistance?: number | undefined;
  /** Picks of one video are at least so far apart. */
  readonly minGapSeconds?: number | undefined;
  readonly perVideo?: VideoLimits | undefined;
  /** Positions of candidates that are selected already: they come first, in this order, and influence all others. */
  readonly preselected?: readonly number[] | undefined;
  /**
   * How a diverse selection begins that has nothing preselected: with the candidate nearest to the mean of all, or with
   * the first, as Lightly's does. Default `medoid`.
   */
  readonly start?: 'medoid' | 'first' | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Whether earlier values serve as bounds for later ones. For tests: results are the same. @internal */
  readonly isLazy?: boolean | undefined;
}

export interface Selection {
  /** Positions of candidates in the order in which they were picked: the preselected ones first. */
  readonly indices: readonly number[];
  readonly preselectedCount: number;
  /**
   * By pick: the distance to the nearest one before it. Undefined for the first, for preselected ones, and throughout
   * where nothing asked for distances: neither a diversity strategy nor `minDistance`.
   */
  readonly distanceAtPick: readonly (number | undefined)[];
  /** How many of the first picks after the preselected ones were made for `perVideo.min`. */
  readonly owedCount: number;
  readonly stoppedBy: StopReason;
  /** The largest distance of a candidate to the selection; undefined where distances are. */
  readonly coverageRadius: number | undefined;
}

/**
 * Selects as Lightly documents it: thresholds filter; then, one at a time, the candidate is picked whose product of
 * `objective ^ strength` over all strategies is largest. Ties go to the lowest video, frame and position. Pure
 * diversity is farthest-point selection (Gonzalez 1985), each prefix within twice the best possible radius.
 *
 * The same input gives the same picks, whatever the order of the candidates, and whatever the threads; but the
 * neighbours that typicality and similarity find among nearly equal rows are a matter of float32. Except with
 * `perVideo.allocate`, the first picks of a selection are the selection of that many; and one that continues from
 * `preselected` goes on as it would have without a break.
 *
 * @throws ERR_OPTION for a value out of range or candidates without what a strategy needs; ERR_CONSTRAINTS for two that
 *   contradict each other; ERR_SHAPE, ERR_EMBEDDINGS or ERR_METADATA for candidates that are malformed; the signal's reason
 */
export const select = async (candidates: Candidates, options: SelectOptions): Promise<Selection> => {
  requireSelectOptions(options);
  const pool = poolOf(candidates);
  const preselected = requirePreselected(pool, options.preselected ?? []);
  const isDiverse = options.strategies.some(({ type, strength }) => type === 'diversity' && strength !== 0);
  const hasDistances = isDiverse || (options.minDistance ?? 0) > 0;
  await using nearest = hasDistances
    ? new NearestSelected(rowsFor(pool, isDiverse ? 'diversity' : 'minDistance'))
    : undefined;
  const open = openAtStart(pool, options.thresholds ?? []);
  const typicalities = await typicalitiesOf(pool, options.strategies, options.signal);
  for (const [{ minimum }, values] of typicalities)
    if (minimum !== undefined) closeBelow(open, values, minimum);
  const isOpenAtStart = open.slice();
  const context = {
    pool,
    nearest,
    typicalities,
    isOpen: (candidate: number) => isOpenAtStart[candidate] === 1,
    signal: options.signal,
  };
  const objectives: Objective[] = [];
  for (const strategy of options.strategies) {
    const objective = await openObjective(strategy, context);
    if (objective) objectives.push(objective);
  }
  const most = mostPicks(pool, options);
  const eligibility = new Eligibility(pool, open, limitsOf(pool, options, isOpenAtStart, preselected, most));
  const run = new GreedyRun({ pool, objectives, eligibility, nearest, isDiverse, options, most });
  for (const candidate of preselected) run.take(candidate, undefined);
  const stoppedBy = await run.pickAll();
  return {
    indices: run.picks.map((candidate) => pool.given[candidate]!),
    preselectedCount: preselected.length,
    distanceAtPick: run.distances,
    owedCount: run.owedCount,
    stoppedBy,
    coverageRadius: nearest && (await coverageRadius(nearest, context.isOpen, options.signal)),
  };
};
