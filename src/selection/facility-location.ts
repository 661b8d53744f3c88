// Facility location: picks that stand for all others, each row by the pick that is most like it.
import type { Candidates } from './candidates.ts';
import { greedyCover } from './greedy-cover.ts';
import { type ContinuedOrderOptions, type Order, orderBy } from './order.ts';

/**
 * Greedily the largest Σ over all rows of the largest cosine similarity to a pick (nothing below 0). Each prefix reaches
 * 1 − 1/e of the best possible for its size (Nemhauser, Wolsey and Fisher 1978).
 *
 * @returns values: what each pick added to the sum
 * @throws as {@link orderBy}
 */
export const facilityLocation = (
  candidates: Candidates,
  options: ContinuedOrderOptions = {},
): Promise<Order> =>
  orderBy('facility location', candidates, options, (task) =>
    greedyCover(
      task,
      {
        gain: (level, product) => Math.max(0, product - level),
        raise: Math.max,
      },
      { endsAtZero: false },
    ),
  );
