import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Matrix, matrixFromRows, matrixOf, rowOf } from '../../src/base/matrix.ts';
import { Random } from '../../src/base/random.ts';
import { type ClassRanking, knnPredict, meanTopkAccuracy } from '../../src/linalg/knn.ts';
import { nearestNeighbours } from '../../src/linalg/nearest-neighbours.ts';
import { normalizeRows } from '../../src/linalg/normalize-rows.ts';

/** What Lightly's knn_predict gives; its bank is D × N. */
interface Golden {
  readonly bank: readonly number[][];
  readonly feature: readonly number[][];
  readonly labels: readonly number[];
  readonly C: number;
  readonly K: number;
  readonly t: number;
  readonly pred: readonly number[][];
}

const golden = JSON.parse(
  readFileSync(new URL('../golden/lightly-knn.json', import.meta.url), 'utf8'),
) as Golden[];

const transposed = (rows: readonly number[][]): number[][] =>
  rows[0]!.map((_, i) => rows.map((row) => row[i]!));

const rankingRows = ({ rows, columns, data }: ClassRanking): number[][] =>
  Array.from({ length: rows }, (_, row) => [...data.subarray(row * columns, (row + 1) * columns)]);

/** Multiples of 1/8, few of them: float32 has their inner products exactly, and many are equal. */
const coarse = (rows: number, columns: number, seed: number): Matrix => {
  const random = new Random(seed);
  const data = Float32Array.from({ length: rows * columns }, () => (random.below(9) - 4) / 8);
  return matrixOf(data, rows, columns);
};

/** All inner products of one query, sorted. */
const naiveNeighbours = (query: Float32Array, bank: Matrix, k: number) =>
  Array.from({ length: bank.rows }, (_, index) => {
    const row = rowOf(bank, index);
    return { index, similarity: row.reduce((sum, each, i) => sum + each * query[i]!, 0) };
  })
    .sort((a, b) => b.similarity - a.similarity || a.index - b.index)
    .slice(0, k);

const expectNaive = async (queries: Matrix, bank: Matrix, k: number): Promise<void> => {
  const found = await nearestNeighbours(queries, bank, k);
  expect(found).toMatchObject({ queries: queries.rows, k });
  for (let query = 0; query < queries.rows; query++) {
    const expected = naiveNeighbours(rowOf(queries, query), bank, k);
    const range = [query * k, (query + 1) * k] as const;
    expect([...found.indices.subarray(...range)]).toEqual(expected.map(({ index }) => index));
    expect([...found.similarities.subarray(...range)]).toEqual(expected.map(({ similarity }) => similarity));
  }
};

describe('nearestNeighbours', () => {
  it('finds what sorting finds, ties included', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 8 }),
        fc.nat(1000),
        async (rows, queries, columns, seed) => {
          const k = 1 + (seed % rows);
          await expectNaive(coarse(queries, columns, seed), coarse(rows, columns, seed + 1), k);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('finds it across blocks of the bank and of the queries', async () => {
    await expectNaive(coarse(600, 3, 1), coarse(300, 3, 2), 50);
    await expectNaive(coarse(9, 3, 3), coarse(200_000, 3, 4), 50);
    await expectNaive(coarse(3, 4, 5), coarse(150_000, 4, 6), 70_000);
  });

  it('takes no queries', async () => {
    expect(await nearestNeighbours(coarse(0, 3, 1), coarse(5, 3, 2), 2)).toMatchObject({ queries: 0 });
  });

  it.each([0, 6, 1.5, Number.NaN])('refuses k = %f of 5 rows', async (k) => {
    await expect(nearestNeighbours(coarse(2, 3, 1), coarse(5, 3, 2), k)).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: `k ${k}: expected a whole number from 1 to 5, the number of rows in the bank.`,
    });
  });

  it('refuses what does not fit or is not finite', async () => {
    await expect(nearestNeighbours(coarse(2, 3, 1), coarse(5, 4, 2), 1)).rejects.toMatchObject({
      code: 'ERR_SHAPE',
      message: 'the queries have 3 columns and the bank 4: they must be the same, and at least 1.',
    });
    const bad = coarse(5, 3, 2);
    bad.data[7] = Number.NaN;
    await expect(nearestNeighbours(coarse(2, 3, 1), bad, 1)).rejects.toMatchObject({
      code: 'ERR_EMBEDDINGS',
      message: 'row 2, column 1 of the bank is NaN: every number must be finite.',
    });
    const large = matrixFromRows([[1e30]]);
    await expect(nearestNeighbours(large, large, 1)).rejects.toMatchObject({
      code: 'ERR_EMBEDDINGS',
      message: 'an inner product exceeds float32: scale the rows to length 1.',
    });
  });

  it('stops when told to', async () => {
    const signal = AbortSignal.abort();
    await expect(nearestNeighbours(coarse(2, 3, 1), coarse(5, 3, 2), 1, { signal })).rejects.toBe(
      signal.reason,
    );
  });
});

