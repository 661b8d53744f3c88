import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Matrix, matrixFromRows, matrixOf, rowBlocks, rowOf } from '../../src/base/matrix.ts';
import { Random } from '../../src/base/random.ts';
import { ROWS_PER_PRODUCT } from '../../src/linalg/covariance.ts';
import { fitPca } from '../../src/linalg/fit-pca.ts';
import { PCA } from '../../src/linalg/pca.ts';

/** What Lightly's PCA gives for X: mean, the first two columns of its eigenvectors, and X along them. */
interface Golden {
  readonly X: readonly number[][];
  readonly mean: readonly number[];
  readonly w2: readonly number[][];
  readonly T: readonly number[][];
}

const golden = JSON.parse(
  readFileSync(new URL('../golden/lightly-pca.json', import.meta.url), 'utf8'),
) as Golden[];

const randomMatrix = (rows: number, columns: number, seed: number): Matrix => {
  const random = new Random(seed);
  // Columns of different spread, so that the components are well apart.
  const data = Float32Array.from({ length: rows * columns }, (_, i) => random.normal() * (1 + (i % columns)));
  return matrixOf(data, rows, columns);
};

const rowsOf = (matrix: Matrix): number[][] =>
  Array.from({ length: matrix.rows }, (_, row) => [...rowOf(matrix, row)]);

/** Mean and covariance by naive loops in float64. */
const naive = (matrix: Matrix) => {
  const { rows, columns } = matrix;
  const at = (row: number, column: number): number => matrix.data[row * columns + column]!;
  const mean = Array.from({ length: columns }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += at(row, column);
    return sum / rows;
  });
  const covariance = mean.map((a, i) =>
    mean.map((b, j) => {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += (at(row, i) - a) * (at(row, j) - b);
      return sum / (rows - 1);
    }),
  );
  return { mean, covariance };
};

const closeTo = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void => {
  expect(actual).toHaveLength(expected.length);
  for (let i = 0; i < expected.length; i++) {
    expect(
      Math.abs(actual[i]! - expected[i]!),
      `${actual[i]} and ${expected[i]} at ${i}`,
    ).toBeLessThanOrEqual(tolerance);
  }
};

