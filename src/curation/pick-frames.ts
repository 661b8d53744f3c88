// Lets the strategies pick, and keeps apart what is new from what was selected earlier.
import type { Candidates } from '../selection/candidates.ts';
import { poolOf } from '../selection/candidates.ts';
import { type Selection, select } from '../selection/select.ts';
import { selectSequences } from '../selection/sequences.ts';
import { openAtStart } from '../selection/threshold.ts';
import type { CandidateSources, FrameCandidates } from './frame-candidates.ts';
import type { OrderName } from './order-names.ts';
import { hasDistances, orderFrames } from './orders.ts';
import type { SelectionRules } from './rules.ts';
import type { SelectedFrame } from './selected-frame.ts';

/** Entry `i` of each array is of the `i`-th new pick. */
export interface FramePicks extends Pick<Selection, 'owedCount' | 'stoppedBy' | 'coverageRadius'> {
  readonly rows: readonly number[];
  readonly distances: readonly (number | undefined)[];
  /** What an order picked for, where that is no distance. */
  readonly values: readonly (number | undefined)[] | undefined;
}

interface Watch extends Pick<CandidateSources, 'signal' | 'onProgress'> {
  readonly continues?: readonly SelectedFrame[] | undefined;
}

/** @throws as `select`, `selectSequences`, or the order */
export const pickFrames = (
  found: FrameCandidates,
  rules: SelectionRules,
  watch: Watch,
): Promise<FramePicks> =>
  rules.order === undefined
    ? pickGreedily(found, rules, watch)
    : pickInOrder(rules.order, found, rules, watch);

/** Rows of the table that may be selected, or were. */
export const openRows = ({ table, candidates }: FrameCandidates): number[] =>
  [...table.filenames.keys()].filter((row) => !candidates.excluded?.[row]);

const pickGreedily = async (
  found: FrameCandidates,
  rules: SelectionRules,
  watch: Watch,
): Promise<FramePicks> => {
  const { signal, onProgress } = watch;
  const { minDistance, minGapSeconds, perVideo, selectedSequenceLength } = rules;
  const { strategies, thresholds } = found.rules;
  const options = {
    strategies,
    thresholds,
    count: countOf(found, rules, watch),
    minDistance,
    minGapSeconds,
    perVideo,
    preselected: found.preselected,
    signal,
    onProgress: (done: number, total: number): void =>
      onProgress?.({ stage: 'selecting', done, total, failed: 0, unit: 'frames' }),
  };
  const { indices, preselectedCount, distanceAtPick, ...selection } =
    selectedSequenceLength === undefined
      ? await select(found.candidates, options)
      : await selectSequences(found.candidates, { ...options, selectedSequenceLength });
  return {
    ...selection,
    rows: indices.slice(preselectedCount),
    distances: distanceAtPick.slice(preselectedCount),
    values: undefined,
  };
};

const pickInOrder = async (
  order: OrderName,
  found: FrameCandidates,
  rules: SelectionRules,
  watch: Watch,
): Promise<FramePicks> => {
  const { preselected } = found;
  const { seed, minDistance: radius } = rules;
  const count = countOf(found, rules, watch);
  const { indices, values } = await orderFrames(order, withoutThoseBelow(found), {
    count,
    preselected,
    seed,
    radius,
    signal: watch.signal,
  });
  const own = values.slice(preselected.length);
  return {
    rows: indices.slice(preselected.length),
    distances: hasDistances(order) ? own : own.map(() => undefined),
    values: hasDistances(order) ? undefined : own,
    owedCount: 0,
    stoppedBy: indices.length >= (count ?? Number.POSITIVE_INFINITY) ? 'count' : 'exhausted',
    coverageRadius: undefined,
  };
};

/** Orders know no thresholds. */
const withoutThoseBelow = ({ candidates, rules, preselected }: FrameCandidates): Candidates => {
  const pool = poolOf(candidates);
  const isOpen = openAtStart(pool, rules.thresholds);
  const excluded = Uint8Array.from(candidates.excluded ?? new Uint8Array(candidates.count));
  for (const [place, row] of pool.given.entries()) if (isOpen[place] === 0) excluded[row] = 1;
  for (const row of preselected) excluded[row] = 0;
  return { ...candidates, excluded };
};

/** Picks altogether: frames of the pool are beyond what was asked for, unless that continues them. */
const countOf = (
  found: FrameCandidates,
  { nSamples, proportionSamples, selectedSequenceLength: length = 1 }: SelectionRules,
  { continues }: Watch,
): number | undefined => {
  const beyond = found.preselected.slice(0, continues === undefined ? found.poolCount : 0);
  const counts = nSamples === undefined ? [] : [nSamples];
  if (proportionSamples !== undefined) {
    const isBeyond = new Set(beyond);
    const open = openRows(found).filter((row) => !isBeyond.has(row)).length;
    counts.push(length * Math.round((proportionSamples * open) / length));
  }
  return counts.length === 0 ? undefined : Math.min(...counts) + beyond.length;
};
