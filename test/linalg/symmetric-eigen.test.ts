import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { symmetricEigen } from '../../src/linalg/symmetric-eigen.ts';

/** Entry by entry, both triangles. */
const symmetric = (size: number, entry: (row: number, column: number) => number): Float64Array => {
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      matrix[row * size + column] = entry(row, column);
      matrix[column * size + row] = matrix[row * size + column]!;
    }
  }
  return matrix;
};

const randomSymmetric = (size: number, seed: number): Float64Array => {
  const random = new Random(seed);
  return symmetric(size, () => random.normal());
};

const tridiagonal = (diagonal: readonly number[], offDiagonal: readonly number[]): Float64Array =>
  symmetric(diagonal.length, (row, column) =>
    row === column ? diagonal[row]! : row - column === 1 ? offDiagonal[column]! : 0,
  );

/** A matrix with these eigenvalues: a diagonal one, reflected three times. */
const withSpectrum = (values: readonly number[], seed: number): Float64Array => {
  const size = values.length;
  const random = new Random(seed);
  let matrix = symmetric(size, (row, column) => (row === column ? values[row]! : 0));
  for (let time = 0; time < 3; time++) {
    const u = Array.from({ length: size }, () => random.normal());
    const square = u.reduce((sum, entry) => sum + entry * entry, 0);
    const image = u.map((_, row) => u.reduce((sum, entry, k) => sum + matrix[row * size + k]! * entry, 0));
    const inner = u.reduce((sum, entry, k) => sum + entry * image[k]!, 0);
    const before = matrix;
    matrix = symmetric(
      size,
      (row, column) =>
        before[row * size + column]! -
        (2 / square) * (u[row]! * image[column]! + image[row]! * u[column]!) +
        ((4 * inner) / square ** 2) * u[row]! * u[column]!,
    );
  }
  return matrix;
};

const normOf = (matrix: Float64Array, size: number): number =>
  Math.max(
    ...Array.from({ length: size }, (_, row) =>
      matrix.subarray(row * size, (row + 1) * size).reduce((sum, entry) => sum + Math.abs(entry), 0),
    ),
  );

/** Worst entry of `A v − λ v`, and of `V Vᵀ − I`. */
const errorsOf = (matrix: Float64Array, size: number, values: Float64Array, vectors: Float64Array) => {
  let residual = 0;
  let skew = 0;
  const rows = [...values.keys()].map((i) => vectors.subarray(i * size, (i + 1) * size));
  for (const [i, vector] of rows.entries()) {
    for (let row = 0; row < size; row++) {
      let sum = -values[i]! * vector[row]!;
      for (let k = 0; k < size; k++) sum += matrix[row * size + k]! * vector[k]!;
      residual = Math.max(residual, Math.abs(sum));
    }
    for (const [j, other] of rows.entries()) {
      let sum = i === j ? -1 : 0;
      for (let k = 0; k < size; k++) sum += vector[k]! * other[k]!;
      skew = Math.max(skew, Math.abs(sum));
    }
  }
  return { residual, skew };
};

/** Solves, and proves the result by what eigenvectors are. @returns the eigenvalues */
const solved = async (matrix: Float64Array, size: number, count = size): Promise<Float64Array> => {
  const { values, vectors } = await symmetricEigen(matrix, size, { count });
  expect(values).toHaveLength(count);
  expect(vectors).toHaveLength(count * size);
  const { residual, skew } = errorsOf(matrix, size, values, vectors);
  // Subnormal numbers have no digits to be exact in.
  expect(residual).toBeLessThanOrEqual(1e-12 * normOf(matrix, size) + 2 ** -1022);
  expect(skew).toBeLessThanOrEqual(1e-12);
  expect([...values]).toEqual([...values].sort((a, b) => b - a));
  return values;
};

const expectClose = (actual: Float64Array, expected: readonly number[], tolerance: number): void => {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries())
    expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(tolerance);
};

/** Wilkinson's matrix of odd size: pairs of eigenvalues that agree to many digits. */
const wilkinson = (half: number): readonly [number[], number[]] => [
  Array.from({ length: 2 * half + 1 }, (_, i) => Math.abs(i - half)),
  new Array<number>(2 * half).fill(1),
];

