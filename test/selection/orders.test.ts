// Each whole order against its rule, written down plainly.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Matrix, matrixFromRows } from '../../src/base/matrix.ts';
import { Random } from '../../src/base/random.ts';
import { determinantal } from '../../src/selection/determinantal.ts';
import { facilityLocation } from '../../src/selection/facility-location.ts';
import { withoutNearDuplicates } from '../../src/selection/near-duplicates.ts';
import { probCover } from '../../src/selection/prob-cover.ts';
import { zCore } from '../../src/selection/zcore.ts';
import { distanceOf } from './naive-select.ts';
import { poolFrom, poolShapes, type TestPool } from './pools.ts';

const product = ({ columns, data }: Matrix, a: number, b: number): number => {
  let sum = 0;
  for (let i = 0; i < columns; i++) sum += data[a * columns + i]! * data[b * columns + i]!;
  return sum;
};

/** At each step the candidate whose value is largest, the first of equal ones; ends when the value is `end`. */
const greedy = (
  count: number,
  candidates: number,
  value: (candidate: number, picks: readonly number[]) => number,
  end = Number.NEGATIVE_INFINITY,
): number[] => {
  const picks: number[] = [];
  while (picks.length < count) {
    let best: { candidate: number; value: number } | undefined;
    for (let candidate = 0; candidate < candidates; candidate++) {
      if (picks.includes(candidate)) continue;
      const own = value(candidate, picks);
      // Sums in another order differ in their last digits; equal ones must not.
      if (!best || own > best.value + 1e-12) best = { candidate, value: own };
    }
    if (!best || best.value <= end) break;
    picks.push(best.candidate);
  }
  return picks;
};

const everyone = (pool: TestPool): number[] => [...pool.video.keys()];

describe('facility location', () => {
  it('adds most to the sum of the largest similarities', async () => {
    await fc.assert(
      fc.asyncProperty(poolShapes, async (shape) => {
        const pool = poolFrom(shape);
        const coverage = (picks: readonly number[]): number =>
          everyone(pool).reduce(
            (sum, row) => sum + Math.max(0, ...picks.map((pick) => product(pool.rows, row, pick))),
            0,
          );
        const { indices, values } = await facilityLocation(pool, { count: 8 });
        expect(new Set(indices).size).toBe(Math.min(8, shape.count));
        // Of candidates that gain as much as each other but for rounding, any is right.
        for (const [i, pick] of indices.entries()) {
          const picks = indices.slice(0, i);
          const gain = (candidate: number): number => coverage([...picks, candidate]) - coverage(picks);
          const best = Math.max(...everyone(pool).map(gain));
          expect(gain(pick)).toBeGreaterThan(best - 1e-9);
        }
        for (const [i, value] of values.entries())
          expect(value).toBeCloseTo(coverage(indices.slice(0, i + 1)) - coverage(indices.slice(0, i)), 9);
      }),
    );
  });

  it('finds its way in more rows than it looks at together', async () => {
    const pool = poolFrom({ seed: 3, count: 400, dimensions: 5, videos: 3, copies: 20 });
    const best = new Float64Array(400);
    const expected = Array.from({ length: 12 }, () => {
      const gains = everyone(pool).map((pick) =>
        everyone(pool).reduce((sum, row) => sum + Math.max(0, product(pool.rows, row, pick) - best[row]!), 0),
      );
      const pick = gains.indexOf(Math.max(...gains));
      for (const row of everyone(pool)) best[row] = Math.max(best[row]!, product(pool.rows, row, pick));
      return pick;
    });
    expect((await facilityLocation(pool, { count: 12 })).indices).toEqual(expected);
  });
});

describe('ProbCover', () => {
  it('covers most rows that nothing covers yet', async () => {
    await fc.assert(
      fc.asyncProperty(poolShapes, fc.double({ min: 0.01, max: 1.9, noNaN: true }), async (shape, radius) => {
        const pool = poolFrom(shape);
        const isNear = (a: number, b: number): boolean => distanceOf(pool, a, b) < radius;
        const gain = (i: number, picks: readonly number[]): number =>
          everyone(pool).filter((row) => isNear(row, i) && !picks.some((pick) => isNear(row, pick))).length;
        const expected = greedy(9, shape.count, gain, 0);
        const { indices, values } = await probCover(pool, { radius, count: 9 });
        expect(indices).toEqual(expected);
        expect(values).toEqual(expected.map((pick, i) => gain(pick, expected.slice(0, i))));
      }),
    );
  });

  it('refuses a radius that rounding would decide', () => {
    const pool = poolFrom({ seed: 3, count: 4, dimensions: 5, videos: 3, copies: 0 });
    expect(() => probCover(pool, { radius: 0 })).toThrow('radius 0: expected a number of at least 0.001.');
  });
});

/** By Gaussian elimination. */
const determinant = (matrix: number[][]): number => {
  const rows = matrix.map((row) => [...row]);
  let result = 1;
  for (let k = 0; k < rows.length; k++) {
    const pivot = rows.slice(k).reduce((a, b) => (Math.abs(b[k]!) > Math.abs(a[k]!) ? b : a));
    const at = rows.indexOf(pivot);
    if (at !== k) {
      [rows[k], rows[at]] = [rows[at]!, rows[k]!];
      result = -result;
    }
    result *= pivot[k]!;
    for (const row of rows.slice(k + 1)) {
      const factor = row[k]! / pivot[k]!;
      for (let i = k; i < rows.length; i++) row[i]! -= factor * pivot[i]!;
    }
  }
  return result;
};

