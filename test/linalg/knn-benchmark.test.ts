import { describe, expect, it } from 'vitest';
import { type Matrix, matrixFromRows, matrixOf, rowsBetween } from '../../src/base/matrix.ts';
import { Random } from '../../src/base/random.ts';
import { KnnBenchmark } from '../../src/linalg/knn-benchmark.ts';

const randomFeatures = (rows: number, seed: number): Matrix => {
  const random = new Random(seed);
  return matrixOf(
    Float32Array.from({ length: rows * 8 }, () => random.normal()),
    rows,
    8,
  );
};

describe('KnnBenchmark', () => {
  it('reports the accuracy among the first k', async () => {
    const benchmark = new KnnBenchmark({ numClasses: 4, knnK: 3, topk: [1, 2, 3, 4] });
    benchmark.collect(
      matrixFromRows([
        [0, -1],
        [0, 1],
        [1, 0],
        [1, 1],
      ]),
      [0, 1, 2, 3],
    );
    const accuracy = await benchmark.evaluate(
      matrixFromRows([
        [0, -0.4],
        [0.6, 0.7],
        [0.6, 0.3],
      ]),
      [0, 0, 1],
    );
    expect([...accuracy]).toEqual([
      [1, 1 / 3],
      [2, 1 / 3],
      [3, 2 / 3],
      [4, 1],
    ]);
    expect(benchmark.maxAccuracy).toBe(1 / 3);
  });

  it('finds every sample that it was given, whatever the batches', async () => {
    const features = randomFeatures(10, 1);
    const labels = Array.from({ length: 10 }, (_, i) => i % 2);
    const benchmark = new KnnBenchmark({ numClasses: 2, knnK: 1 });
    expect(benchmark.maxAccuracy).toBe(0);
    for (const [start, end] of [
      [0, 4],
      [4, 9],
      [9, 10],
    ] as const) {
      benchmark.collect(rowsBetween(features, start, end), labels.slice(start, end));
    }
    expect([...(await benchmark.evaluate(features, labels))]).toEqual([
      [1, 1],
      [5, 1],
    ]);
    expect([...(await benchmark.evaluate(features, labels))][0]).toEqual([1, 1]);
    expect(benchmark.maxAccuracy).toBe(1);
  });

  it('keeps the best accuracy over epochs, and nothing else', async () => {
    const benchmark = new KnnBenchmark({ numClasses: 2, knnK: 1 });
    const east = matrixFromRows([[1, 0]]);
    benchmark.collect(east, [0]);
    await benchmark.evaluate(east, [0]);
    benchmark.reset();
    benchmark.collect(east, [1]);
    expect((await benchmark.evaluate(east, [0])).get(1)).toBe(0);
    expect(benchmark.maxAccuracy).toBe(1);
  });

  it('does not know what it has not seen', async () => {
    const benchmark = new KnnBenchmark({ numClasses: 2, knnK: 3 });
    const labels = Array.from({ length: 10 }, (_, i) => i % 2);
    benchmark.collect(randomFeatures(10, 2), labels);
    await benchmark.evaluate(randomFeatures(10, 3), labels);
    expect(benchmark.maxAccuracy).toBeLessThan(1);
  });

  it('compares directions, or on request the features as they are', async () => {
    const train = matrixFromRows([
      [1, 0],
      [10, 10],
    ]);
    const sample = matrixFromRows([[1, 0.1]]);
    const both = await Promise.all(
      [true, false].map(async (normalize) => {
        const benchmark = new KnnBenchmark({ numClasses: 2, knnK: 1, topk: [1], normalize });
        benchmark.collect(train, [0, 1]);
        return (await benchmark.evaluate(sample, [0])).get(1);
      }),
    );
    expect(both).toEqual([1, 0]);
  });

  it('copies what it collects', async () => {
    const features = matrixFromRows([
      [1, 0],
      [0, 1],
    ]);
    const benchmark = new KnnBenchmark({ numClasses: 2, knnK: 1, normalize: false });
    benchmark.collect(features, [0, 1]);
    features.data.fill(0);
    expect((await benchmark.evaluate(matrixFromRows([[0, 1]]), [1])).get(1)).toBe(1);
  });

  it('refuses what does not fit', async () => {
    expect(() => new KnnBenchmark({ numClasses: 0 })).toThrow(
      'numClasses 0: expected a whole number of at least 1.',
    );
    const benchmark = new KnnBenchmark({ numClasses: 2 });
    expect(() => benchmark.collect(randomFeatures(2, 1), [0, 2])).toThrow(
      'label 1 is 2: expected a whole number from 0 to 1.',
    );
    benchmark.collect(randomFeatures(2, 1), [0, 1]);
    expect(() => benchmark.collect(matrixFromRows([[1]]), [0])).toThrow(
      'the features have 1 columns, those before have 8.',
    );
    await expect(benchmark.evaluate(randomFeatures(1, 1), [0])).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: 'knnK 200 neighbours are more than the 2 rows of the bank. Choose a smaller knnK.',
    });
  });
});
