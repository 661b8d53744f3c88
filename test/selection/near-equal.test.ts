// Distances that float32 cannot tell apart: what products in float32 find must be decided in float64.
import { expect, it } from 'vitest';
import { Breather } from '../../src/base/concurrency.ts';
import { matrixFromRows, rowsBetween } from '../../src/base/matrix.ts';
import { Random } from '../../src/base/random.ts';
import { innerProduct, squaredDistance, squaredLengths, unitRows } from '../../src/selection/distances.ts';
import { facilityLocation } from '../../src/selection/facility-location.ts';
import { withoutNearDuplicates } from '../../src/selection/near-duplicates.ts';
import { nearestRows } from '../../src/selection/nearest-rows.ts';
import { nearestSquares } from '../../src/selection/neighbour-distances.ts';
import { RowProducts } from '../../src/selection/row-products.ts';
import { select } from '../../src/selection/select.ts';

const COLUMNS = 64;

/** A row, and others that are all as far from it, but for rounding. */
const ring = (count: number, seed: number): ReturnType<typeof unitRows> => {
  const random = new Random(seed);
  const centre = Array.from({ length: COLUMNS }, () => random.normal());
  const square = centre.reduce((sum, each) => sum + each * each, 0);
  const around = Array.from({ length: count }, () => {
    const drawn = Array.from({ length: COLUMNS }, () => random.normal());
    const along = drawn.reduce((sum, each, i) => sum + each * centre[i]!, 0) / square;
    const across = drawn.map((each, i) => each - along * centre[i]!);
    const length = Math.sqrt(across.reduce((sum, each) => sum + each * each, 0) / square);
    return centre.map((each, i) => each + (0.3 * across[i]!) / length);
  });
  return unitRows(matrixFromRows([centre, ...around]));
};

it('the farthest candidate, and the coverage radius', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const rows = ring(300, seed);
    const squares = Array.from({ length: 301 }, (_, i) => squaredDistance(rows, i, 0));
    const most = Math.max(...squares);
    const options = { strategies: [{ type: 'diversity' }], preselected: [0] } as const;
    const { coverageRadius } = await select({ count: 301, rows }, { ...options, count: 1 });
    expect(coverageRadius).toBe(Math.sqrt(most));
    const { indices } = await select({ count: 301, rows }, { ...options, count: 2 });
    expect(indices).toEqual([0, squares.indexOf(most)]);
  }
});

it('the nearest neighbours', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const rows = ring(11, seed);
    const squares = Array.from({ length: 12 }, (_, i) => squaredDistance(rows, 0, i));
    const nearest = await nearestSquares(rows, rows, 4);
    expect([...nearest.subarray(0, 4)]).toEqual(squares.toSorted((a, b) => a - b).slice(0, 4));
  }
});

it('the nearest row of many, which is the cluster in k-means', async () => {
  await using products = await RowProducts.open(COLUMNS);
  for (let seed = 0; seed < 20; seed++) {
    const rows = ring(300, seed);
    const [matrix, bank] = [rowsBetween(rows, 0, 1), rowsBetween(rows, 1, 301)];
    const exact = Array.from({ length: 300 }, (_, i) => squaredDistance(rows, 0, i + 1));
    const { places, squares } = await nearestRows(
      products,
      { matrix, squares: squaredLengths(matrix) },
      { matrix: bank, squares: squaredLengths(bank) },
      new Breather(),
    );
    expect([...squares]).toEqual([Math.min(...exact)]);
    expect([...places]).toEqual([exact.indexOf(squares[0]!)]);
  }
});

it('whether a candidate is a near duplicate', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const rows = ring(300, seed);
    const candidates = { count: 301, rows, frame: [300, ...Array(300).keys()] };
    const around = Array.from({ length: 300 }, (_, i) => i + 1);
    const least = Math.sqrt(Math.min(...around.map((i) => squaredDistance(rows, 0, i))));
    const options = { preselected: around };
    const { indices } = await withoutNearDuplicates(candidates, { ...options, radius: least });
    expect(indices).toEqual(around);
    const { values } = await withoutNearDuplicates(candidates, { ...options, radius: least * (1 - 1e-12) });
    expect(values[300]).toBe(least);
  }
});

it('the candidate that covers most', async () => {
  for (let seed = 0; seed < 20; seed++) {
    // A circle in a space of many columns: by symmetry all its points cover as much, but for rounding.
    const random = new Random(seed);
    const signs = Array.from({ length: COLUMNS }, () => (random.below(2) === 0 ? 1 : -1));
    const rows = unitRows(
      matrixFromRows(
        Array.from({ length: 101 }, (_, i) => {
          const angle = (2 * Math.PI * (i + seed / 20)) / 101;
          return signs.map((sign, k) => sign * (k % 2 === 0 ? Math.cos(angle) : Math.sin(angle)));
        }),
      ),
    );
    const gains = Array.from({ length: 101 }, (_, pick) => {
      let gain = 0;
      for (let row = 0; row < 101; row++) gain += Math.max(0, innerProduct(rows, row, pick));
      return gain;
    });
    const { values, indices } = await facilityLocation({ count: 101, rows }, { count: 1 });
    expect(indices).toEqual([gains.indexOf(Math.max(...gains))]);
    expect(values).toEqual([Math.max(...gains)]);
  }
});
