// How well a selection covers its candidates.
import { Breather } from '../base/concurrency.ts';
import { BoundedHeap } from './bounded-heap.ts';
import type { NearestSelected } from './nearest-selected.ts';

/**
 * The largest distance of a candidate to the nearest selected one, the k-center radius: 0 when all are selected;
 * undefined when none is.
 *
 * @param has who counts as a candidate
 */
export const coverageRadius = async (
  nearest: NearestSelected,
  has: (candidate: number) => boolean,
  signal?: AbortSignal | undefined,
): Promise<number | undefined> => {
  if (nearest.selected.length === 0) return undefined;
  const breather = new Breather(signal);
  await nearest.refresh(signal);
  const everyone = [...nearest.bounds.keys()].filter(has);
  const heap = new BoundedHeap(nearest.bounds, everyone);
  while (heap.length > 0) {
    if (breather.isDue) await breather.pause();
    const { top } = heap;
    const square = nearest.exact(top);
    heap.sink();
    if (heap.top === top) return Math.sqrt(square);
  }
  return 0;
};
