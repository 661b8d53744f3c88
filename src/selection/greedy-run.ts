// The greedy run of a selection: one pick after the other, each the best of those that may be picked.
import { Breather } from '../base/concurrency.ts';
import { BestCandidate, firstPick } from './best-candidate.ts';
import type { Pool } from './candidates.ts';
import type { Eligibility } from './eligibility.ts';
import type { NearestSelected } from './nearest-selected.ts';
import { columnFor } from './needs.ts';
import type { Objective } from './objective.ts';
import type { SelectOptions } from './select.ts';

/**
 * Why a run ended. `sum`: the next pick would have exceeded a strategy's `maxSum`. `distance`: only candidates are left
 * that are nearer than `minDistance`. `exhausted`: none is left that fits.
 */
export type StopReason = 'count' | 'distance' | 'sum' | 'exhausted';

export interface GreedyParts {
  readonly pool: Pool;
  readonly objectives: readonly Objective[];
  readonly eligibility: Eligibility;
  readonly nearest: NearestSelected | undefined;
  readonly isDiverse: boolean;
  readonly options: SelectOptions;
  readonly most: number;
}

/** A selection that grows pick by pick until something ends it. */
export class GreedyRun {
  readonly picks: number[] = [];
  readonly distances: (number | undefined)[] = [];
  /** Picks that were owed to their videos. */
  owedCount = 0;
  readonly #parts: GreedyParts;
  readonly #sums: readonly { readonly weights: ArrayLike<number>; readonly maxSum: number; sum: number }[];

  constructor(parts: GreedyParts) {
    this.#parts = parts;
    this.#sums = parts.options.strategies.flatMap((strategy) =>
      strategy.type === 'weights' && strategy.maxSum !== undefined
        ? [
            {
              weights: columnFor(parts.pool.columns, 'maxSum', strategy.column),
              maxSum: strategy.maxSum,
              sum: 0,
            },
          ]
        : [],
    );
  }

  take(candidate: number, distance: number | undefined): void {
    const { objectives, eligibility, nearest } = this.#parts;
    this.picks.push(candidate);
    this.distances.push(distance);
    nearest?.add(candidate);
    for (const objective of objectives) objective.add(candidate);
    eligibility.add(candidate);
    for (const each of this.#sums) each.sum += each.weights[candidate]!;
  }

  async pickAll(): Promise<StopReason> {
    const { eligibility } = this.#parts;
    const before = this.picks.length;
    const early = await this.#pickFrom((candidate) => eligibility.isOwed(candidate));
    this.owedCount = this.picks.length - before;
    if (early === 'count' || early === 'sum') return early;
    return this.#pickFrom((candidate) => eligibility.isOpen(candidate));
  }

  async #pickFrom(isOpen: (candidate: number) => boolean): Promise<StopReason> {
    const { pool, objectives, nearest, isDiverse, options, most } = this.#parts;
    const breather = new Breather(options.signal);
    const { minDistance = 0, signal, isLazy } = options;
    const best = new BestCandidate({
      count: pool.count,
      objectives,
      isOpen,
      nearest,
      isDiverse,
      minDistance,
      signal,
      isLazy,
    });
    while (this.picks.length < most) {
      await breather.pause();
      const isFirst = this.picks.length === 0;
      const next =
        isFirst && isDiverse
          ? firstPick(pool.rows!, objectives, isOpen, options.start ?? 'medoid')
          : await best.next();
      if (next === undefined) return best.hasTooNear ? 'distance' : 'exhausted';
      if (this.#sums.some(({ weights, maxSum, sum }) => sum + weights[next]! > maxSum)) return 'sum';
      this.take(next, isFirst || !nearest ? undefined : Math.sqrt(nearest.exact(next)));
      options.onProgress?.(this.picks.length, Math.min(most, pool.count));
    }
    return 'count';
  }
}