describe('symmetricEigen', () => {
  it.each([1, 2, 3, 4, 7, 20, 64, 150, 300])('solves a random matrix of %i rows whole', async (size) => {
    const matrix = randomSymmetric(size, size);
    const values = await solved(matrix, size);
    const trace = Array.from({ length: size }, (_, i) => matrix[i * size + i]!).reduce((a, b) => a + b, 0);
    expect(Math.abs(values.reduce((a, b) => a + b, 0) - trace)).toBeLessThan(1e-11 * normOf(matrix, size));
  });

  it('gives the same few eigenvalues as of all', async () => {
    const matrix = randomSymmetric(200, 5);
    const all = await symmetricEigen(matrix, 200);
    expect(await solved(matrix, 200, 3)).toEqual(all.values.slice(0, 3));
    expect((await symmetricEigen(matrix, 200, { count: 0 })).values).toHaveLength(0);
  });

  it.each([
    ['repeated', [5, 5, 5, 5, 2, 2, 1, 1, 1, 1]],
    ['all equal', new Array<number>(40).fill(3)],
    ['of low rank', [9, 4, 1, ...new Array<number>(60).fill(0)]],
    ['in a tight cluster', Array.from({ length: 30 }, (_, i) => 1 + i * 1e-14)],
    ['in a loose cluster', Array.from({ length: 60 }, (_, i) => 1 + i * 1e-5)],
    ['in two clusters', Array.from({ length: 60 }, (_, i) => (i % 2) + i * 1e-10)],
    ['in geometric order', Array.from({ length: 60 }, (_, i) => 2 ** -i)],
    ['both positive and negative', Array.from({ length: 50 }, (_, i) => (i % 7) - 3)],
    ['with a gap near the limit of a cluster', Array.from({ length: 50 }, (_, i) => 1 + i * 1.001e-3)],
  ])('finds eigenvalues %s', async (_, spectrum) => {
    const size = spectrum.length;
    const values = await solved(withSpectrum(spectrum, size), size);
    expectClose(
      values,
      [...spectrum].sort((a, b) => b - a),
      1e-12 * Math.max(...spectrum.map(Math.abs)),
    );
  });

  it('gives the exact result where there is nothing to compute', async () => {
    const zero = await symmetricEigen(new Float64Array(9), 3, { count: 2 });
    expect(zero).toEqual({ values: new Float64Array(2), vectors: Float64Array.of(1, 0, 0, 0, 1, 0) });
    expect([...(await solved(Float64Array.of(-7), 1))]).toEqual([-7]);
    expect([...(await solved(tridiagonal([3, -1, 8, 3], [0, 0, 0]), 4))]).toEqual([8, 3, 3, -1]);
  });

  it('knows the second difference: 2 − 2 cos(kπ / (n + 1))', async () => {
    const size = 100;
    const matrix = tridiagonal(new Array<number>(size).fill(2), new Array<number>(size - 1).fill(-1));
    const expected = Array.from(
      { length: size },
      (_, k) => 2 - 2 * Math.cos(((size - k) * Math.PI) / (size + 1)),
    );
    expectClose(await solved(matrix, size), expected, 1e-13);
  });

  it("separates Wilkinson's pairs", async () => {
    const values = await solved(tridiagonal(...wilkinson(10)), 21);
    expectClose(values.subarray(0, 2), [10.746194182903393, 10.746194182903322], 2e-14);
    await solved(tridiagonal(...wilkinson(60)), 121);
  });

  it("separates Wilkinson's matrices that hang together by a thread", async () => {
    const [diagonal, offDiagonal] = wilkinson(10);
    for (const thread of [1e-3, 1e-8, 1e-14]) {
      const matrix = tridiagonal(
        [...diagonal, ...diagonal, ...diagonal, ...diagonal],
        [...offDiagonal, thread, ...offDiagonal, thread, ...offDiagonal, thread, ...offDiagonal],
      );
      await solved(matrix, 84);
    }
  });

  it.each([1e-310, 1e-300, 1e-160, 1e150, 1e300])('works at the scale %f', async (scale) => {
    const matrix = randomSymmetric(20, 1).map((entry) => entry * scale);
    const { values, vectors } = await symmetricEigen(matrix, 20);
    const reference = await symmetricEigen(randomSymmetric(20, 1), 20);
    if (scale < 1e-307) return expect([...values]).toEqual(new Array<number>(20).fill(0));
    expectClose(
      values.map((value) => value / scale),
      [...reference.values],
      1e-12,
    );
    expect(errorsOf(matrix, 20, values, vectors).skew).toBeLessThan(1e-12);
  });

  it('copes with entries whose squares vanish', async () => {
    await solved(
      symmetric(12, (row, column) => (row === column ? row : 10 ** (-20 * (row - column)))),
      12,
    );
    await solved(
      symmetric(12, (row, column) => 10 ** (-15 * (row + column))),
      12,
    );
  });

  it('reads the lower triangle and writes nothing', async () => {
    const matrix = randomSymmetric(10, 2);
    const half = matrix.map((entry, i) => (i % 10 > Math.floor(i / 10) ? Number.NaN : entry));
    const copy = half.slice();
    expect(await symmetricEigen(half, 10)).toEqual(await symmetricEigen(matrix, 10));
    expect(half).toEqual(copy);
  });

  it('holds for any small matrix', async () => {
    const matrices = fc.integer({ min: 1, max: 9 }).chain((size) =>
      fc
        .array(fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ min: -1e6, max: 1e6, noNaN: true })), {
          minLength: size * size,
          maxLength: size * size,
        })
        .map((entries) => ({
          size,
          matrix: symmetric(size, (row, column) => entries[row * size + column]!),
        })),
    );
    await fc.assert(
      fc.asyncProperty(matrices, async ({ size, matrix }) => {
        await solved(matrix, size);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses what is not finite, and stops when told to', async () => {
    await expect(symmetricEigen(Float64Array.of(1, 0, Number.NaN, 1), 2)).rejects.toThrow(
      new RangeError('row 1, column 0 of the matrix is NaN'),
    );
    const signal = AbortSignal.abort();
    await expect(symmetricEigen(randomSymmetric(3, 3), 3, { signal })).rejects.toBe(signal.reason);
  });
});
