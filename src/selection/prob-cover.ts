// ProbCover: picks whose surroundings together hold as many rows as possible.
import { requireNumber } from '../base/option-checks.ts';
import type { Candidates } from './candidates.ts';
import { greedyCover } from './greedy-cover.ts';
import { type ContinuedOrderOptions, type Order, orderBy } from './order.ts';

export interface ProbCoverOptions extends ContinuedOrderOptions {
  /** A pick covers all rows that are nearer than this; embeddings of length 1: in [0.001, 2]. */
  readonly radius: number;
}

/** Below this, float32's roundings of rows of length 1 would decide. */
const LEAST_RADIUS = 0.001;

/**
 * Greedily the largest number of rows within `radius` of a pick (Yehuda et al. 2022). Ends when all are covered.
 *
 * @returns values: how many rows each pick covered that no pick before it did
 * @throws as {@link orderBy}
 */
export const probCover = (candidates: Candidates, options: ProbCoverOptions): Promise<Order> => {
  requireNumber('radius', options.radius, LEAST_RADIUS);
  // Of two rows of length 1, the squared distance is 2 − 2 times their product.
  const leastProduct = 1 - options.radius ** 2 / 2;
  return orderBy('ProbCover', candidates, options, (task) =>
    greedyCover(
      task,
      {
        gain: (level, product) => (level === 0 && product > leastProduct ? 1 : 0),
        raise: (level, product) => (product > leastProduct ? 1 : level),
      },
      { endsAtZero: true },
    ),
  );
};
