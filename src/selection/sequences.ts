// Selects whole runs of frames, by what their frames are like on average.

import { FramesiftError } from '../base/errors.ts';
import { type Matrix, matrixOf } from '../base/matrix.ts';
import { requireWhole } from '../base/option-checks.ts';
import { normalizeRows } from '../linalg/normalize-rows.ts';
import { type Candidates, type Pool, poolOf } from './candidates.ts';
import { type Selection, type SelectOptions, select } from './select.ts';
import { requirePreselected } from './select-limits.ts';
import { openAtStart } from './threshold.ts';

export interface SequenceOptions extends SelectOptions {
  /** Candidates in a row, at least 2. `count` must be a multiple of it. */
  readonly selectedSequenceLength: number;
}

/**
 * Cuts each video's candidates into runs that do not overlap, drops what is left at its end, and selects among the runs
 * by the means of their embeddings, columns and classes (Lightly's `selected_sequence_length`). A run with a frame that
 * is excluded, or that a threshold stands against, is left out. `proportion`, `perVideo` and `onProgress` count runs.
 *
 * @returns frames: `indices` holds run after run, each in order; the other facts are those of each frame's run
 * @throws ERR_OPTION when `count` is no multiple, or `preselected` not made of whole runs; ERR_CONSTRAINTS together with
 *   `minGapSeconds`; else as {@link select}
 */
export const selectSequences = async (
  candidates: Candidates,
  { selectedSequenceLength: length, thresholds = [], preselected = [], ...options }: SequenceOptions,
): Promise<Selection> => {
  requireWhole('selectedSequenceLength', length, 2);
  requireMultiple('count', options.count ?? 0, length);
  requireMultiple('preselected', preselected.length, length);
  if ((options.minGapSeconds ?? 0) > 0) {
    throw new FramesiftError(
      'ERR_CONSTRAINTS',
      `minGapSeconds ${options.minGapSeconds} and selectedSequenceLength ${length} contradict each other: frames of a run have no gaps. Change one of them.`,
    );
  }
  const pool = poolOf(candidates);
  const starts = runStarts(candidates, pool, openAtStart(pool, thresholds), length);
  const runs = await select(meansOf(pool, starts, length), {
    ...options,
    count: options.count === undefined ? undefined : options.count / length,
    preselected: runsOf(requirePreselected(pool, preselected), starts, length),
  });
  const spread = <T>(values: readonly T[]): T[] =>
    values.flatMap((value) => Array.from({ length }, () => value));
  return {
    ...runs,
    indices: runs.indices.flatMap((run) => [...pool.given.subarray(starts[run]!, starts[run]! + length)]),
    preselectedCount: preselected.length,
    owedCount: runs.owedCount * length,
    distanceAtPick: spread(runs.distanceAtPick),
  };
};

/** The first places in the pool of runs that are wholly open. Videos are cut as they are, with excluded candidates. */
const runStarts = (
  { count, video, frame }: Candidates,
  pool: Pool,
  isOpen: Uint8Array,
  length: number,
): number[] => {
  const whole = poolOf({ count, video, frame });
  const placeOf = new Int32Array(count).fill(-1);
  for (const [place, position] of pool.given.entries()) placeOf[position] = place;
  const starts: number[] = [];
  for (let each = 0; each + 1 < whole.videoStarts.length; each++) {
    const end = whole.videoStarts[each + 1]!;
    for (let start = whole.videoStarts[each]!; start + length <= end; start += length) {
      const places = Array.from(
        whole.given.subarray(start, start + length),
        (position) => placeOf[position]!,
      );
      if (places.every((place) => place >= 0 && isOpen[place] === 1)) starts.push(places[0]!);
    }
  }
  return starts;
};

/** One candidate for each run. */
const meansOf = (pool: Pool, starts: readonly number[], length: number): Candidates => {
  const meanOf = (column: ArrayLike<number>): number[] =>
    starts.map((start) => {
      let sum = 0;
      for (let i = start; i < start + length; i++) sum += column[i]!;
      return sum / length;
    });
  const meanRows = ({ columns, data }: Matrix): Matrix => {
    const means = new Float32Array(starts.length * columns);
    for (let column = 0; column < columns; column++) {
      for (const [run, start] of starts.entries()) {
        let sum = 0;
        for (let i = start; i < start + length; i++) sum += data[i * columns + column]!;
        means[run * columns + column] = sum / length;
      }
    }
    return matrixOf(means, starts.length, columns);
  };
  return {
    count: starts.length,
    rows: pool.rows && normalizeRows(meanRows(pool.rows)),
    video: starts.map((start) => pool.videoOf[start]!),
    seconds: pool.seconds && meanOf(pool.seconds),
    columns: Object.fromEntries(Object.entries(pool.columns).map(([name, column]) => [name, meanOf(column)])),
    classes: Object.fromEntries(
      Object.entries(pool.classes).map(([name, each]) => [name, { ...each, rows: meanRows(each.rows) }]),
    ),
  };
};

/** @param places of frames, run after run */
const runsOf = (places: readonly number[], starts: readonly number[], length: number): number[] =>
  Array.from({ length: places.length / length }, (_, i) => {
    const frames = places.slice(i * length, (i + 1) * length);
    const run = starts.indexOf(frames[0]!);
    if (run >= 0 && frames.every((frame, k) => frame === frames[0]! + k)) return run;
    throw new FramesiftError(
      'ERR_OPTION',
      `preselected: entries ${i * length} to ${(i + 1) * length - 1} are no run of ${length} frames as videos are cut. Give whole runs, each in order.`,
    );
  });

const requireMultiple = (name: string, value: number, length: number): void => {
  if (value % length === 0) return;
  throw new FramesiftError(
    'ERR_OPTION',
    `${name} ${value}: expected a multiple of selectedSequenceLength ${length}.`,
    { facts: { name, value, selectedSequenceLength: length } },
  );
};