describe('DPP', () => {
  it('multiplies the determinant of the kernel by most', async () => {
    await fc.assert(
      fc.asyncProperty(poolShapes, async (shape) => {
        const pool = poolFrom({ ...shape, copies: 0 });
        const quality = pool.columns.quality;
        const volume = (picks: readonly number[]): number =>
          determinant(
            picks.map((a) => picks.map((b) => quality[a]! * product(pool.rows, a, b) * quality[b]!)),
          );
        const count = Math.min(shape.dimensions, shape.count, 4);
        const ratio = (i: number, picks: readonly number[]): number => volume([...picks, i]) / volume(picks);
        const { indices, values } = await determinantal(pool, { count, quality: 'quality' });
        expect(indices).toEqual(greedy(count, shape.count, ratio));
        for (const [i, value] of values.entries())
          expect(value! / ratio(indices[i]!, indices.slice(0, i))).toBeCloseTo(1, 6);
      }),
    );
  });

  it('ends when the picks span everything', async () => {
    const pool = poolFrom({ seed: 5, count: 20, dimensions: 3, videos: 1, copies: 0 });
    expect((await determinantal(pool)).indices.length).toBe(3);
  });

  it('names the candidate whose quality is below 0, wherever it stands', async () => {
    const rows = matrixFromRows([[1], [1], [1]]);
    const candidates = { count: 3, rows, frame: [2, 1, 0], columns: { quality: [-1, 1, 1] } };
    await expect(determinantal(candidates, { quality: 'quality' })).rejects.toMatchObject({
      code: 'ERR_METADATA',
      message: 'quality "quality": entry 0 is -1: expected a number of at least 0.',
    });
  });

  it('names a quality that is not there', async () => {
    const pool = poolFrom({ seed: 5, count: 2, dimensions: 3, videos: 1, copies: 0 });
    await expect(determinantal(pool, { quality: 'size' })).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: 'DPP needs column "size", which the candidates do not have. There are: "weight", "quality".',
    });
  });
});

describe('near duplicates', () => {
  it('are what is near a candidate that is kept', async () => {
    const shapes = fc.record({
      seed: fc.nat(),
      count: fc.integer({ min: 1, max: 600 }),
      dimensions: fc.integer({ min: 1, max: 5 }),
      videos: fc.constant(3),
      copies: fc.integer({ min: 0, max: 200 }),
    });
    await fc.assert(
      fc.asyncProperty(shapes, fc.double({ min: 0, max: 1, noNaN: true }), async (shape, radius) => {
        const pool = poolFrom(shape);
        const kept: number[] = [];
        for (const i of everyone(pool)) {
          if (kept.every((other) => distanceOf(pool, i, other) > radius)) kept.push(i);
        }
        expect((await withoutNearDuplicates(pool, { radius })).indices).toEqual(kept);
      }),
      { numRuns: 40 },
    );
  });
});

describe('ZCore', () => {
  it('scores rows as its rule says', async () => {
    await fc.assert(
      fc.asyncProperty(poolShapes, fc.integer({ min: 1, max: 8 }), async (shape, redundant) => {
        const pool = poolFrom(shape);
        const random = new Random(shape.seed);
        const { columns, data } = pool.rows;
        const at = (row: number, column: number): number => data[row * columns + column]!;
        const scores = Array(shape.count).fill(0);
        for (let draw = 0; draw < 60; draw++) {
          const a = random.below(columns);
          const drawn = columns === 1 ? -1 : random.below(columns - 1);
          const b = columns === 1 ? a : drawn + (drawn >= a ? 1 : 0);
          const point = [a, b].map((column) => {
            const sorted = everyone(pool)
              .map((row) => at(row, column))
              .toSorted((x, y) => x - y);
            const [low, middle, high] = [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!];
            const share = random.uniform();
            if (low === high) return low;
            return share < (middle - low) / (high - low)
              ? low + Math.sqrt(share * (high - low) * (middle - low))
              : high - Math.sqrt((1 - share) * (high - low) * (high - middle));
          });
          const farOff = everyone(pool).map(
            (row) => Math.abs(at(row, a) - point[0]!) + Math.abs(at(row, b) - point[1]!),
          );
          const covered = farOff.indexOf(Math.min(...farOff));
          scores[covered]++;
          const between = everyone(pool).map(
            (row) => Math.abs(at(row, a) - at(covered, a)) + Math.abs(at(row, b) - at(covered, b)),
          );
          const near = everyone(pool)
            .filter((row) => row !== covered)
            .toSorted((x, y) => between[x]! - between[y]! || x - y)
            .slice(0, redundant);
          if (near.length === 0) continue;
          if (between[near[0]!] === 0) {
            scores[near[0]!]--;
            continue;
          }
          const total = near.reduce((sum, row) => sum + between[row]! ** -4, 0);
          for (const row of near) scores[row] -= between[row]! ** -4 / total;
        }
        const [least, most] = [Math.min(...scores), Math.max(...scores)];
        const { indices, values } = await zCore(pool, { seed: shape.seed, draws: 60, redundant });
        const scaled = indices.map((row) => (most === least ? 1 : (scores[row] - least) / (most - least)));
        for (const [i, value] of values.entries()) expect(value).toBeCloseTo(scaled[i]!, 9);
        expect(values).toEqual(values.toSorted((x, y) => y! - x!));
      }),
    );
  });
});
