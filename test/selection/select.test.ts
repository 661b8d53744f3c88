import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrixFromRows } from '../../src/base/matrix.ts';
import type { Candidates } from '../../src/selection/candidates.ts';
import { unitRows } from '../../src/selection/distances.ts';
import { type SelectOptions, select } from '../../src/selection/select.ts';
import type { Strategy } from '../../src/selection/strategy.ts';
import { distanceOf } from './naive-select.ts';
import { poolFrom, poolShapes } from './pools.ts';

const DIVERSITY: Strategy = { type: 'diversity' };
const WEIGHT: Strategy = { type: 'weights', column: 'weight' };

const tableOf = (rows: readonly (readonly number[])[], more: Partial<Candidates> = {}): Candidates => ({
  count: rows.length,
  rows: matrixFromRows(rows),
  ...more,
});

const picksOf = async (candidates: Candidates, options: SelectOptions): Promise<readonly number[]> =>
  (await select(candidates, options)).indices;

describe('facts that Lightly documents', () => {
  it('diversity begins with the first and goes to the farthest', async () => {
    const table = tableOf([[1], [3], [5]]);
    expect(await picksOf(table, { strategies: [DIVERSITY], count: 2, start: 'first' })).toEqual([0, 2]);
  });

  it('weights prefer high values', async () => {
    const table = { count: 3, columns: { weight: [1, 2, 3] } };
    expect(await picksOf(table, { strategies: [WEIGHT], count: 2 })).toEqual([2, 1]);
  });

  it('strategies multiply', async () => {
    const table = { count: 3, columns: { weight: [1, 2, 3], other: [6, 5, 3] } };
    const strategies: Strategy[] = [WEIGHT, { type: 'weights', column: 'other' }];
    expect(await picksOf(table, { strategies, count: 2 })).toEqual([1, 2]);
    expect(await picksOf(table, { strategies: strategies.toReversed(), count: 2 })).toEqual([1, 2]);
  });

  it('of (21.0, 10.3), (20.8, 10.8), (20.5, 10.9) the second wins', async () => {
    const table = { count: 3, columns: { weight: [21, 20.8, 20.5], other: [10.3, 10.8, 10.9] } };
    const strategies: Strategy[] = [WEIGHT, { type: 'weights', column: 'other' }];
    expect(await picksOf(table, { strategies, count: 1 })).toEqual([1]);
  });

  it('similarity prefers what is like a query', async () => {
    const rows = unitRows(
      matrixFromRows([
        [1, 0],
        [0, 1],
        [0.9, 0],
      ]),
    );
    const strategies: Strategy[] = [{ type: 'similarity', queries: matrixFromRows([[1, 0]]) }];
    expect(await picksOf({ count: 3, rows }, { strategies, count: 2 })).toEqual([0, 2]);
  });

  it('balance comes near its target', async () => {
    const rows = matrixFromRows([
      [1, 0],
      [0.3, 0.7],
      [0, 1],
      [0, 1],
      [1, 1],
    ]);
    const table = { count: 5, classes: { task: { names: ['a', 'b'], rows } } };
    for (const target of [{ a: 0.5, b: 0.5 }, 'uniform'] as const) {
      const strategies: Strategy[] = [{ type: 'balance', classes: 'task', target }];
      expect(await picksOf(table, { strategies, count: 2 })).toEqual([4, 1]);
    }
  });

  it('preselected come first, in their order, and count', async () => {
    const table = tableOf([[1], [3], [5], [2]]);
    const options = { strategies: [DIVERSITY], preselected: [1, 0] };
    expect(await select(table, { ...options, count: 3 })).toEqual({
      indices: [1, 0, 2],
      preselectedCount: 2,
      distanceAtPick: [undefined, undefined, 2],
      owedCount: 0,
      stoppedBy: 'count',
      coverageRadius: 1,
    });
    expect(await picksOf(table, { ...options, count: 1 })).toEqual([1, 0]);
  });

  it('thresholds filter before anything else, by four operations', async () => {
    const table = { count: 3, columns: { weight: [1, 2, 3] } };
    const kept = { SMALLER: [0], SMALLER_EQUAL: [1, 0], BIGGER: [2], BIGGER_EQUAL: [2, 1] } as const;
    for (const [operation, expected] of Object.entries(kept)) {
      const thresholds = [{ column: 'weight', operation: operation as keyof typeof kept, threshold: 2 }];
      expect(await picksOf(table, { strategies: [WEIGHT], thresholds })).toEqual(expected);
    }
  });

  it('nothing is picked that is less typical than a share of the most typical', async () => {
    // Mean distances to the two nearest others: 1.5, 1, 1.5, 5.5 and 8.
    const table = tableOf([[0], [1], [2], [7], [10]]);
    const typical = (minimum: number): Strategy => ({ type: 'typicality', neighbours: 2, minimum });
    const strategies = [DIVERSITY, { ...typical(0.6), strength: 0 }];
    expect((await picksOf(table, { strategies })).toSorted()).toEqual([0, 1, 2]);
    expect(await picksOf(table, { strategies: [typical(0.7)] })).toEqual([1]);
    expect((await picksOf(table, { strategies: [typical(0.01)] })).length).toBe(5);
  });

  it('says how many picks were made for the minimum of their videos', async () => {
    const table = tableOf([[0], [9], [1], [2]], { video: [0, 0, 1, 2] });
    const owedOf = async (min: number): Promise<number> =>
      (await select(table, { strategies: [DIVERSITY], perVideo: { min } })).owedCount;
    expect([await owedOf(0), await owedOf(1), await owedOf(2)]).toEqual([0, 3, 4]);
  });

  it('excluded candidates neither are chosen nor influence others', async () => {
    const table = tableOf([[0], [9], [1], [2]], { excluded: [0, 1, 0, 0] });
    const result = await select(table, { strategies: [DIVERSITY] });
    expect(result.indices).toEqual([2, 0, 3]);
    expect(result.stoppedBy).toBe('exhausted');
    expect(result.coverageRadius).toBe(0);
  });
});

