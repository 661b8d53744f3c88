// Embeddings as directions: of length 1, without those that have none.
import { type Matrix, matrixOf, rowOf } from '../base/matrix.ts';
import { unitRows } from '../selection/distances.ts';

export interface Directions {
  /** Of length 1; rows without direction hold something that nobody is to look at. */
  readonly rows: Matrix;
  /** By row: why it has no direction. */
  readonly without: ReadonlyMap<number, string>;
}

/** All zeros, or not finite: one such row is left out, and does not end the work on all others. */
export const directionsOf = (embeddings: Matrix): Directions => {
  const without = new Map<number, string>();
  for (let row = 0; row < embeddings.rows; row++) {
    let sum = 0;
    for (const value of rowOf(embeddings, row)) sum += value * value;
    if (sum === 0) without.set(row, 'is all zeros and has no direction');
    else if (!Number.isFinite(sum)) without.set(row, 'has numbers that are not finite');
  }
  if (without.size === 0) return { rows: unitRows(embeddings), without };
  const data = embeddings.data.slice();
  for (const row of without.keys()) {
    data.fill(0, row * embeddings.columns, (row + 1) * embeddings.columns);
    data[row * embeddings.columns] = 1;
  }
  return { rows: unitRows(matrixOf(data, embeddings.rows, embeddings.columns)), without };
};

/** One matrix above the other; both have the same columns. */
export const stacked = (upper: Matrix, lower: Matrix, lowerRows: readonly number[]): Matrix => {
  if (lowerRows.length === 0) return upper;
  const rows = upper.rows + lowerRows.length;
  const data = new Float32Array(rows * upper.columns);
  data.set(upper.data);
  for (const [i, row] of lowerRows.entries()) data.set(rowOf(lower, row), (upper.rows + i) * upper.columns);
  return matrixOf(data, rows, upper.columns);
};