describe('knnPredict', () => {
  it.each(golden.map((each) => [each.labels.length, each.K, each] as const))(
    'gives what Lightly gives for a bank of %i, k = %i',
    async (_rows, _k, { bank, feature, labels, C, K, t, pred }) => {
      const ranking = await knnPredict(matrixFromRows(feature), matrixFromRows(transposed(bank)), labels, {
        numClasses: C,
        knnK: K,
        knnT: t,
      });
      expect(rankingRows(ranking)).toEqual(pred);
    },
  );

  it.each([
    [
      [0, 1, 2, 3],
      4,
      [
        [0, 1, 2, 3],
        [1, 3, 0, 2],
      ],
    ],
    [
      [0, 1, 0, 1],
      2,
      [
        [0, 1, 2, 3],
        [1, 0, 2, 3],
      ],
    ],
    [
      [0, 1, 2, 3],
      1,
      [
        [0, 1, 2, 3],
        [1, 0, 2, 3],
      ],
    ],
  ])('ranks all classes: labels %j, k = %i', async (labels, knnK, expected) => {
    const bank = normalizeRows(
      matrixFromRows([
        [1, 1, 1],
        [-1, 1, 1],
        [-1, -1, 1],
        [-1, -1, -1],
      ]),
    );
    const features = normalizeRows(
      matrixFromRows([
        [1, 1, 1],
        [-1, 1.1, -1],
      ]),
    );
    expect(rankingRows(await knnPredict(features, bank, labels, { numClasses: 4, knnK }))).toEqual(expected);
  });

  it('votes as the formula says', async () => {
    const bank = coarse(60, 4, 5);
    const features = coarse(20, 4, 6);
    const labels = Int32Array.from({ length: 60 }, (_, i) => (i * 7) % 11);
    const ranking = await knnPredict(features, bank, labels, { numClasses: 12, knnK: 15, knnT: 0.3 });
    const expected = Array.from({ length: 20 }, (_, query) => {
      const scores = new Array<number>(12).fill(0);
      for (const { index, similarity } of naiveNeighbours(rowOf(features, query), bank, 15)) {
        scores[labels[index]!]! += Math.exp(similarity / 0.3);
      }
      // Sums in another order may differ in their last digits.
      const rounded = scores.map((score) => Number(score.toPrecision(12)));
      return [...scores.keys()].sort((a, b) => rounded[b]! - rounded[a]! || a - b);
    });
    expect(rankingRows(ranking)).toEqual(expected);
  });

  it('gives permuted rows the permuted result', async () => {
    const features = coarse(30, 5, 7);
    const bank = coarse(50, 5, 8);
    const labels = Array.from({ length: 50 }, (_, i) => i % 6);
    const options = { numClasses: 6, knnK: 7 };
    const order = [...new Random(1).permutation(30)];
    const straight = rankingRows(await knnPredict(features, bank, labels, options));
    const shuffled = matrixFromRows(order.map((row) => rowOf(features, row)));
    expect(rankingRows(await knnPredict(shuffled, bank, labels, options))).toEqual(
      order.map((row) => straight[row]),
    );
  });

  it('does not overflow when it is cold', async () => {
    const bank = matrixFromRows([[1], [0.999], [0.998]]);
    const ranking = await knnPredict(matrixFromRows([[1]]), bank, [2, 1, 1], {
      numClasses: 4,
      knnK: 3,
      knnT: 1e-4,
    });
    expect(rankingRows(ranking)).toEqual([[2, 1, 0, 3]]);
  });

  const bank = coarse(5, 3, 9);
  it.each([
    [
      { numClasses: 3 },
      [0, 1, 2, 0, 1],
      'ERR_OPTION',
      'knnK 200 neighbours are more than the 5 rows of the bank. Choose a smaller knnK.',
    ],
    [
      { numClasses: 3, knnK: 0 },
      [0, 1, 2, 0, 1],
      'ERR_OPTION',
      'knnK 0: expected a whole number of at least 1.',
    ],
    [
      { numClasses: 1.5, knnK: 1 },
      [0, 0, 0, 0, 0],
      'ERR_OPTION',
      'numClasses 1.5: expected a whole number of at least 1.',
    ],
    [
      { numClasses: 3, knnK: 1, knnT: 0 },
      [0, 1, 2, 0, 1],
      'ERR_OPTION',
      'knnT 0: expected a number above 0.',
    ],
    [
      { numClasses: 3, knnK: 1 },
      [0, 1, 3, 0, 1],
      'ERR_EMBEDDINGS',
      'label 2 is 3: expected a whole number from 0 to 2.',
    ],
    [
      { numClasses: 3, knnK: 1 },
      [0, -1, 2, 0, 1],
      'ERR_EMBEDDINGS',
      'label 1 is -1: expected a whole number from 0 to 2.',
    ],
    [
      { numClasses: 3, knnK: 1 },
      [0, 1, 2, 0.5, 1],
      'ERR_EMBEDDINGS',
      'label 3 is 0.5: expected a whole number from 0 to 2.',
    ],
    [{ numClasses: 3, knnK: 1 }, [0, 1], 'ERR_SHAPE', 'there are 2 labels for 5 rows.'],
  ])('refuses %j with labels %j', async (options, labels, code, message) => {
    await expect(knnPredict(bank, bank, labels, options)).rejects.toMatchObject({ code, message });
  });
});

