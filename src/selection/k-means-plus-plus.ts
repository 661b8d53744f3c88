// k-means++ seeding: random picks, the likelier the farther they are from those before.
import { Breather } from '../base/concurrency.ts';
import type { Matrix } from '../base/matrix.ts';
import { Random } from '../base/random.ts';
import type { Candidates } from './candidates.ts';
import { squaredDistance } from './distances.ts';
import { type ContinuedOrderOptions, type Order, orderBy, type Pick } from './order.ts';

export interface SeededOrderOptions extends ContinuedOrderOptions {
  /** Default 0. */
  readonly seed?: number | undefined;
}

/**
 * Picks each row with a probability in proportion to its squared distance to the nearest pick (Arthur and Vassilvitskii
 * 2007): farthest-point selection that does not insist on outliers. Ends when all rows are equal to a pick. About
 * rows × count × columns operations.
 *
 * @returns values: the distance to the nearest earlier pick; for the first 0
 * @throws as {@link orderBy}
 */
export const kMeansPlusPlus = (
  candidates: Candidates,
  { seed = 0, ...options }: SeededOrderOptions = {},
): Promise<Order> =>
  orderBy('k-means++', candidates, options, ({ rows, count, preselected, signal }) =>
    drawSpread(rows, count, { preselected, seed, signal }),
  );

/** @param count picks altogether, at most the number of rows */
export const drawSpread = async (
  rows: Matrix,
  count: number,
  {
    preselected = [],
    seed,
    signal,
  }: {
    readonly preselected?: readonly number[] | undefined;
    readonly seed: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Pick[]> => {
  const breather = new Breather(signal);
  const random = new Random(seed);
  const nearest = new Float64Array(rows.rows).fill(Number.POSITIVE_INFINITY);
  const take = (pick: number): void => {
    for (let row = 0; row < rows.rows; row++)
      nearest[row] = Math.min(nearest[row]!, squaredDistance(rows, row, pick));
  };
  for (const pick of preselected) {
    // One number for each pick, so that a run which is continued goes on with the numbers of one without a break.
    random.uniform();
    take(pick);
    await breather.pause();
  }
  const picks: Pick[] = [];
  while (preselected.length + picks.length < count) {
    await breather.pause();
    const isFirst = preselected.length + picks.length === 0;
    const row = isFirst ? Math.floor(random.uniform() * rows.rows) : drawByWeight(nearest, random.uniform());
    if (row === undefined) break;
    picks.push({ row, value: isFirst ? 0 : Math.sqrt(nearest[row]!) });
    take(row);
  }
  return picks;
};

/** The row at which the running sum of weights passes a share of their total; undefined where all are 0. */
const drawByWeight = (weights: Float64Array, share: number): number | undefined => {
  let total = 0;
  for (const weight of weights) total += weight;
  let left = share * total;
  let last: number | undefined;
  for (let row = 0; row < weights.length; row++) {
    if (weights[row] === 0) continue;
    last = row;
    left -= weights[row]!;
    if (left < 0) break;
  }
  return last;
};
