// Leaves out candidates that are as good as equal to one that is kept, by the distance of their embeddings.
import { Breather } from '../base/concurrency.ts';
import { type Matrix, rowsBetween } from '../base/matrix.ts';
import { nearestNeighbours } from '../linalg/nearest-neighbours.ts';
import type { Candidates } from './candidates.ts';
import { gatherRows } from './candidates.ts';
import { squaredDistance } from './distances.ts';
import { type ContinuedOrderOptions, type Order, orderBy, type Pick, requireRadius } from './order.ts';

export interface NearDuplicateOptions extends ContinuedOrderOptions {
  /**
   * What is at most so far from a kept candidate is its duplicate; embeddings of length 1: in [0, 2]. 0 leaves out
   * equal ones; Lightly's advice for near duplicates is 0.1.
   */
  readonly radius: number;
}

/** Rows that are compared with all kept before them in one product, and one by one among themselves. */
const BLOCK_ROWS = 256;

/** Kept rows that are looked at exactly, of those that are nearest in float32. */
const NEAREST = 8;

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
  requireRadius(options.radius);
  return orderBy('near duplicates', candidates, options, async ({ rows, count, preselected, signal }) => {
    const breather = new Breather(signal);
    const isPreselected = new Set(preselected);
    const picks: Pick[] = [];
    const kept = [...preselected];
    for (let start = 0; start < rows.rows && kept.length < count; start += BLOCK_ROWS) {
      await breather.pause();
      const block = rowsBetween(rows, start, Math.min(start + BLOCK_ROWS, rows.rows));
      const nearest = await nearestKept(rows, block, kept, signal);
      const before = kept.length;
      for (let i = 0; i < block.rows && kept.length < count; i++) {
        const row = start + i;
        if (isPreselected.has(row)) continue;
        let square = nearest[i]!;
        for (let k = before; k < kept.length; k++)
          square = Math.min(square, squaredDistance(rows, row, kept[k]!));
        const distance = Math.sqrt(square);
        if (distance <= options.radius) continue;
        kept.push(row);
        picks.push({ row, value: distance });
      }
    }
    return picks;
  });
};

/** By row of the block: the squared distance to the nearest kept row, ∞ while there is none. */
const nearestKept = async (
  rows: Matrix,
  block: Matrix,
  kept: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Float64Array> => {
  const nearest = new Float64Array(block.rows).fill(Number.POSITIVE_INFINITY);
  if (kept.length === 0) return nearest;
  const bank = gatherRows(rows, kept);
  const k = Math.min(NEAREST, kept.length);
  const { indices } = await nearestNeighbours(block, bank, k, { signal });
  for (const [place, index] of indices.entries()) {
    const row = Math.floor(place / k);
    nearest[row] = Math.min(nearest[row]!, squaredDistance(block, row, index, bank));
  }
  return nearest;
};