describe('the greedy rule', () => {
  it('says how far each pick was, and how far any candidate is', async () => {
    await fc.assert(
      fc.asyncProperty(poolShapes, fc.integer({ min: 1, max: 12 }), async (shape, count) => {
        const pool = poolFrom(shape);
        const { indices, distanceAtPick, coverageRadius } = await select(pool, {
          strategies: [DIVERSITY],
          count,
        });
        const toNearest = (candidate: number, picks: readonly number[]): number =>
          Math.min(...picks.map((pick) => distanceOf(pool, candidate, pick)));
        for (const [i, pick] of indices.entries())
          if (i > 0) expect(distanceAtPick[i]).toBeCloseTo(toNearest(pick, indices.slice(0, i)), 12);
        const radii = pool.video.map((_, i) => toNearest(i, indices));
        expect(coverageRadius).toBeCloseTo(Math.max(...radii), 12);
        const distances = distanceAtPick.slice(1) as number[];
        expect(distances).toEqual(distances.toSorted((a, b) => b - a));
      }),
    );
  });

  it('begins with the row nearest to the mean', async () => {
    const table = tableOf([[1], [4], [5], [14]]);
    expect(await picksOf(table, { strategies: [DIVERSITY], count: 2 })).toEqual([2, 3]);
    // Of two rows both are as near to it, whatever it is rounded to, and the first is picked.
    for (let seed = 0; seed < 50; seed++) {
      const two = poolFrom({ seed, count: 2, dimensions: 6, videos: 1, copies: 0 });
      expect(await picksOf(two, { strategies: [DIVERSITY], count: 1 })).toEqual([0]);
    }
  });

  it('stops where asked for first, and says by what', async () => {
    const table = tableOf([[0], [4], [6], [7]], { columns: { weight: [4, 3, 2, 1] } });
    const run = async (options: Omit<SelectOptions, 'strategies'>): Promise<readonly [number, string]> => {
      const result = await select(table, { strategies: [DIVERSITY], start: 'first', ...options });
      return [result.indices.length, result.stoppedBy];
    };
    expect(await run({ count: 3, proportion: 0.5 })).toEqual([2, 'count']);
    expect(await run({ count: 1, proportion: 0.5 })).toEqual([1, 'count']);
    expect(await run({ count: 4, minDistance: 2 })).toEqual([3, 'distance']);
    expect(await run({ count: 9 })).toEqual([4, 'exhausted']);
    expect(await run({ count: 4 })).toEqual([4, 'count']);
    const summed = await select(table, { strategies: [{ ...WEIGHT, maxSum: 8 } as Strategy] });
    expect([summed.indices, summed.stoppedBy]).toEqual([[0, 1], 'sum']);
  });

  it('takes no balance target of classes that are not listed', async () => {
    const rows = matrixFromRows([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 1],
    ]);
    const table = { count: 4, classes: { task: { names: ['a', 'b', 'c'], rows } } };
    const strategies: Strategy[] = [{ type: 'balance', classes: 'task', target: { a: 1 / 3 } }];
    expect(await picksOf(table, { strategies, count: 3 })).toEqual([1, 0, 2]);
    const input: Strategy[] = [{ type: 'balance', classes: 'task', target: 'input' }];
    expect(await picksOf(table, { strategies: input, count: 1 })).toEqual([2]);
  });

  it('takes the input for a balance target without what thresholds filter', async () => {
    const rows = matrixFromRows([
      [1, 0],
      [0, 1],
      [0, 1],
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
    const classes = { task: { names: ['a', 'b'], rows } };
    const table = { count: 6, classes, columns: { weight: [3, 3, 3, 1, 1, 1] } };
    const thresholds = [{ column: 'weight', operation: 'BIGGER', threshold: 2 }] as const;
    const strategies: Strategy[] = [{ type: 'balance', classes: 'task', target: 'input' }];
    expect(await picksOf(table, { strategies, thresholds })).toEqual([1, 0, 2]);
    expect(await picksOf(table, { strategies, count: 1 })).toEqual([0]);
  });

  it('draws random candidates by seed', async () => {
    const draw = (seed: number): Promise<readonly number[]> =>
      picksOf({ count: 50 }, { strategies: [{ type: 'random', seed }], count: 5 });
    expect(await draw(1)).toEqual(await draw(1));
    expect(await draw(1)).not.toEqual(await draw(2));
    const counts = Array(5).fill(0);
    for (let seed = 0; seed < 2000; seed++) {
      const [first] = await picksOf({ count: 5 }, { strategies: [{ type: 'random', seed }], count: 1 });
      counts[first!]++;
    }
    const chiSquare = counts.reduce((sum, each) => sum + (each - 400) ** 2 / 400, 0);
    expect(chiSquare).toBeLessThan(13.3);
  });
});

describe('quotas', () => {
  const video = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2];
  const table = { count: 14, video, columns: { weight: video.map((_, i) => 20 - i) } };

  it.each([
    ['uniform', [2, 2, 1]],
    ['proportional', [3, 2, 0]],
    ['sqrt', [2, 2, 1]],
  ] as const)('are divided %s among videos', async (allocate, expected) => {
    const picks = await picksOf(table, { strategies: [WEIGHT], count: 5, perVideo: { allocate } });
    expect([0, 1, 2].map((each) => picks.filter((pick) => video[pick] === each).length)).toEqual(expected);
  });

  it('give each video its minimum before any gets more', async () => {
    const options = { strategies: [WEIGHT], count: 6, perVideo: { min: 2 } };
    expect(await picksOf(table, options)).toEqual([0, 1, 9, 10, 13, 2]);
  });
});
