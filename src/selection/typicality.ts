// How much company a candidate has. Pure.
import type { Matrix } from '../base/matrix.ts';
import { nearestSquares } from './neighbour-distances.ts';

/** Keeps the typicality of a row finite that its neighbours are equal to. */
const LEAST_DISTANCE = 1e-5;

/**
 * Typicality: 1 / (mean Euclidean distance to the `neighbours` nearest other rows + 1e-5) (Hacohen et al. 2022,
 * TypiClust). With fewer other rows, all of them count; alone, a row has the typicality 1.
 *
 * @param rows of length 1
 */
export const typicality = async (
  rows: Matrix,
  neighbours: number,
  signal?: AbortSignal | undefined,
): Promise<Float64Array> => {
  const k = Math.min(neighbours, rows.rows - 1);
  if (k < 1) return new Float64Array(rows.rows).fill(1);
  // One of the k + 1 nearest is the row itself, at distance 0, which does not change the sum.
  const squares = await nearestSquares(rows, rows, k + 1, signal);
  return Float64Array.from({ length: rows.rows }, (_, row) => {
    let sum = 0;
    for (let i = row * (k + 1); i < (row + 1) * (k + 1); i++) sum += Math.sqrt(squares[i]!);
    return 1 / (sum / k + LEAST_DISTANCE);
  });
};
