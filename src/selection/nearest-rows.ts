// The nearest row of a bank for each row: products in float32 say which it may be, and float64 decides.
import type { Breather } from '../base/concurrency.ts';
import { type Matrix, rowsBetween } from '../base/matrix.ts';
import { productError, squaredDistance } from './distances.ts';
import { BATCH, type RowProducts } from './row-products.ts';

/** Rows with their squared lengths. */
export interface MeasuredRows {
  readonly matrix: Matrix;
  readonly squares: Float64Array;
}

export interface NearestRows {
  /** By row: its nearest row of the bank, of equally near ones the lowest; −1 where the bank is empty. */
  readonly places: Int32Array;
  /** By row: the squared distance to it, ∞ where the bank is empty. */
  readonly squares: Float64Array;
}

/** Products in memory at a time, where the bank has few rows: 16 MiB. */
const MOST_PRODUCTS = 2 ** 22;

/**
 * Exact search for the nearest row. What float32 rounds, and in which order it adds up, does not matter: every row that
 * may be the nearest within its error is computed in float64.
 */
export const nearestRows = async (
  products: RowProducts,
  rows: MeasuredRows,
  bank: MeasuredRows,
  breather: Breather,
): Promise<NearestRows> => {
  const { rows: count, columns } = rows.matrix;
  const places = new Int32Array(count).fill(-1);
  const squares = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const slack = 2 * productError(columns, Math.max(largest(rows.squares), largest(bank.squares)));
  const shortest = bank.squares.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const size = Math.max(BATCH, Math.floor(MOST_PRODUCTS / Math.max(1, bank.matrix.rows)));
  for (let from = 0; from < count; from += size) {
    const batch = rowsBetween(rows.matrix, from, Math.min(from + size, count));
    await products.forEach(batch, bank.matrix, breather, (place, start, found) => {
      const row = from + place;
      let likely = 0;
      for (let k = 1; k < found.length; k++) if (found[k]! > found[likely]!) likely = k;
      const most = Math.min(squares[row]!, squaredDistance(rows.matrix, row, start + likely, bank.matrix));
      // |a − b|² is |a|² + |b|² − 2 a·b: with a smaller product, no row is as near as that.
      const leastProduct = (rows.squares[row]! + shortest - slack - most) / 2;
      for (let k = 0; k < found.length; k++) {
        if (found[k]! < leastProduct) continue;
        const square = squaredDistance(rows.matrix, row, start + k, bank.matrix);
        if (square >= squares[row]!) continue;
        squares[row] = square;
        places[row] = start + k;
      }
    });
  }
  return { places, squares };
};

const largest = (numbers: Float64Array): number => numbers.reduce((a, b) => Math.max(a, b), 0);
