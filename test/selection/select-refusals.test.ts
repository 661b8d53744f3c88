import { describe, expect, it } from 'vitest';
import { matrixFromRows } from '../../src/base/matrix.ts';
import type { Candidates } from '../../src/selection/candidates.ts';
import { type SelectOptions, select } from '../../src/selection/select.ts';
import type { Strategy } from '../../src/selection/strategy.ts';

const DIVERSITY: Strategy = { type: 'diversity' };
const WEIGHT: Strategy = { type: 'weights', column: 'weight' };

const tableOf = (rows: readonly (readonly number[])[], more: Partial<Candidates> = {}): Candidates => ({
  count: rows.length,
  rows: matrixFromRows(rows),
  ...more,
});

describe('what cannot be', () => {
  const table = tableOf([[1], [2], [3]], {
    video: [0, 1, 2],
    columns: { weight: [1, -1, 2] },
    excluded: [1, 0, 0],
  });
  it.each<readonly [Partial<SelectOptions>, string, string]>([
    [{ count: -1 }, 'ERR_OPTION', 'count -1: expected a whole number of at least 0.'],
    [{ proportion: 2 }, 'ERR_OPTION', 'proportion 2: expected a number in [0, 1].'],
    [{ minDistance: Number.NaN }, 'ERR_OPTION', 'minDistance NaN: expected a number of at least 0.'],
    [{ minGapSeconds: 1 }, 'ERR_OPTION', 'minGapSeconds needs seconds, which the candidates do not have.'],
    [{ preselected: [3] }, 'ERR_OPTION', 'preselected 3: expected positions from 0 to 2.'],
    [{ preselected: [1, 1] }, 'ERR_OPTION', 'preselected: candidate 1 is there twice. Give it once.'],
    [
      { preselected: [0] },
      'ERR_CONSTRAINTS',
      'preselected candidate 0 and excluded candidate 0 contradict each other: it cannot be both. Change one of them.',
    ],
    [
      { perVideo: { min: 3, max: 2 } },
      'ERR_CONSTRAINTS',
      'perVideo.min 3 and perVideo.max 2 contradict each other: no video can have both. Change one of them.',
    ],
    [
      { perVideo: { min: 1, allocate: 'sqrt' }, count: 3 },
      'ERR_CONSTRAINTS',
      'perVideo.allocate sqrt and perVideo.min 1 contradict each other: both say what a video gets. Change one of them.',
    ],
    [
      { perVideo: { allocate: 'sqrt' } },
      'ERR_OPTION',
      'perVideo.allocate sqrt divides a count: give count or proportion.',
    ],
    [
      { perVideo: { min: 1 }, count: 1 },
      'ERR_CONSTRAINTS',
      'perVideo.min 1 and count 1 contradict each other: the 2 videos together get at least 2. Change one of them.',
    ],
    [
      { strategies: [{ ...WEIGHT, strength: 0 }] },
      'ERR_METADATA',
      'weights "weight": entry 1 is -1: expected a number of at least 0.',
    ],
    [
      { strategies: [WEIGHT] },
      'ERR_METADATA',
      'weights "weight": entry 1 is -1: expected a number of at least 0.',
    ],
    [
      { strategies: [{ ...WEIGHT, maxSum: Number.NaN } as Strategy] },
      'ERR_OPTION',
      'weights: maxSum NaN: expected a number of at least 0.',
    ],
    [
      { thresholds: [{ column: 'weight', operation: 'BIGGER', threshold: Number.NaN }] },
      'ERR_OPTION',
      'threshold "weight": the limit is NaN: give a number.',
    ],
    [
      { strategies: [{ type: 'weights', column: 'blur' }] },
      'ERR_OPTION',
      'weights needs column "blur", which the candidates do not have. There are: "weight".',
    ],
    [
      { strategies: [{ type: 'balance', classes: 'task', target: 'uniform' }] },
      'ERR_OPTION',
      'balance needs classes "task", which the candidates do not have.',
    ],
    [
      { strategies: [{ type: 'typicality', neighbours: 1 }] },
      'ERR_OPTION',
      'typicality: 1 neighbours: expected a whole number of at least 2.',
    ],
    [
      { strategies: [{ type: 'typicality', minimum: 0 }] },
      'ERR_OPTION',
      'typicality: minimum 0: expected a number in (0, 1].',
    ],
    [
      { strategies: [{ type: 'diversity', strength: Infinity }] },
      'ERR_OPTION',
      'diversity: strength Infinity: expected a finite number.',
    ],
  ])('%j is %s', async (options, code, message) => {
    const selecting = select(table, { strategies: [DIVERSITY], ...options });
    await expect(selecting).rejects.toMatchObject({ code, message });
  });

  it('classes that are not named, or with a number below 0', async () => {
    const table = (names: string[], rows: number[][]): Candidates => ({
      count: rows.length,
      video: [1, 0],
      classes: { task: { names, rows: matrixFromRows(rows) } },
    });
    const strategies: Strategy[] = [{ type: 'balance', classes: 'task', target: 'uniform' }];
    await expect(
      select(
        table(
          ['a'],
          [
            [1, 0],
            [0, 1],
          ],
        ),
        { strategies },
      ),
    ).rejects.toMatchObject({
      code: 'ERR_SHAPE',
      message: 'classes "task": there are 1 names for 2 columns. Give one for each.',
    });
    await expect(
      select(
        table(
          ['a', 'b'],
          [
            [1, 0],
            [0, -1],
          ],
        ),
        { strategies },
      ),
    ).rejects.toMatchObject({
      code: 'ERR_METADATA',
      message: 'classes "task" of candidate 1: entry 1 is -1: expected a number of at least 0.',
    });
  });

  it('columns of another length, and embeddings that are not finite', async () => {
    await expect(select({ count: 2, video: [1] }, { strategies: [] })).rejects.toMatchObject({
      code: 'ERR_SHAPE',
      message: 'video: there are 1 entries for 2 candidates. Give one for each.',
    });
    const broken = tableOf([[1], [Number.NaN]]);
    await expect(select(broken, { strategies: [DIVERSITY] })).rejects.toMatchObject({
      code: 'ERR_EMBEDDINGS',
      message: 'row 1, column 0 of the embeddings is NaN: every number must be finite.',
    });
  });
});
