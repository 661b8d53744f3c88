// Strategies that order all frames by themselves, by the names that the command line has for them.
import { FramesiftError } from '../base/errors.ts';
import type { Candidates } from '../selection/candidates.ts';
import { clusterMedoids } from '../selection/cluster-medoids.ts';
import { determinantal } from '../selection/determinantal.ts';
import { facilityLocation } from '../selection/facility-location.ts';
import { kMeansPlusPlus } from '../selection/k-means-plus-plus.ts';
import { withoutNearDuplicates } from '../selection/near-duplicates.ts';
import type { ContinuedOrderOptions, Order } from '../selection/order.ts';
import { probCover } from '../selection/prob-cover.ts';
import { typiClust } from '../selection/typi-clust.ts';
import { zCore } from '../selection/zcore.ts';
import type { OrderName } from './order-names.ts';

interface OrderSettings extends ContinuedOrderOptions {
  readonly seed: number | undefined;
  /** For those that need one. */
  readonly radius: number | undefined;
}

const ORDERS: Readonly<
  Record<OrderName, (candidates: Candidates, options: OrderSettings) => Promise<Order>>
> = {
  'facility-location': facilityLocation,
  'k-means++': kMeansPlusPlus,
  'cluster-medoids': (candidates, options) =>
    clusterMedoids(candidates, withoutPreselected('cluster-medoids', options)),
  dpp: determinantal,
  typiclust: typiClust,
  probcover: (candidates, options) =>
    probCover(candidates, { ...options, radius: requireRadius('probcover', options) }),
  zcore: (candidates, options) => zCore(candidates, withoutPreselected('zcore', options)),
  deduplicate: (candidates, options) =>
    withoutNearDuplicates(candidates, { ...options, radius: requireRadius('deduplicate', options) }),
};

/** @throws ERR_OPTION, ERR_CONSTRAINTS, and as the order itself */
export const orderFrames = (
  name: OrderName,
  candidates: Candidates,
  options: OrderSettings,
): Promise<Order> => ORDERS[name](candidates, options);

/** Whether the value of a pick is its distance to the nearest one before it. */
export const hasDistances = (name: OrderName): boolean =>
  name === 'k-means++' || name === 'cluster-medoids' || name === 'deduplicate';

const requireRadius = (name: OrderName, { radius }: OrderSettings): number => {
  if (radius !== undefined) return radius;
  throw new FramesiftError(
    'ERR_OPTION',
    `${name} needs a distance in [0, 2] up to which frames are the same: give minDistance (--min-distance).`,
    { facts: { strategy: name } },
  );
};

const withoutPreselected = (name: OrderName, options: OrderSettings): OrderSettings => {
  if ((options.preselected ?? []).length === 0) return options;
  throw new FramesiftError(
    'ERR_CONSTRAINTS',
    `${name} and frames that are selected already contradict each other: it cannot go on from them. Choose another strategy.`,
    { facts: { strategy: name } },
  );
};
