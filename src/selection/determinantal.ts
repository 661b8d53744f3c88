// Determinantal point process: picks that are good and span as large a volume as possible.
import { Breather } from '../base/concurrency.ts';
import { quote } from '../base/quote.ts';
import { type Candidates, requireNumbers } from './candidates.ts';
import { innerProduct } from './distances.ts';
import { columnFor } from './needs.ts';
import { type ContinuedOrderOptions, type Order, orderBy, type Pick } from './order.ts';

export interface DeterminantalOptions extends ContinuedOrderOptions {
  /** A column of numbers of at least 0 by which candidates are scaled. Default: all are equally good. */
  readonly quality?: string | undefined;
}

/** What is left of a row's squared length that is nothing but rounding. */
const LEAST_SHARE = 1e-10;

/**
 * Greedily the largest determinant of the picks' part of the kernel L = qᵢ (xᵢ·xⱼ) qⱼ, by a Cholesky factor that grows by
 * a row each time (Chen, Zhang and Zhou 2018). Ends when the picks span all rows: at most as many as there are columns.
 * About rows × count × (columns + count) operations, and rows × count numbers in memory.
 *
 * @returns values: by how much each pick multiplied the determinant
 * @throws ERR_OPTION for a column that is not there; ERR_METADATA for a quality below 0; else as {@link orderBy}
 */
export const determinantal = (
  candidates: Candidates,
  { quality, ...options }: DeterminantalOptions = {},
): Promise<Order> =>
  orderBy('DPP', candidates, options, async ({ rows, count, preselected, pool, signal }) => {
    const breather = new Breather(signal);
    const q =
      quality === undefined ? new Uint8Array(rows.rows).fill(1) : columnFor(pool.columns, 'DPP', quality);
    requireNumbers(q, `quality ${quote(quality ?? '')}`, 0, pool.given);
    const left = Float64Array.from({ length: rows.rows }, (_, i) => q[i]! ** 2 * innerProduct(rows, i, i));
    const least = left.map((square) => square * LEAST_SHARE);
    const factors: Float64Array[] = [];
    const take = async (pick: number): Promise<void> => {
      const root = Math.sqrt(left[pick]!);
      const factor = Float64Array.from({ length: rows.rows }, (_, i) =>
        left[i] === 0 ? 0 : q[i]! * q[pick]! * innerProduct(rows, i, pick),
      );
      for (const earlier of factors) {
        const own = earlier[pick]!;
        for (let i = 0; i < rows.rows; i++) factor[i]! -= earlier[i]! * own;
        if (breather.isDue) await breather.pause();
      }
      for (let i = 0; i < rows.rows; i++) {
        factor[i] = left[i] === 0 ? 0 : factor[i]! / root;
        left[i]! -= factor[i]! ** 2;
        if (!(left[i]! > least[i]!)) left[i] = 0;
      }
      left[pick] = 0;
      factors.push(factor);
    };
    for (const pick of preselected) {
      if (left[pick]! > 0) await take(pick);
      await breather.pause();
    }
    const picks: Pick[] = [];
    while (preselected.length + picks.length < count) {
      let row = 0;
      for (let i = 1; i < left.length; i++) if (left[i]! > left[row]!) row = i;
      const value = left[row] ?? 0;
      if (value === 0) break;
      picks.push({ row, value });
      await take(row);
      await breather.pause();
    }
    return picks;
  });