describe('PCA', () => {
  it.each(golden.map((each) => [each.X.length, each.X[0]!.length, each] as const))(
    'gives what Lightly gives for %i × %i, up to the sign',
    async (_rows, _columns, { X, mean, w2, T }) => {
      const pca = await new PCA().fit(matrixFromRows(X));
      const projected = rowsOf(await pca.transform(matrixFromRows(X)));
      closeTo(pca.mean, mean, 1e-6 * Math.max(...mean.map(Math.abs)));
      for (const k of [0, 1]) {
        const component = rowOf(pca.components, k);
        const reference = w2.map((row) => row[k]!);
        const leading = reference.reduce((most, each) => (Math.abs(each) > Math.abs(most) ? each : most));
        const sign = Math.sign(leading);
        closeTo(
          component,
          reference.map((each) => each * sign),
          1e-5,
        );
        closeTo(
          projected.map((row) => row[k]!),
          T.map((row) => row[k]! * sign),
          1e-4,
        );
      }
    },
  );

  it('solves the example by hand', async () => {
    const matrix = matrixFromRows([
      [1, 2, 3],
      [4, 5, 7],
      [7, 8, 8],
      [10, 12, 12],
      [1, 0, 1],
    ]);
    const pca = await new PCA({ nComponents: 1 }).fit(matrix);
    closeTo(pca.mean, [4.6, 5.4, 6.2], 1e-6);
    closeTo(rowOf(pca.components, 0), [0.51682, 0.63645, 0.57256], 1e-5);
    const projected = await pca.transform(matrix);
    closeTo(
      projected.data,
      [5.85668, 0.10662, -3.92575, -10.31226, 8.27471].map((each) => -each),
      2e-5,
    );
  });

  it('has the shapes that were asked for', async () => {
    const matrix = randomMatrix(100, 10, 1);
    const pca = await new PCA({ nComponents: 10 }).fit(matrix);
    expect(pca.components).toMatchObject({ rows: 10, columns: 10 });
    const two = await new PCA().fit(matrix);
    expect(await two.transform(matrix)).toMatchObject({
      rows: 100,
      columns: 2,
      data: expect.any(Float32Array),
    });
    expect(await two.transform(randomMatrix(3, 10, 2))).toMatchObject({ rows: 3, columns: 2 });
    expect(await two.transform(randomMatrix(0, 10, 2))).toMatchObject({ rows: 0, columns: 2 });
  });

  it('finds the line y = 2x', async () => {
    const random = new Random(7);
    const points = Array.from({ length: 100 }, () => {
      const x = random.normal();
      return [x, 2 * x + 1e-6 * random.normal()];
    });
    const pca = await new PCA({ nComponents: 1 }).fit(matrixFromRows(points));
    closeTo(pca.components.data, [1 / Math.sqrt(5), 2 / Math.sqrt(5)], 1e-5);
  });

  it('is exact to 1e-4 of float64, over several blocks and far from 0', async () => {
    // Float32 products are added up over ROWS_PER_PRODUCT rows before float64 takes over; were blocks much larger, or
    // the rows not centred first, this would fail.
    const rows = 3 * ROWS_PER_PRODUCT + 17;
    const matrix = randomMatrix(rows, 12, 3);
    for (let i = 0; i < matrix.data.length; i++) matrix.data[i]! += 100;
    const { mean, covariance } = naive(matrix);
    const pca = await new PCA({ nComponents: 12 }).fit(matrix);
    closeTo(pca.mean, mean, 1e-5);
    for (const [i, variance] of pca.explainedVariance.entries()) {
      const component = rowOf(pca.components, i);
      const image = covariance.map((line) => line.reduce((sum, each, k) => sum + each * component[k]!, 0));
      const quotient = image.reduce((sum, each, k) => sum + each * component[k]!, 0);
      expect(Math.abs(variance / quotient - 1)).toBeLessThan(1e-5);
      const residual = image.map((each, k) => each - variance * component[k]!);
      expect(Math.hypot(...residual)).toBeLessThan(1e-4 * variance);
    }
  });

  it('explains the variance: that of each projection, and all of it together', async () => {
    const matrix = randomMatrix(200, 5, 4);
    const pca = await new PCA({ nComponents: 5 }).fit(matrix);
    const { covariance } = naive(await pca.transform(matrix));
    for (const [i, row] of covariance.entries()) {
      closeTo(
        row,
        row.map((_, j) => (i === j ? pca.explainedVariance[i]! : 0)),
        1e-4,
      );
    }
    expect(pca.explainedVarianceRatio.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    const total = pca.explainedVariance.reduce((a, b) => a + b, 0);
    closeTo(
      pca.explainedVarianceRatio,
      pca.explainedVariance.map((each) => each / total),
      1e-12,
    );
  });

  it('turns with the data', async () => {
    const matrix = randomMatrix(300, 3, 5);
    const [cos, sin] = [Math.cos(0.7), Math.sin(0.7)];
    const turn = ([x, y, z]: number[]): number[] => [cos * x! - sin * y!, sin * x! + cos * y!, z!];
    const turned = matrixFromRows(rowsOf(matrix).map(turn));
    const before = await new PCA({ nComponents: 3 }).fit(matrix);
    const after = await new PCA({ nComponents: 3 }).fit(turned);
    closeTo(after.explainedVariance, before.explainedVariance, 1e-4);
    for (let i = 0; i < 3; i++) {
      const expected = turn([...rowOf(before.components, i)]);
      const found = rowOf(after.components, i);
      const inner = expected.reduce((sum, each, k) => sum + each * found[k]!, 0);
      expect(Math.abs(inner)).toBeCloseTo(1, 5);
    }
  });

  it('does not care for the order of rows', async () => {
    const matrix = randomMatrix(150, 6, 6);
    const order = new Random(1).permutation(150);
    const shuffled = matrixFromRows([...order].map((row) => rowOf(matrix, row)));
    const straight = await (await new PCA().fit(matrix)).transform(matrix);
    const mixed = await (await new PCA().fit(shuffled)).transform(shuffled);
    closeTo(
      mixed.data,
      [...order].flatMap((row) => [...rowOf(straight, row)]),
      1e-4,
    );
  });

  it('makes the largest entry of a component positive, of equal ones the first', async () => {
    const falling = [
      [1, -1],
      [2, -2],
      [-3, 3],
    ];
    const half = Math.SQRT1_2;
    closeTo((await new PCA().fit(matrixFromRows(falling))).components.data, [half, -half, half, half], 1e-6);
    const steep = falling.map(([x, y]) => [x!, 3 * y!]);
    closeTo(
      (await new PCA({ nComponents: 1 }).fit(matrixFromRows(steep))).components.data,
      [-1 / Math.sqrt(10), 3 / Math.sqrt(10)],
      1e-6,
    );
  });

  it.each([
    ['fewer rows than columns', randomMatrix(4, 9, 8), 9, 3],
    ['two rows', randomMatrix(2, 5, 9), 5, 1],
    ['one column', randomMatrix(20, 1, 10), 1, 1],
    [
      'constant columns',
      matrixFromRows([
        [1, 5, 0.1],
        [2, 5, 0.1],
        [4, 5, 0.1],
      ]),
      3,
      1,
    ],
    [
      'nothing that varies',
      matrixFromRows([
        [1, 5],
        [1, 5],
      ]),
      2,
      0,
    ],
  ])('works with %s', async (_, matrix, nComponents, rank) => {
    const pca = await new PCA({ nComponents }).fit(matrix);
    const { components, explainedVariance, explainedVarianceRatio } = pca;
    const total = naive(matrix).covariance.reduce((sum, row, i) => sum + row[i]!, 0);
    expect(explainedVariance.filter((each) => each > 1e-6 * total)).toHaveLength(rank);
    expect(explainedVariance.every((each) => each >= 0)).toBe(true);
    expect(explainedVarianceRatio.reduce((a, b) => a + b, 0)).toBeCloseTo(rank === 0 ? 0 : 1, 6);
    const gram = Array.from({ length: nComponents ** 2 }, (_, i) =>
      rowOf(components, Math.floor(i / nComponents)).reduce(
        (sum, each, k) => sum + each * rowOf(components, i % nComponents)[k]!,
        0,
      ),
    );
    closeTo(
      gram,
      gram.map((_, i) => (i % (nComponents + 1) === 0 ? 1 : 0)),
      1e-6,
    );
    const projected = await pca.transform(matrix);
    expect(projected.data.every(Number.isFinite)).toBe(true);
  });

  it('adds eps to what it projects, not to what it learns', async () => {
    const matrix = matrixFromRows([[-3], [0], [3]]);
    const pca = await new PCA({ nComponents: 1, eps: 0.5 }).fit(matrix);
    expect([...pca.mean]).toEqual([0]);
    expect([...pca.explainedVariance]).toEqual([9]);
    expect([...(await pca.transform(matrix)).data]).toEqual([-2.5, 0.5, 3.5]);
  });

  it('learns the same from blocks', async () => {
    const matrix = randomMatrix(1000, 6, 11);
    const whole = await new PCA().fit(matrix);
    const blocks = await new PCA().fitBlocks(async function* () {
      yield* rowBlocks(matrix, 64);
    });
    closeTo(blocks.mean, whole.mean, 0);
    closeTo(blocks.components.data, whole.components.data, 1e-5);
    closeTo(blocks.explainedVariance, whole.explainedVariance, 1e-4);
  });

  it('gives the same bytes every time, and leaves the data alone', async () => {
    const matrix = randomMatrix(500, 8, 12);
    const copy = matrix.data.slice();
    const first = await (await new PCA().fit(matrix)).transform(matrix);
    expect(await (await new PCA().fit(matrix)).transform(matrix)).toEqual(first);
    expect(matrix.data).toEqual(copy);
  });

  it('stops when told to', async () => {
    const signal = AbortSignal.abort();
    const matrix = randomMatrix(10, 2, 13);
    await expect(new PCA().fit(matrix, { signal })).rejects.toBe(signal.reason);
    await expect((await new PCA().fit(matrix)).transform(matrix, { signal })).rejects.toBe(signal.reason);
  });
});

describe('PCA refuses', () => {
  const square = randomMatrix(6, 3, 14);

  it('to transform or tell before it is fitted', async () => {
    const error = { code: 'ERR_OPTION', message: 'the PCA is not fitted yet: call fit first.' };
    await expect(new PCA().transform(square)).rejects.toMatchObject(error);
    for (const name of ['mean', 'components', 'explainedVariance', 'explainedVarianceRatio'] as const) {
      expect(() => new PCA()[name]).toThrow(expect.objectContaining(error));
    }
  });

  it.each([0, -1, 1.5, Number.NaN])('nComponents %f', (nComponents) => {
    expect(() => new PCA({ nComponents })).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION',
        message: `nComponents ${nComponents}: expected a whole number from 1 to the number of columns.`,
      }),
    );
  });

  it('more components than columns', async () => {
    await expect(new PCA({ nComponents: 4 }).fit(square)).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: 'nComponents 4: expected a whole number from 1 to 3, the number of columns.',
    });
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('eps %f', (eps) => {
    expect(() => new PCA({ eps })).toThrow(`eps ${eps}: expected a number of at least 0.`);
  });

  it.each([
    [matrixFromRows([]), 'a covariance needs at least 2 rows; there are 0.'],
    [matrixFromRows([[1, 2]]), 'a covariance needs at least 2 rows; there are 1.'],
    [matrixFromRows([[], []]), 'the rows are empty: there is no column.'],
  ])('a matrix that has no covariance', async (matrix, message) => {
    await expect(new PCA({ nComponents: 1 }).fit(matrix)).rejects.toMatchObject({
      code: 'ERR_SHAPE',
      message,
    });
  });

  it('numbers whose squares overflow', async () => {
    await expect(new PCA({ nComponents: 1 }).fit(matrixFromRows([[1e30], [-1e30]]))).rejects.toMatchObject({
      code: 'ERR_EMBEDDINGS',
      message: 'column 0 varies too much for float32: scale it so that it stays below 1e18.',
    });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    '%f, and says where',
    async (value) => {
      const rows = ROWS_PER_PRODUCT + 10;
      const bad = randomMatrix(rows, 3, 15);
      bad.data[(ROWS_PER_PRODUCT + 5) * 3 + 1] = value;
      const error = {
        code: 'ERR_EMBEDDINGS',
        message: `row ${ROWS_PER_PRODUCT + 5}, column 1 of the matrix is ${value}: every number must be finite.`,
        facts: { row: ROWS_PER_PRODUCT + 5, column: 1 },
      };
      await expect(new PCA().fit(bad)).rejects.toMatchObject(error);
      await expect(fitPca(bad, { fraction: 0.5 })).rejects.toMatchObject(error);
      await expect((await new PCA().fit(square)).transform(bad)).rejects.toMatchObject(error);
    },
  );

  it('another width', async () => {
    const pca = await new PCA().fit(square);
    await expect(pca.transform(randomMatrix(2, 4, 16))).rejects.toMatchObject({
      code: 'ERR_SHAPE',
      message: 'the matrix has 4 columns; the PCA was fitted to 3.',
    });
    await expect(pca.fitBlocks(() => [square, randomMatrix(2, 4, 16)])).rejects.toMatchObject({
      code: 'ERR_SHAPE',
      message: 'the rows from row 6 on have 4 columns, those before have 3.',
    });
  });

  it('blocks that change between the passes', async () => {
    let pass = 0;
    const source = () => (pass++ === 0 ? [square, square] : [square]);
    await expect(new PCA().fitBlocks(source)).rejects.toMatchObject({
      code: 'ERR_SHAPE',
      message: 'the blocks held 12 rows in the first pass and 6 in the second: they must be the same.',
    });
  });
});

