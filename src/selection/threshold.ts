// Filters by a limit, before anything is chosen. Pure.
import { FramesiftError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';
import { type Pool, requireNumbers } from './candidates.ts';
import { columnFor } from './needs.ts';

/** Keeps candidates whose column compares so with the limit (Lightly's THRESHOLD and its operations). */
export interface Threshold {
  readonly column: string;
  readonly operation: 'SMALLER' | 'SMALLER_EQUAL' | 'BIGGER' | 'BIGGER_EQUAL';
  readonly threshold: number;
}

const COMPARISONS: Readonly<Record<Threshold['operation'], (value: number, limit: number) => boolean>> = {
  SMALLER: (value, limit) => value < limit,
  SMALLER_EQUAL: (value, limit) => value <= limit,
  BIGGER: (value, limit) => value > limit,
  BIGGER_EQUAL: (value, limit) => value >= limit,
};

/** Closes candidates whose value is below a share of the largest that is open. */
export const closeBelow = (isOpen: Uint8Array, values: ArrayLike<number>, share: number): void => {
  let largest = 0;
  for (let i = 0; i < isOpen.length; i++) if (isOpen[i] === 1) largest = Math.max(largest, values[i]!);
  for (let i = 0; i < isOpen.length; i++) if (values[i]! < share * largest) isOpen[i] = 0;
};

/**
 * @returns by candidate: 1 where no threshold stands against it
 * @throws ERR_OPTION for a column that is not there, or a limit that is no number; ERR_METADATA for an entry that is not finite
 */
export const openAtStart = (pool: Pool, thresholds: readonly Threshold[]): Uint8Array => {
  const isOpen = new Uint8Array(pool.count).fill(1);
  for (const { column, operation, threshold } of thresholds) {
    const values = columnFor(pool.columns, 'threshold', column);
    requireNumbers(values, `threshold ${quote(column)}`, undefined, pool.given);
    if (Number.isNaN(threshold)) {
      throw new FramesiftError('ERR_OPTION', `threshold ${quote(column)}: the limit is NaN: give a number.`);
    }
    const passes = COMPARISONS[operation];
    for (let i = 0; i < isOpen.length; i++) if (!passes(values[i]!, threshold)) isOpen[i] = 0;
  }
  return isOpen;
};
