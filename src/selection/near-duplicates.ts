// Leaves out candidates that are as good as equal to one that is kept, by the distance of their embeddings.

import { Breather } from '../base/concurrency.ts';
import { matrixOf, rowOf, rowsBetween } from '../base/matrix.ts';
import { requireNumber } from '../base/option-checks.ts';
import type { Candidates } from './candidates.ts';
import { squaredDistance, squaredLengths } from './distances.ts';
import { type MeasuredRows, nearestRows } from './nearest-rows.ts';
import { type ContinuedOrderOptions, type Order, orderBy, type Pick } from './order.ts';
import { BATCH, RowProducts } from './row-products.ts';

export interface NearDuplicateOptions extends ContinuedOrderOptions {
  /**
   * What is at most so far from a kept candidate is its duplicate; embeddings of length 1: in [0, 2]. 0 leaves out
   * equal ones; Lightly's advice for near duplicates is 0.1.
   */
  readonly radius: number;
}

/** Rows that are compared with all kept before them in one product, and one by one among themselves. */
const BLOCK_ROWS = BATCH;

/**
 * Walks the candidates by video and frame and keeps each that is farther than `radius` from all kept before. Embeddings
 * have length 1. About rows × kept × columns operations, nearly all as products of matrices: where little repeats, a
 * hundred thousand rows take minutes.
 *
 * @returns indices: those that are kept, in that order. Values: the distance to the nearest kept before; for the first ∞
 * @throws as {@link orderBy}
 */
export const withoutNearDuplicates = (
  candidates: Candidates,
  options: NearDuplicateOptions,
): Promise<Order> => {
  requireNumber('radius', options.radius, 0);
  return orderBy('near duplicates', candidates, options, async ({ rows, count, preselected, signal }) => {
    const breather = new Breather(signal);
    const isPreselected = new Set(preselected);
    const picks: Pick[] = [];
    const all: MeasuredRows = { matrix: rows, squares: squaredLengths(rows) };
    const kept = new KeptRows(all, count);
    for (const row of preselected) kept.add(row);
    await using products = await RowProducts.open(rows.columns);
    for (let start = 0; start < rows.rows && kept.rows.length < count; start += BLOCK_ROWS) {
      await breather.pause();
      const end = Math.min(start + BLOCK_ROWS, rows.rows);
      const block = { matrix: rowsBetween(rows, start, end), squares: all.squares.subarray(start, end) };
      const { squares } = await nearestRows(products, block, kept.bank, breather);
      const before = kept.rows.length;
      for (let row = start; row < end && kept.rows.length < count; row++) {
        if (isPreselected.has(row)) continue;
        if (breather.isDue) await breather.pause();
        let square = squares[row - start]!;
        for (let k = before; k < kept.rows.length; k++)
          square = Math.min(square, squaredDistance(rows, row, kept.rows[k]!));
        const distance = Math.sqrt(square);
        if (distance <= options.radius) continue;
        kept.add(row);
        picks.push({ row, value: distance });
      }
    }
    return picks;
  });
};

/** Kept rows side by side, as products of matrices need them. */
class KeptRows {
  readonly rows: number[] = [];
  readonly #all: MeasuredRows;
  /** There is room for all from the start: memory is taken as it is written to. */
  readonly #data: Float32Array;
  readonly #squares: Float64Array;

  constructor(all: MeasuredRows, most: number) {
    this.#all = all;
    this.#data = new Float32Array(most * all.matrix.columns);
    this.#squares = new Float64Array(most);
  }

  add(row: number): void {
    const { matrix, squares } = this.#all;
    this.#data.set(rowOf(matrix, row), this.rows.length * matrix.columns);
    this.#squares[this.rows.length] = squares[row]!;
    this.rows.push(row);
  }

  get bank(): MeasuredRows {
    const { columns } = this.#all.matrix;
    const { length } = this.rows;
    return {
      matrix: matrixOf(this.#data.subarray(0, length * columns), length, columns),
      squares: this.#squares.subarray(0, length),
    };
  }
}
