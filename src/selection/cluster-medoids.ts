// One candidate for each cluster: a set that is representative as a whole.
import type { Candidates } from './candidates.ts';
import { gatherRows } from './candidates.ts';
import { squaredDistance } from './distances.ts';
import { kMeans, membersOf } from './k-means.ts';
import { type Order, type OrderOptions, orderBy, type Pick } from './order.ts';
import { select } from './select.ts';

/**
 * Clusters the rows by k-means, as many clusters as picks, and takes the row of each that is nearest to its centre. The
 * set depends on `count`; within it the order is that of farthest points, so that its beginnings are good, too. Where
 * rows make fewer clusters, the rows that are farthest from those chosen follow.
 *
 * @returns values: the distance to the nearest earlier pick; for the first 0
 * @throws as {@link orderBy}
 */
export const clusterMedoids = (
  candidates: Candidates,
  { seed = 0, ...options }: OrderOptions & { readonly seed?: number | undefined } = {},
): Promise<Order> =>
  orderBy('cluster medoids', candidates, options, async ({ rows, count, signal }) => {
    const clusters = await kMeans(rows, count, { seed, signal });
    const medoids = membersOf(clusters).flatMap((members, cluster) => {
      let medoid: number | undefined;
      let least = Number.POSITIVE_INFINITY;
      for (const row of members) {
        const square = squaredDistance(rows, row, cluster, clusters.centres);
        if (square >= least) continue;
        medoid = row;
        least = square;
      }
      return medoid ?? [];
    });
    medoids.sort((a, b) => a - b);
    const strategies = [{ type: 'diversity' }] as const;
    const chosen = await select(
      { count: medoids.length, rows: gatherRows(rows, medoids) },
      { strategies, signal },
    );
    const preselected = chosen.indices.map((index) => medoids[index]!);
    const picks = preselected.map((row, i): Pick => ({ row, value: chosen.distanceAtPick[i] ?? 0 }));
    if (picks.length === count) return picks;
    const filled = await select({ count: rows.rows, rows }, { strategies, preselected, count, signal });
    for (let i = picks.length; i < count; i++)
      picks.push({ row: filled.indices[i]!, value: filled.distanceAtPick[i]! });
    return picks;
  });
