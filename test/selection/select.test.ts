import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrixFromRows } from '../../src/base/matrix.ts';
import type { Candidates } from '../../src/selection/candidates.ts';
import { unitRows } from '../../src/selection/distances.ts';
import { type SelectOptions, select } from '../../src/selection/select.ts';
import type { Strategy } from '../../src/selection/strategy.ts';
import { distanceOf, naiveSelect } from './naive-select.ts';
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

const strategySets = (dimensions: number): readonly (readonly Strategy[])[] => {
  const queries = unitRows(
    matrixFromRows([Array(dimensions).fill(1), Array.from({ length: dimensions }, (_, i) => i + 0.3)]),
  );
  return [
    [DIVERSITY],
    [WEIGHT],
    [DIVERSITY, WEIGHT],
    [
      { ...DIVERSITY, strength: 0.4 },
      { type: 'weights', column: 'quality', strength: -1.5 },
    ],
    [{ ...DIVERSITY, strength: -1 }, WEIGHT],
    [DIVERSITY, { type: 'typicality', neighbours: 3 }],
    [WEIGHT, { type: 'typicality', strength: -2 }],
    [
      { type: 'similarity', queries },
      { ...DIVERSITY, strength: 0.7 },
    ],
    [{ type: 'balance', classes: 'objects', target: { car: 0.5, dog: 0.3, tree: 0.2 } }, WEIGHT],
    [DIVERSITY, { type: 'balance', classes: 'objects', target: { car: 0.5, dog: 0.3, tree: 0.2 } }],
    [{ type: 'time' }],
    [{ type: 'time' }, WEIGHT, DIVERSITY],
  ];
};

const constraintSets = fc.record(
  {
    count: fc.integer({ min: 0, max: 40 }),
    minDistance: fc.double({ min: 0, max: 1, noNaN: true }),
    minGapSeconds: fc.integer({ min: 0, max: 12 }).map((quarters) => quarters / 4),
    thresholds: fc
      .double({ min: 0, max: 1, noNaN: true })
      .map((threshold) => [{ column: 'weight', operation: 'BIGGER_EQUAL' as const, threshold }]),
  },
  { requiredKeys: [] },
);

describe('the greedy rule', () => {
  it('picks what a double loop over all candidates picks, lazily or not', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        poolShapes,
        constraintSets,
        fc.record({ max: fc.integer({ min: 1, max: 8 }), min: fc.constantFrom(0, 1) }),
        fc.nat({ max: 2 ** 20 }),
        fc.nat({ max: 11 }),
        async (shape, constraints, perVideo, mask, which) => {
          const base = poolFrom(shape);
          const pool = {
            ...base,
            excluded: base.video.map((_, i) => (((mask >> (i % 20)) & 7) === 7 ? 1 : 0)),
          };
          const strategies = strategySets(shape.dimensions)[which]!;
          const preselected = [...pool.video.keys()].filter(
            (i) => !pool.excluded[i] && ((mask >> (i % 19)) & 15) === 5,
          );
          const min = (constraints.count ?? 40) < 4 + preselected.length ? 0 : perVideo.min;
          const options = {
            ...constraints,
            strategies,
            preselected,
            perVideo: { max: perVideo.max, min },
            start: 'first',
          } as const;
          const expected = naiveSelect(pool, options);
          expect((await select(pool, options)).indices).toEqual(expected);
          expect((await select(pool, { ...options, isLazy: false })).indices).toEqual(expected);
        },
      ),
      { numRuns: 400 },
    );
  });

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
