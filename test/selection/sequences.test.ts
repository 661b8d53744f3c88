import { describe, expect, it } from 'vitest';
import { matrixFromRows } from '../../src/base/matrix.ts';
import { type SequenceOptions, selectSequences } from '../../src/selection/sequences.ts';

/** Two videos of 7 and 4 frames: runs of two by direction, the seventh frame alone. */
const directions = [0, 0, 90, 90, 5, 5, 45, 180, 180, 10, 10];
const candidates = {
  count: 11,
  rows: matrixFromRows(
    directions.map((degrees) => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]),
  ),
  video: [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1],
  columns: { weight: [1, 5, 4, 4, 0, 0, 99, 2, 3, 9, 9] },
};

const picksOf = async (
  options: Omit<SequenceOptions, 'selectedSequenceLength'>,
): Promise<readonly number[]> =>
  (await selectSequences(candidates, { ...options, selectedSequenceLength: 2 })).indices;

describe('whole sequences', () => {
  it('are runs that do not overlap, by the mean of their rows', async () => {
    const { indices, distanceAtPick, stoppedBy } = await selectSequences(candidates, {
      strategies: [{ type: 'diversity' }],
      start: 'first',
      count: 6,
      selectedSequenceLength: 2,
    });
    expect(indices).toEqual([0, 1, 7, 8, 2, 3]);
    expect(distanceAtPick.slice(0, 2)).toEqual([undefined, undefined]);
    expect(distanceAtPick.slice(2).map((each) => Math.round(each! ** 2 * 1e6) / 1e6)).toEqual([4, 4, 2, 2]);
    expect(stoppedBy).toBe('count');
  });

  it('leave out the tail of a video, and weigh by means', async () => {
    expect(await picksOf({ strategies: [{ type: 'weights', column: 'weight' }] })).toEqual([
      9, 10, 2, 3, 0, 1, 7, 8, 4, 5,
    ]);
  });

  it('are left out where a frame is below a threshold', async () => {
    const thresholds = [{ column: 'weight', operation: 'BIGGER', threshold: 2 }] as const;
    expect(await picksOf({ strategies: [], thresholds })).toEqual([2, 3, 9, 10]);
  });

  it('are left out where a frame is excluded, and the others stay as they are', async () => {
    const excluded = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    const selecting = selectSequences(
      { ...candidates, excluded },
      { strategies: [], selectedSequenceLength: 2 },
    );
    expect((await selecting).indices).toEqual([0, 1, 4, 5, 7, 8, 9, 10]);
  });

  it('go on from whole runs', async () => {
    const options = { strategies: [{ type: 'diversity' }], start: 'first', count: 6 } as const;
    const all = await picksOf(options);
    expect(await picksOf({ ...options, preselected: all.slice(0, 2) })).toEqual(all);
  });

  it.each<readonly [Partial<SequenceOptions>, string, string]>([
    [{ count: 3 }, 'ERR_OPTION', 'count 3: expected a multiple of selectedSequenceLength 2.'],
    [{ preselected: [0] }, 'ERR_OPTION', 'preselected 1: expected a multiple of selectedSequenceLength 2.'],
    [
      { preselected: [1, 2] },
      'ERR_OPTION',
      'preselected: entries 0 to 1 are no run of 2 frames as videos are cut. Give whole runs, each in order.',
    ],
    [
      { selectedSequenceLength: 1 },
      'ERR_OPTION',
      'selectedSequenceLength 1: expected a whole number of at least 2.',
    ],
    [
      { minGapSeconds: 3 },
      'ERR_CONSTRAINTS',
      'minGapSeconds 3 and selectedSequenceLength 2 contradict each other: frames of a run have no gaps. Change one of them.',
    ],
  ])('%j is %s', async (options, code, message) => {
    const selecting = selectSequences(candidates, { strategies: [], selectedSequenceLength: 2, ...options });
    await expect(selecting).rejects.toMatchObject({ code, message });
  });
});
