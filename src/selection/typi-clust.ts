// TypiClust: the most typical rows of many clusters, for the first few labels of all.
import type { Candidates } from './candidates.ts';
import { gatherRows } from './candidates.ts';
import { kMeans, membersOf } from './k-means.ts';
import type { SeededOrderOptions } from './k-means-plus-plus.ts';
import { type Order, orderBy, type Pick } from './order.ts';
import { typicality } from './typicality.ts';

const MOST_CLUSTERS = 500;

/** Clusters of no more rows are taken for outliers. */
const SMALL_CLUSTER = 5;

const MOST_NEIGHBOURS = 20;

/**
 * Clusters the rows, as many clusters as picks up to 500, and visits the clusters in turn: those with the fewest
 * preselected rows first, of these the largest. Each visit takes the row of the highest typicality among those that are
 * left in the cluster, by min(20, half of them) neighbours (Hacohen, Dekel and Weinshall 2022). Clusters of at most 5
 * rows are visited when the others are empty. The result depends on `count`; its order is that of the visits.
 * Each pick compares what is left of its cluster with itself: few clusters of many rows take long, and so do many picks.
 *
 * @returns values: the typicality of each pick
 * @throws as {@link orderBy}
 */
export const typiClust = (
  candidates: Candidates,
  { seed = 0, ...options }: SeededOrderOptions = {},
): Promise<Order> =>
  orderBy('TypiClust', candidates, options, async ({ rows, count, preselected, signal }) => {
    const clusters = await kMeans(rows, Math.min(count, MOST_CLUSTERS), { seed, signal });
    const labelled = new Set(preselected);
    const groups = membersOf(clusters).map((members) => ({
      size: members.length,
      labelled: members.filter((row) => labelled.has(row)).length,
      left: members.filter((row) => !labelled.has(row)),
    }));
    groups.sort((a, b) => a.labelled - b.labelled || b.size - a.size || (a.left[0] ?? 0) - (b.left[0] ?? 0));
    const picks: Pick[] = [];
    for (const isSmall of [false, true]) {
      let turn = groups.filter(({ size }) => size <= SMALL_CLUSTER === isSmall);
      while (turn.length > 0) {
        turn = turn.filter(({ left }) => left.length > 0);
        for (const group of turn) {
          if (preselected.length + picks.length === count) return picks;
          const values = await typicality(
            gatherRows(rows, group.left),
            Math.min(MOST_NEIGHBOURS, Math.floor(group.left.length / 2)),
            signal,
          );
          const best = values.indexOf(values.reduce((a, b) => Math.max(a, b), 0));
          picks.push({ row: group.left[best]!, value: values[best]! });
          group.left.splice(best, 1);
        }
      }
    }
    return picks;
  });