describe('meanTopkAccuracy', () => {
  const predicted: ClassRanking = {
    rows: 3,
    columns: 4,
    data: Int32Array.of(1, 2, 3, 4, 4, 1, 10, 0, 3, 1, 5, 8),
  };

  it('counts the targets among the first k', () => {
    expect([...meanTopkAccuracy(predicted, [1, 10, 8], [1, 2, 3, 4, 5])]).toEqual([
      [1, 1 / 3],
      [2, 1 / 3],
      [3, 2 / 3],
      [4, 1],
      [5, 1],
    ]);
    expect([...meanTopkAccuracy(predicted, [99, 99, 99], [4])]).toEqual([[4, 0]]);
  });

  it('refuses what has no accuracy', () => {
    expect(() => meanTopkAccuracy(predicted, [1, 10], [1])).toThrow(
      'there are 3 predictions and 2 targets: an accuracy needs as many of both, and at least 1.',
    );
    expect(() => meanTopkAccuracy({ rows: 0, columns: 4, data: new Int32Array() }, [], [1])).toThrow(
      expect.objectContaining({ code: 'ERR_SHAPE' }),
    );
    expect(() => meanTopkAccuracy(predicted, [1, 10, 8], [0])).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION',
        message: 'top 0: expected a whole number of at least 1.',
      }),
    );
  });
});
