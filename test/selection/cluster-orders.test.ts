// Orders that draw or cluster, against their rules written down plainly: the numbers drawn and the clusters are given.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Matrix, matrixFromRows } from '../../src/base/matrix.ts';
import { Random } from '../../src/base/random.ts';
import { clusterMedoids } from '../../src/selection/cluster-medoids.ts';
import { unitRows } from '../../src/selection/distances.ts';
import { kMeans, membersOf } from '../../src/selection/k-means.ts';
import { kMeansPlusPlus } from '../../src/selection/k-means-plus-plus.ts';
import { typiClust } from '../../src/selection/typi-clust.ts';
import { distanceOf, naiveSelect, naiveTypicality } from './naive-select.ts';
import { poolFrom, poolShapes, reordered, type TestPool } from './pools.ts';

const everyone = (pool: TestPool): number[] => [...pool.video.keys()];

const squareOf = ({ rows: { columns, data } }: Pick<TestPool, 'rows'>, a: number, b: number): number =>
  Array.from({ length: columns }, (_, i) => (data[a * columns + i]! - data[b * columns + i]!) ** 2).reduce(
    (sum, each) => sum + each,
    0,
  );

const someOf = (pool: TestPool, mask: number): number[] =>
  everyone(pool).filter((i) => ((mask >> (i % 19)) & 7) === 5);

