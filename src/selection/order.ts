// What whole orders have in common: rows in, picks out, by the candidates' own positions.

import type { Matrix } from '../base/matrix.ts';
import { requireWhole } from '../base/option-checks.ts';
import { type Candidates, type Pool, poolOf } from './candidates.ts';
import { rowsFor } from './needs.ts';
import { requirePreselected } from './select-limits.ts';

export interface OrderOptions {
  /** Picks altogether. Default: as many as there are. */
  readonly count?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ContinuedOrderOptions extends OrderOptions {
  /** Positions of candidates that are selected already: they come first, in this order, and count. */
  readonly preselected?: readonly number[] | undefined;
}

export interface Order {
  /** Positions of candidates in the order of being picked. */
  readonly indices: readonly number[];
  /** By pick: what it was picked for, as its strategy says; undefined for preselected ones. */
  readonly values: readonly (number | undefined)[];
}

/** A pick by its row, and what it was picked for. */
export interface Pick {
  readonly row: number;
  readonly value: number;
}

/** What a strategy is given: rows by video and frame without excluded ones. */
export interface OrderTask {
  readonly rows: Matrix;
  /** Picks wanted altogether: at most the number of rows. */
  readonly count: number;
  /** Rows that are selected already; fewer than `count`. */
  readonly preselected: readonly number[];
  /** What else is known of the rows. */
  readonly pool: Pool;
  readonly signal: AbortSignal | undefined;
}

/**
 * Lets a strategy order candidates. Ties are its own affair: to the lowest row means to the earliest frame.
 *
 * @param pick the picks after the preselected ones
 * @throws ERR_OPTION for an option out of range, or candidates without embeddings; ERR_CONSTRAINTS for a preselected
 *   candidate that is excluded; ERR_SHAPE or ERR_EMBEDDINGS for candidates that are malformed
 */
export const orderBy = async (
  name: string,
  candidates: Candidates,
  { count = candidates.count, preselected: positions = [], signal }: ContinuedOrderOptions,
  pick: (task: OrderTask) => Promise<readonly Pick[]>,
): Promise<Order> => {
  signal?.throwIfAborted();
  requireWhole('count', count, 0);
  const pool = poolOf(candidates);
  const rows = rowsFor(pool, name);
  const preselected = requirePreselected(pool, positions);
  const wanted = Math.min(count, pool.count);
  const picks =
    wanted <= preselected.length ? [] : await pick({ rows, count: wanted, preselected, pool, signal });
  return {
    indices: [...positions, ...picks.map(({ row }) => pool.given[row]!)],
    values: [...positions.map(() => undefined), ...picks.map(({ value }) => value)],
  };
};
