// Distances to the nearest rows of a bank: found by products on all threads, then computed exactly. Pure.
import type { Matrix } from '../base/matrix.ts';
import { nearestNeighbours } from '../linalg/nearest-neighbours.ts';
import { squaredDistance } from './distances.ts';

/**
 * Neighbours that are looked at beyond those asked for: float32 may put rows that are nearly as far as each other in
 * the wrong order, and where a row stands in its matrix must not matter. Where still more are so near to each other, the
 * last of the k may be another one that is as far within float32's rounding.
 */
const SPARE = 8;

/**
 * For each row the squared distances to the `k` nearest rows of the bank, nearest first. All rows have length 1.
 *
 * @param k from 1 to the bank's rows
 * @returns rows × k
 */
export const nearestSquares = async (
  rows: Matrix,
  bank: Matrix,
  k: number,
  signal?: AbortSignal | undefined,
): Promise<Float64Array> => {
  const wide = Math.min(k + SPARE, bank.rows);
  const squares = new Float64Array(rows.rows * k);
  if (rows.rows === 0) return squares;
  const { indices } = await nearestNeighbours(rows, bank, wide, { signal });
  const near = new Float64Array(wide);
  for (let row = 0; row < rows.rows; row++) {
    for (let i = 0; i < wide; i++) near[i] = squaredDistance(rows, row, indices[row * wide + i]!, bank);
    squares.set(near.sort().subarray(0, k), row * k);
  }
  return squares;
};
