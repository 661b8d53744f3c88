// Candidates made of a seed, for properties of selections.
import * as fc from 'fast-check';
import { type Matrix, matrixFromRows } from '../../src/base/matrix.ts';
import { Random } from '../../src/base/random.ts';
import type { Candidates } from '../../src/selection/candidates.ts';
import { unitRows } from '../../src/selection/distances.ts';

export interface TestPool extends Candidates {
  readonly rows: Matrix;
  readonly video: readonly number[];
  readonly frame: readonly number[];
  readonly seconds: readonly number[];
  readonly columns: { readonly weight: readonly number[]; readonly quality: readonly number[] };
}

export interface PoolShape {
  readonly seed: number;
  readonly count: number;
  readonly dimensions: number;
  readonly videos: number;
  /** How many rows are copies of another. */
  readonly copies: number;
}

/** A few videos with frames at uneven times, in the dataset's order, numbers without structure. */
export const poolFrom = ({ seed, count, dimensions, videos, copies }: PoolShape): TestPool => {
  const random = new Random(seed);
  const video = Array.from({ length: count }, () => random.below(videos)).sort((a, b) => a - b);
  const frame = video.map((_, i) => i * 3 + random.below(3));
  const rows = Array.from({ length: count }, () => Array.from({ length: dimensions }, () => random.normal()));
  for (let i = 0; i < Math.min(copies, count); i++) rows[random.below(count)] = rows[random.below(count)]!;
  const classes = Array.from({ length: count }, () => Array.from({ length: 3 }, () => random.uniform()));
  return {
    count,
    rows: unitRows(matrixFromRows(rows)),
    video,
    frame,
    seconds: frame.map((each) => each / 4),
    columns: {
      weight: video.map(() => random.uniform() + 0.01),
      quality: video.map(() => random.uniform() * 10),
    },
    classes: { objects: { names: ['car', 'dog', 'tree'], rows: matrixFromRows(classes) } },
  };
};

export const poolShapes: fc.Arbitrary<PoolShape> = fc.record({
  seed: fc.nat(),
  count: fc.integer({ min: 1, max: 30 }),
  dimensions: fc.integer({ min: 1, max: 6 }),
  videos: fc.integer({ min: 1, max: 4 }),
  copies: fc.integer({ min: 0, max: 6 }),
});

/** The same candidates in another order: entry `i` is what `order[i]` was. */
export const reordered = (pool: TestPool, order: readonly number[]): TestPool => {
  const pick = (column: readonly number[]): number[] => order.map((i) => column[i]!);
  const pickRows = (matrix: Matrix): Matrix =>
    matrixFromRows(order.map((i) => matrix.data.subarray(i * matrix.columns, (i + 1) * matrix.columns)));
  return {
    count: order.length,
    rows: pickRows(pool.rows),
    video: pick(pool.video),
    frame: pick(pool.frame),
    seconds: pick(pool.seconds),
    columns: { weight: pick(pool.columns.weight), quality: pick(pool.columns.quality) },
    classes: Object.fromEntries(
      Object.entries(pool.classes ?? {}).map(([name, { names, rows }]) => [
        name,
        { names, rows: pickRows(rows) },
      ]),
    ),
  };
};
