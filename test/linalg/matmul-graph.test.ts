import { expect, it } from 'vitest';
import { scatterGraph, similarityGraph } from '../../src/linalg/matmul-graph.ts';
import { floatTensor, openSession } from '../../src/native/onnxruntime.ts';

/** Multiples of 1/8 in [-1, 1]: float32 holds the sums of their products exactly, in any order. */
const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => (((i * 7919 + seed * 104_729) % 1013) % 17) / 8 - 1);

const open = (model: Uint8Array) => openSession({ model, providers: ['cpu'], threads: 1 });

it('scatters a block around the mean', async () => {
  const [rows, dimensions] = [23, 6];
  const data = numbers(rows * dimensions, 1);
  const mean = numbers(dimensions, 2);
  const expected = new Float32Array(dimensions * dimensions);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < dimensions; i++)
      for (let j = 0; j < dimensions; j++)
        expected[i * dimensions + j]! +=
          (data[row * dimensions + i]! - mean[i]!) * (data[row * dimensions + j]! - mean[j]!);
  const session = await open(scatterGraph(dimensions));
  const { scatter } = await session.run({
    rows: floatTensor(data, [rows, dimensions]),
    mean: floatTensor(mean, [dimensions]),
  });
  expect(scatter?.dims).toEqual([dimensions, dimensions]);
  expect(scatter?.data).toEqual(expected);
});

it.each([
  [5, 5],
  [40, 31],
])('finds the most similar rows, all when there are few (k = %i)', async (k, count) => {
  const [queries, rows, dimensions] = [7, 31, 6];
  const q = numbers(queries * dimensions, 3);
  const x = numbers(rows * dimensions, 4);
  const session = await open(similarityGraph(dimensions, k));
  const { similarities, indices } = await session.run({
    queries: floatTensor(q, [queries, dimensions]),
    rows: floatTensor(x, [rows, dimensions]),
  });
  expect(similarities?.dims).toEqual([queries, count]);
  for (let query = 0; query < queries; query++) {
    const products = Array.from({ length: rows }, (_, row) => {
      let sum = 0;
      for (let i = 0; i < dimensions; i++) sum += q[query * dimensions + i]! * x[row * dimensions + i]!;
      return sum;
    });
    const found = [...(indices!.data as BigInt64Array).subarray(query * count, (query + 1) * count)].map(
      Number,
    );
    expect(new Set(found).size).toBe(count);
    expect(found.map((row) => products[row]!)).toEqual([...products].sort((a, b) => b - a).slice(0, count));
    expect([...(similarities!.data as Float32Array).subarray(query * count, (query + 1) * count)]).toEqual(
      found.map((row) => products[row]!),
    );
  }
});
