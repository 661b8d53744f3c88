// How much company a candidate has. Pure.
import { FramesiftError } from '../base/errors.ts';
import type { Matrix } from '../base/matrix.ts';
import type { Pool } from './candidates.ts';
import { rowsFor } from './needs.ts';
import { nearestSquares } from './neighbour-distances.ts';
import type { Strategy, TypicalityStrategy } from './strategy.ts';

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

/** By strategy: the typicality of each candidate. */
export type Typicalities = ReadonlyMap<TypicalityStrategy, Float64Array>;

/** @throws ERR_OPTION for a value out of range, or candidates without embeddings */
export const typicalitiesOf = async (
  pool: Pool,
  strategies: readonly Strategy[],
  signal?: AbortSignal | undefined,
): Promise<Typicalities> => {
  const typicalities = new Map<TypicalityStrategy, Float64Array>();
  for (const strategy of strategies) {
    if (strategy.type !== 'typicality') continue;
    const { neighbours = 20, minimum = 1 } = strategy;
    if (!Number.isSafeInteger(neighbours) || neighbours < 2)
      throw typicalityError(`${neighbours} neighbours: expected a whole number of at least 2`);
    if (!(minimum > 0 && minimum <= 1))
      throw typicalityError(`minimum ${minimum}: expected a number in (0, 1]`);
    typicalities.set(strategy, await typicality(rowsFor(pool, 'typicality'), neighbours, signal));
  }
  return typicalities;
};

const typicalityError = (problem: string): FramesiftError =>
  new FramesiftError('ERR_OPTION', `typicality: ${problem}.`, { facts: { strategy: 'typicality' } });
