// The candidate whose product of objectives is largest now, without computing all of them again for each pick.
import { Breather } from '../base/concurrency.ts';
import type { Matrix } from '../base/matrix.ts';
import { BoundedHeap } from './bounded-heap.ts';
import { meanRow, squaredDistance } from './distances.ts';
import type { NearestSelected } from './nearest-selected.ts';
import { type Objective, onlyFalls, scoreBound, scoreOf } from './objective.ts';

export interface BestCandidateOptions {
  readonly count: number;
  readonly objectives: readonly Objective[];
  /** Must never become true again once it was false. */
  readonly isOpen: (candidate: number) => boolean;
  /** Follows the selection; there when an objective is made of it or `minDistance` is above 0. */
  readonly nearest: NearestSelected | undefined;
  /** Whether an objective reads the bounds of `nearest`. */
  readonly isDiverse: boolean;
  /** Candidates nearer than this to the selection are left out. */
  readonly minDistance: number;
  readonly signal: AbortSignal | undefined;
  /** Default: where every objective can only fall. */
  readonly isLazy?: boolean | undefined;
}

/**
 * Lazy greedy (Minoux 1978): what was computed for a candidate earlier bounds what it is worth now, so only those on
 * top of a heap are computed, until one stays on top. Where picks can raise objectives, the bounds are made anew for
 * each pick.
 */
export class BestCandidate {
  readonly #options: BestCandidateOptions;
  readonly #bounds: Float64Array;
  readonly #isLazy: boolean;
  readonly #breather: Breather;
  #heap: BoundedHeap | undefined;
  /** Whether a candidate was left out for being too near. */
  hasTooNear = false;

  constructor(options: BestCandidateOptions) {
    this.#options = options;
    this.#bounds = new Float64Array(options.count);
    this.#breather = new Breather(options.signal);
    this.#isLazy = options.isLazy ?? onlyFalls(options.objectives);
  }

  /** The best open candidate, of equal ones the lowest; undefined when none is left. It must be picked, or closed. */
  async next(): Promise<number | undefined> {
    const { nearest, isDiverse, isOpen, objectives, signal } = this.#options;
    if (!this.#heap && isDiverse) await nearest!.refresh(signal);
    const heap = this.#heap && this.#isLazy ? this.#heap : this.#build();
    this.#heap = heap;
    while (heap.length > 0) {
      if (this.#breather.isDue) await this.#breather.pause();
      const { top } = heap;
      if (!isOpen(top) || this.#isTooNear(top)) {
        heap.pop();
        continue;
      }
      this.#bounds[top] = scoreOf(objectives, top);
      heap.sink();
      if (heap.top === top) return heap.pop();
      if (isDiverse && nearest!.isRefreshDue) {
        await nearest!.refresh(signal);
        this.#fillBounds();
        heap.rebuild();
      }
    }
    return undefined;
  }

  #isTooNear(candidate: number): boolean {
    const { nearest, minDistance } = this.#options;
    if (minDistance === 0 || Math.sqrt(nearest!.exact(candidate)) >= minDistance) return false;
    this.hasTooNear = true;
    return true;
  }

  #build(): BoundedHeap {
    this.#fillBounds();
    const open: number[] = [];
    for (let i = 0; i < this.#bounds.length; i++) if (this.#options.isOpen(i)) open.push(i);
    return new BoundedHeap(this.#bounds, open);
  }

  #fillBounds(): void {
    const { objectives, isOpen } = this.#options;
    for (let i = 0; i < this.#bounds.length; i++) if (isOpen(i)) this.#bounds[i] = scoreBound(objectives, i);
  }
}

/** Squared distances to a mean of float32 that differ by less are equal: of two rows, both are as near to it. */
const ROUNDING = 1e-6;

/**
 * The first pick of a diverse selection, when there is nothing to be far from: the best by the other objectives, and of
 * equal ones the nearest to the mean of all open rows, or the first.
 */
export const firstPick = (
  rows: Matrix,
  objectives: readonly Objective[],
  isOpen: (candidate: number) => boolean,
  start: 'medoid' | 'first',
): number | undefined => {
  const mean = start === 'medoid' ? meanRow(rows, isOpen) : undefined;
  let best: { candidate: number; score: number; square: number } | undefined;
  for (let candidate = 0; candidate < rows.rows; candidate++) {
    if (!isOpen(candidate)) continue;
    const score = scoreOf(objectives, candidate);
    if (best && score < best.score) continue;
    const square = mean ? squaredDistance(rows, candidate, 0, mean) : 0;
    if (!best || score > best.score || square < best.square - ROUNDING) best = { candidate, score, square };
  }
  return best?.candidate;
};