describe('fitPca', () => {
  it('fits to a share of the rows', async () => {
    const matrix = randomMatrix(50, 5, 17);
    const pca = await fitPca(matrix, { nComponents: 1, fraction: 0.5 });
    expect(await pca.transform(matrix)).toMatchObject({ rows: 50, columns: 1 });
  });

  it.each([
    [0.5, 5],
    [0.29, 2],
    [1, 10],
  ])('takes the first ⌊n · %f⌋ rows of the permutation', async (fraction, count) => {
    const data = Float32Array.from({ length: 40 }, (_, i) => i);
    const rows = [...new Random(42).permutation(10).subarray(0, count)];
    const expected = [0, 1, 2, 3].map(
      (column) => rows.reduce((sum, row) => sum + row * 4 + column, 0) / count,
    );
    const pca = await fitPca(matrixOf(data, 10, 4), { fraction, seed: 42 });
    closeTo(pca.mean, expected, 1e-6 * 40);
  });

  it('gives the same for the same seed, something else for another', async () => {
    const matrix = randomMatrix(3 * ROWS_PER_PRODUCT, 3, 18);
    const means = await Promise.all(
      [1, 1, 2].map(async (seed) => (await fitPca(matrix, { fraction: 0.5, seed })).mean),
    );
    expect(means[0]).toEqual(means[1]);
    expect(means[0]).not.toEqual(means[2]);
  });

  it('looks at all rows when no share is named', async () => {
    const matrix = randomMatrix(30, 4, 19);
    const all = await new PCA().fit(matrix);
    const fitted = await fitPca(matrix);
    expect(fitted.components).toEqual(all.components);
    expect((await fitPca(matrix, { fraction: 1, seed: 9 })).components).toEqual(all.components);
  });

  it.each([1.5, -0.1, 0, Number.NaN])('refuses the fraction %f', async (fraction) => {
    await expect(fitPca(randomMatrix(50, 5, 20), { fraction })).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: `fraction ${fraction}: fraction must be in (0, 1].`,
    });
  });

  it('refuses a fraction that leaves too little', async () => {
    await expect(fitPca(randomMatrix(10, 4, 21), { fraction: 0.1 })).rejects.toMatchObject({
      code: 'ERR_SHAPE',
      message: 'fraction 0.1 of 10 rows leaves 1: PCA needs at least 2.',
    });
  });
});
