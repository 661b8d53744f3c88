// What every strategy must do, whatever it selects for.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrixFromRows } from '../../src/base/matrix.ts';
import { Random } from '../../src/base/random.ts';
import type { Candidates } from '../../src/selection/candidates.ts';
import { clusterMedoids } from '../../src/selection/cluster-medoids.ts';
import { determinantal } from '../../src/selection/determinantal.ts';
import { unitRows } from '../../src/selection/distances.ts';
import { facilityLocation } from '../../src/selection/facility-location.ts';
import { kMeansPlusPlus } from '../../src/selection/k-means-plus-plus.ts';
import { withoutNearDuplicates } from '../../src/selection/near-duplicates.ts';
import { probCover } from '../../src/selection/prob-cover.ts';
import { type SelectOptions, select } from '../../src/selection/select.ts';
import type { Strategy } from '../../src/selection/strategy.ts';
import { typiClust } from '../../src/selection/typi-clust.ts';
import { zCore } from '../../src/selection/zcore.ts';
import { signalAtLook } from '../support/signals.ts';
import { poolFrom, poolShapes, reordered } from './pools.ts';

interface Request {
  readonly count?: number | undefined;
  readonly preselected?: readonly number[] | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Subject {
  readonly name: string;
  readonly run: (
    candidates: Candidates,
    request: Request,
  ) => Promise<{ readonly indices: readonly number[] }>;
  /** Whether the first picks are the result for a smaller count. */
  readonly hasPrefixes: boolean;
  /** Whether it goes on from preselected candidates as it would have without a break. */
  readonly continues: boolean;
  /** Whether it picks as many as asked for, as long as there are candidates. */
  readonly isComplete: boolean;
  /** How many of eight equal candidates it picks when asked for five. */
  readonly ofEqual: number;
  /** Whether a count of 0 contradicts what else was asked for. */
  readonly refusesNone?: boolean;
}

const selecting = (
  name: string,
  options: Partial<SelectOptions> & { readonly strategies: Strategy[] },
  ofEqual = 5,
): Subject => ({
  name: `select ${name}`,
  run: (candidates, { count, preselected, signal }) =>
    select(candidates, { ...options, count, preselected, signal }),
  hasPrefixes: true,
  continues: true,
  isComplete: options.minGapSeconds === undefined && options.perVideo === undefined && !options.minDistance,
  ofEqual,
  refusesNone: options.perVideo?.min !== undefined,
});

const diversity: Strategy = { type: 'diversity' };
const weight: Strategy = { type: 'weights', column: 'weight' };

const SUBJECTS: readonly Subject[] = [
  selecting('diversity', { strategies: [diversity] }),
  selecting('diversity from the first', { strategies: [diversity], start: 'first' }),
  selecting('weights', { strategies: [weight] }),
  selecting('outliers', { strategies: [diversity, { type: 'typicality', neighbours: 4, strength: -1 }] }),
  selecting('balance', {
    strategies: [diversity, { type: 'balance', classes: 'objects', target: 'uniform' }, weight],
  }),
  selecting('input balance', { strategies: [{ type: 'balance', classes: 'objects', target: 'input' }] }),
  selecting('random', { strategies: [{ type: 'random', seed: 7 }] }),
  selecting('time', { strategies: [{ type: 'time' }] }),
  selecting('nothing', { strategies: [] }),
  selecting('with a gap', { strategies: [diversity, weight], minGapSeconds: 2 }),
  selecting('with a distance', { strategies: [weight], minDistance: 0.7 }, 1),
  selecting('with quotas', { strategies: [diversity], perVideo: { min: 1, max: 3 } }, 3),
  {
    name: 'facility location',
    run: facilityLocation,
    hasPrefixes: true,
    continues: true,
    isComplete: true,
    ofEqual: 5,
  },
  {
    name: 'k-means++',
    run: kMeansPlusPlus,
    hasPrefixes: true,
    continues: true,
    isComplete: false,
    ofEqual: 1,
  },
  {
    // The number of clusters is the count: fewer are other clusters. Nor does k-means know of what is selected.
    name: 'cluster medoids',
    run: (candidates, { count, seed, signal }) => clusterMedoids(candidates, { count, seed, signal }),
    hasPrefixes: false,
    continues: false,
    isComplete: true,
    ofEqual: 5,
  },
  { name: 'DPP', run: determinantal, hasPrefixes: true, continues: true, isComplete: false, ofEqual: 1 },
  {
    name: 'DPP by quality',
    run: (candidates, request) => determinantal(candidates, { ...request, quality: 'quality' }),
    hasPrefixes: true,
    continues: true,
    isComplete: false,
    ofEqual: 1,
  },
  {
    name: 'near duplicates',
    run: (candidates, request) => withoutNearDuplicates(candidates, { ...request, radius: 0.5 }),
    hasPrefixes: true,
    continues: true,
    isComplete: false,
    ofEqual: 1,
  },
  {
    name: 'ProbCover',
    run: (candidates, request) => probCover(candidates, { ...request, radius: 0.8 }),
    hasPrefixes: true,
    continues: true,
    isComplete: false,
    ofEqual: 1,
  },
  // As for cluster medoids.
  { name: 'TypiClust', run: typiClust, hasPrefixes: false, continues: false, isComplete: true, ofEqual: 5 },
  {
    // A score does not look at what is selected.
    name: 'ZCore',
    run: (candidates, { count, seed, signal }) =>
      zCore(candidates, { count, seed, signal, draws: 300, redundant: 5 }),
    hasPrefixes: true,
    continues: false,
    isComplete: true,
    ofEqual: 5,
  },
];

describe.each(SUBJECTS)('$name', ({ run, hasPrefixes, continues, isComplete, ofEqual, refusesNone }) => {
  it('picks each candidate at most once, and as many as asked for', async () => {
    await fc.assert(
      fc.asyncProperty(poolShapes, fc.integer({ min: 4, max: 40 }), async (shape, count) => {
        const { indices } = await run(poolFrom(shape), { count });
        expect(new Set(indices).size).toBe(indices.length);
        for (const index of indices) expect(index >= 0 && index < shape.count).toBe(true);
        const most = Math.min(count, shape.count);
        if (isComplete) expect(indices.length).toBe(most);
        else expect(indices.length).toBeLessThanOrEqual(most);
        expect(indices.length).toBeGreaterThan(0);
      }),
      { numRuns: 25 },
    );
  });

  it('gives the same picks again, and the same candidates whatever their order in the input', async () => {
    await fc.assert(
      fc.asyncProperty(poolShapes, fc.integer({ min: 4, max: 20 }), async (shape, count) => {
        const pool = poolFrom(shape);
        const order = [...new Random(shape.seed).permutation(shape.count)];
        const { indices } = await run(pool, { count });
        expect((await run(pool, { count })).indices).toEqual(indices);
        const shuffled = await run(reordered(pool, order), { count });
        expect(shuffled.indices.map((i) => order[i])).toEqual(indices);
      }),
      { numRuns: 25 },
    );
  });

  // Not run where a strategy's own rule says otherwise: see SUBJECTS.
  if (hasPrefixes)
    it('begins with what it gives for a smaller count', async () => {
      await fc.assert(
        fc.asyncProperty(poolShapes, fc.integer({ min: 4, max: 20 }), async (shape, count) => {
          const pool = poolFrom(shape);
          const { indices } = await run(pool, { count: count + 1 });
          expect((await run(pool, { count })).indices).toEqual(indices.slice(0, count));
        }),
        { numRuns: 25 },
      );
    });

  if (continues)
    it('goes on from a part of its result as it would have without a break', async () => {
      await fc.assert(
        fc.asyncProperty(poolShapes, fc.nat({ max: 12 }), async (shape, cut) => {
          const pool = poolFrom(shape);
          const { indices } = await run(pool, { count: 12 });
          const preselected = indices.slice(0, cut);
          expect((await run(pool, { count: 12, preselected })).indices).toEqual(indices);
        }),
        { numRuns: 25 },
      );
    });

  it('neither picks excluded candidates nor is influenced by them', async () => {
    await fc.assert(
      fc.asyncProperty(poolShapes, fc.nat(), async (shape, seed) => {
        const pool = poolFrom(shape);
        const random = new Random(seed);
        const kept = [...pool.video.keys()].filter(() => random.below(3) > 0);
        const excluded = pool.video.map((_, i) => (kept.includes(i) ? 0 : 1));
        const { indices } = await run({ ...pool, excluded }, { count: 9 });
        const alone = await run(reordered(pool, kept), { count: 9 });
        expect(alone.indices.map((i) => kept[i])).toEqual(indices);
      }),
      { numRuns: 25 },
    );
  });

  it('takes no candidates, one candidate, none wanted, and rows that are all equal', async () => {
    const none = { count: 0, rows: { rows: 0, columns: 3, data: new Float32Array(0) } };
    const facts = (count: number): Omit<Candidates, 'rows' | 'count'> => ({
      seconds: Array.from({ length: count }, (_, i) => i * 3),
      columns: { weight: Array(count).fill(1), quality: Array(count).fill(1) },
      classes: {
        objects: { names: ['a', 'b'], rows: matrixFromRows(Array(count).fill([1, 2])) },
      },
    });
    const empty = {
      ...facts(0),
      classes: { objects: { names: ['a', 'b'], rows: { rows: 0, columns: 2, data: new Float32Array(0) } } },
    };
    expect((await run({ ...none, ...empty }, { count: 4 })).indices).toEqual([]);
    const one = { count: 1, rows: unitRows(matrixFromRows([[3, 4]])), ...facts(1) };
    expect((await run(one, { count: 3 })).indices).toEqual([0]);
    const equal = { count: 8, rows: unitRows(matrixFromRows(Array(8).fill([1, 2]))), ...facts(8) };
    const { indices } = await run(equal, { count: 5 });
    expect(new Set(indices).size).toBe(ofEqual);
    expect(indices.length).toBe(ofEqual);
    const nothing = run(equal, { count: 0 });
    if (refusesNone) await expect(nothing).rejects.toMatchObject({ code: 'ERR_CONSTRAINTS' });
    else expect((await nothing).indices).toEqual([]);
  });

  it('ends with the reason of a signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const pool = poolFrom({ seed: 1, count: 20, dimensions: 4, videos: 2, copies: 0 });
    await expect(run(pool, { count: 5, signal })).rejects.toThrow('enough');
  });

  it('looks at its signal while it works', async () => {
    // Past what is looked at before anything is begun.
    const { signal, looks } = signalAtLook(4, new Error('enough'));
    const pool = poolFrom({ seed: 2, count: 600, dimensions: 8, videos: 3, copies: 0 });
    await expect(run(pool, { count: 300, signal })).rejects.toThrow('enough');
    expect(looks()).toBe(4);
  });
});