describe('k-means++', () => {
  it('draws rows in proportion to their squared distances', async () => {
    // From 0 the others are at squared distances 1, 4 and 9.
    const candidates = { count: 4, rows: matrixFromRows([[0], [1], [2], [3]]) };
    const counts = [0, 0, 0, 0];
    for (let seed = 0; seed < 2000; seed++) {
      const { indices } = await kMeansPlusPlus(candidates, { preselected: [0], count: 2, seed });
      counts[indices[1]!]!++;
    }
    expect(counts[0]).toBe(0);
    const chiSquare = [1, 4, 9].reduce((sum, weight, i) => {
      const expected = (2000 * weight) / 14;
      return sum + (counts[i + 1]! - expected) ** 2 / expected;
    }, 0);
    expect(chiSquare).toBeLessThan(9.2);
  });

  it('picks where the running sum of squared distances passes the number drawn', async () => {
    await fc.assert(
      fc.asyncProperty(
        poolShapes,
        fc.integer({ min: 1, max: 30 }),
        fc.nat({ max: 2 ** 20 }),
        async (shape, count, mask) => {
          const pool = poolFrom(shape);
          const preselected = someOf(pool, mask);
          const random = new Random(shape.seed);
          for (const _ of preselected) random.uniform();
          const expected = [...preselected];
          while (expected.length < Math.min(count, shape.count)) {
            const drawn = random.uniform();
            const squares = everyone(pool).map((row) =>
              expected.length === 0 ? 1 : Math.min(...expected.map((pick) => squareOf(pool, row, pick))),
            );
            const total = squares.reduce((sum, each) => sum + each, 0);
            if (total === 0) break;
            let sum = 0;
            const pick = everyone(pool).find((row) => {
              sum += squares[row]!;
              return sum > drawn * total;
            });
            expected.push(pick!);
          }
          const { indices, values } = await kMeansPlusPlus(pool, { preselected, count, seed: shape.seed });
          expect(indices).toEqual(expected);
          for (const [i, value] of values.entries()) {
            const before = expected.slice(0, i).map((pick) => distanceOf(pool, expected[i]!, pick));
            if (i < preselected.length) expect(value).toBeUndefined();
            else expect(value).toBeCloseTo(i === 0 ? 0 : Math.min(...before), 9);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** Three bundles of rows around the axes, of sizes 12, 8 and 20. */
const bundles = (): {
  readonly rows: Matrix;
  readonly count: number;
  readonly bundleOf: readonly number[];
} => {
  const random = new Random(11);
  const bundleOf = [12, 8, 20].flatMap((size, bundle) => Array<number>(size).fill(bundle));
  const rows = bundleOf.map((bundle) =>
    [0, 1, 2].map((axis) => (axis === bundle ? 1 : 0) + 0.1 * random.normal()),
  );
  return { rows: unitRows(matrixFromRows(rows)), count: 40, bundleOf };
};

/** Many rows for few clusters, few rows for as many, and copies. */
const clusteredShapes = fc.record({
  seed: fc.nat({ max: 10_000 }),
  count: fc.integer({ min: 1, max: 60 }),
  dimensions: fc.integer({ min: 2, max: 5 }),
  videos: fc.constant(2),
  copies: fc.constantFrom(0, 0, 40),
});

describe('cluster medoids', () => {
  it('are one for each bundle of rows, each the most central', async () => {
    const { bundleOf, ...candidates } = bundles();
    const { indices } = await clusterMedoids(candidates, { count: 3, seed: 4 });
    expect(indices.map((i) => bundleOf[i]).toSorted()).toEqual([0, 1, 2]);
    for (const pick of indices) {
      const own = [...bundleOf.keys()].filter((i) => bundleOf[i] === bundleOf[pick]);
      const farOff = own.map((i) => own.reduce((sum, j) => sum + squareOf(candidates, i, j), 0));
      expect(own[farOff.indexOf(Math.min(...farOff))]).toBe(pick);
    }
  });

  it('are the rows nearest to the centres, then those farthest from all', async () => {
    const strategies = [{ type: 'diversity' as const }];
    let filled = 0;
    await fc.assert(
      fc.asyncProperty(clusteredShapes, fc.integer({ min: 1, max: 20 }), async (shape, most) => {
        const pool = poolFrom(shape);
        const count = Math.min(most, shape.count);
        const clusters = await kMeans(pool.rows, count, { seed: shape.seed });
        const toCentre = (row: number, cluster: number): number =>
          Array.from({ length: shape.dimensions }, (_, i) => {
            const centre = clusters.centres.data[cluster * shape.dimensions + i]!;
            return (pool.rows.data[row * shape.dimensions + i]! - centre) ** 2;
          }).reduce((sum, each) => sum + each, 0);
        const medoids = membersOf(clusters)
          .flatMap((members, cluster) => {
            const squares = members.map((row) => toCentre(row, cluster));
            return members.length === 0 ? [] : [members[squares.indexOf(Math.min(...squares))]!];
          })
          .toSorted((a, b) => a - b);
        const order = naiveSelect(reordered(pool, medoids), { strategies }).map((i) => medoids[i]!);
        const expected = naiveSelect(pool, { strategies, preselected: order, count });
        if (order.length < count) filled++;
        const { indices, values } = await clusterMedoids(pool, { count, seed: shape.seed });
        expect(indices).toEqual(expected);
        for (const [i, value] of values.entries()) {
          const before = expected.slice(0, i).map((pick) => distanceOf(pool, expected[i]!, pick));
          expect(value).toBeCloseTo(i === 0 ? 0 : Math.min(...before), 9);
        }
      }),
      { numRuns: 150 },
    );
    expect(filled).toBeGreaterThan(0);
  });
});

describe('TypiClust', () => {
  /** Visits clusters of more than 5 rows in turn, then the others; each time the most typical row of those left. */
  const naiveTypiClust = async (
    pool: TestPool,
    { count, seed, preselected }: { count: number; seed: number; preselected: readonly number[] },
  ): Promise<{ readonly picks: number[]; readonly values: number[] }> => {
    const wanted = Math.min(count, pool.count);
    const clusters = membersOf(await kMeans(pool.rows, Math.min(wanted, 500), { seed }));
    const labelsOf = (members: readonly number[]): number =>
      members.filter((row) => preselected.includes(row)).length;
    const leftOf = (members: readonly number[], picks: readonly number[]): number[] =>
      members.filter((row) => !preselected.includes(row) && !picks.includes(row));
    const turn = clusters.toSorted(
      (a, b) =>
        labelsOf(a) - labelsOf(b) || b.length - a.length || (leftOf(a, [])[0] ?? 0) - (leftOf(b, [])[0] ?? 0),
    );
    const [picks, values]: [number[], number[]] = [[], []];
    for (const visited of [turn.filter(({ length }) => length > 5), turn.filter(({ length }) => length <= 5)])
      while (visited.some((members) => leftOf(members, picks).length > 0))
        for (const members of visited) {
          const left = leftOf(members, picks);
          if (left.length === 0) continue;
          if (preselected.length + picks.length >= wanted) return { picks, values };
          const k = Math.min(20, Math.floor(left.length / 2));
          const typicalities = left.map((row) => naiveTypicality(pool, row, k, left));
          const most = Math.max(...typicalities);
          // Of equal ones the first; sums in another order differ in their last digits.
          const best = typicalities.findIndex((each) => each >= most * (1 - 1e-9));
          picks.push(left[best]!);
          values.push(most);
        }
    return { picks, values };
  };

  it('visits clusters by its rule', async () => {
    let labelled = 0;
    await fc.assert(
      fc.asyncProperty(
        clusteredShapes,
        fc.integer({ min: 1, max: 25 }),
        fc.nat({ max: 2 ** 20 }),
        async (shape, count, mask) => {
          const pool = poolFrom({ ...shape, copies: 0 });
          const preselected = someOf(pool, mask);
          if (preselected.length > 1) labelled++;
          const { seed } = shape;
          const expected = await naiveTypiClust(pool, { count, seed, preselected });
          const { indices, values } = await typiClust(pool, { count, seed, preselected });
          expect(indices).toEqual([...preselected, ...expected.picks]);
          for (const [i, value] of expected.values.entries())
            expect(values[preselected.length + i]! / value).toBeCloseTo(1, 6);
        },
      ),
      { numRuns: 200 },
    );
    expect(labelled).toBeGreaterThan(20);
  });

  it('makes at most 500 clusters, and visits them again', async () => {
    const pool = poolFrom({ seed: 8, count: 700, dimensions: 3, videos: 2, copies: 0 });
    const { picks } = await naiveTypiClust(pool, { count: 600, seed: 2, preselected: [] });
    expect((await typiClust(pool, { count: 600, seed: 2 })).indices).toEqual(picks);
  });

  it('takes a row of each bundle, of large ones first, and of those with labels last', async () => {
    const { bundleOf, ...candidates } = bundles();
    const { indices } = await typiClust(candidates, { count: 3, seed: 4 });
    expect(indices.map((i) => bundleOf[i])).toEqual([2, 0, 1]);
    const labelled = bundleOf.indexOf(2);
    const next = await typiClust(candidates, { count: 3, seed: 4, preselected: [labelled] });
    expect(next.indices.map((i) => bundleOf[i])).toEqual([2, 0, 1]);
    expect(next.indices[0]).toBe(labelled);
  });
});
