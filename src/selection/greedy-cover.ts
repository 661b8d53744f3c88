// Greedy for functions that say how well picks stand for all rows, without a matrix of all pairs in memory.
import { Breather } from '../base/concurrency.ts';
import type { Matrix } from '../base/matrix.ts';
import { BoundedHeap } from './bounded-heap.ts';
import { gatherRows } from './candidates.ts';
import { innerProduct, productError, squaredLengths } from './distances.ts';
import type { OrderTask, Pick } from './order.ts';
import { BATCH, RowProducts } from './row-products.ts';

/**
 * A function of picks that is a sum over all rows. How well a row is stood for is its level, 0 at first. For the bounds
 * to hold, what a pick adds must grow with its scalar product with the row, and so must what a higher level takes away
 * from that.
 */
export interface Cover {
  /** What a pick adds at a row of this level; at least 0. */
  gain(level: number, product: number): number;
  /** The row's level after the pick; at least `level`. */
  raise(level: number, product: number): number;
}

/** Candidates that are computed in float64 before the bounds of the next ones are computed anew, which costs as much. */
const MOST_LOOKS = 2;

/**
 * Picks one at a time what adds most; of equal picks the lowest row. For each candidate there is a bound for what it
 * adds, from products in float32 on all threads. A pick changes the levels of some rows, fewer each time, and what that
 * takes away is subtracted from all bounds. The few candidates that may be best are computed in float64, so that the
 * picks are those of the plain rule.
 *
 * @returns as many as wanted, or fewer where nothing is left to add and `endsAtZero`
 */
export const greedyCover = async (
  { rows, count, preselected, signal }: OrderTask,
  cover: Cover,
  { endsAtZero }: { readonly endsAtZero: boolean },
): Promise<Pick[]> => {
  const breather = new Breather(signal);
  await using gains = await Gains.open(rows, cover);
  await gains.bound(preselected, breather);
  const picks: Pick[] = [];
  const isOpen = new Uint8Array(rows.rows).fill(1);
  for (const pick of preselected) isOpen[pick] = 0;
  while (preselected.length + picks.length < count) {
    const best = await gains.largest(isOpen, breather);
    if (best.value === 0 && endsAtZero) break;
    isOpen[best.row] = 0;
    picks.push(best);
    await gains.take(best.row, breather);
  }
  return picks;
};

/** What each row adds when it is picked. */
class Gains implements AsyncDisposable {
  readonly #rows: Matrix;
  readonly #cover: Cover;
  readonly #products: RowProducts;
  readonly #levels: Float64Array;
  /** By row: at least what picking it adds. */
  readonly #bounds: Float64Array;
  /** By how much a product in float32 can be off. */
  readonly #error: number;

  private constructor(rows: Matrix, cover: Cover, products: RowProducts) {
    this.#rows = rows;
    this.#cover = cover;
    this.#products = products;
    this.#levels = new Float64Array(rows.rows);
    this.#bounds = new Float64Array(rows.rows);
    const largestSquare = squaredLengths(rows).reduce((a, b) => Math.max(a, b), 0);
    this.#error = productError(rows.columns, largestSquare);
  }

  static async open(rows: Matrix, cover: Cover): Promise<Gains> {
    return new Gains(rows, cover, await RowProducts.open(rows.columns));
  }

  /** Computes all bounds, with some rows picked already. */
  async bound(picked: readonly number[], breather: Breather): Promise<void> {
    for (const pick of picked) this.#raise(pick);
    const everyone = Array.from(this.#levels.keys());
    await this.#forProducts(everyone, breather, (row, candidate, product) => {
      this.#bounds[candidate]! += this.#cover.gain(this.#levels[row]!, product + this.#error);
    });
  }

  /** The open row that adds most, with what it adds. */
  async largest(isOpen: Uint8Array, breather: Breather): Promise<Pick> {
    const open = Array.from(isOpen.keys()).filter((row) => isOpen[row] === 1);
    const exact = new Map<number, number>();
    let heap = new BoundedHeap(this.#bounds, open);
    let looks = 0;
    while (!exact.has(heap.top)) {
      if (looks === MOST_LOOKS) {
        await this.#tighten(topOf(heap, exact), breather);
        heap = new BoundedHeap(this.#bounds, open);
        looks = 0;
        continue;
      }
      const { top } = heap;
      this.#bounds[top] = this.#exact(top);
      exact.set(top, this.#bounds[top]!);
      heap.sink();
      looks++;
      if (breather.isDue) await breather.pause();
    }
    // Sums in another order differ in their last digits, and bounds must stay bounds.
    for (const row of exact.keys()) this.#bounds[row]! += this.#error;
    return { row: heap.top, value: exact.get(heap.top)! };
  }

  /** Computes some bounds anew: what was subtracted from them left more room each time. */
  async #tighten(candidates: readonly number[], breather: Breather): Promise<void> {
    for (const candidate of candidates) this.#bounds[candidate] = 0;
    await this.#forProducts(candidates, breather, (candidate, row, product) => {
      this.#bounds[candidate]! += this.#cover.gain(this.#levels[row]!, product + this.#error);
    });
  }

  async take(pick: number, breather: Breather): Promise<void> {
    const before = this.#levels.slice();
    this.#raise(pick);
    const changed = Array.from(before.keys()).filter((row) => before[row] !== this.#levels[row]);
    await this.#forProducts(changed, breather, (row, candidate, product) => {
      const least = product - this.#error;
      this.#bounds[candidate]! -=
        this.#cover.gain(before[row]!, least) - this.#cover.gain(this.#levels[row]!, least);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#products[Symbol.asyncDispose]();
  }

  #raise(pick: number): void {
    const levels = this.#levels;
    for (let row = 0; row < levels.length; row++)
      levels[row] = this.#cover.raise(levels[row]!, innerProduct(this.#rows, row, pick));
  }

  #exact(candidate: number): number {
    let sum = 0;
    for (let row = 0; row < this.#rows.rows; row++)
      sum += this.#cover.gain(this.#levels[row]!, innerProduct(this.#rows, row, candidate));
    return sum;
  }

  /** Visits the products of some rows with all rows. */
  async #forProducts(
    some: readonly number[],
    breather: Breather,
    visit: (row: number, other: number, product: number) => void,
  ): Promise<void> {
    for (let from = 0; from < some.length; from += BATCH) {
      const batch = some.slice(from, from + BATCH);
      const chosen = gatherRows(this.#rows, batch);
      await this.#products.forEach(chosen, this.#rows, breather, (place, start, products) => {
        const row = batch[place]!;
        for (let k = 0; k < products.length; k++) visit(row, start + k, products[k]!);
      });
    }
  }
}

/** The next candidates whose values are not known yet; the heap is used up. */
const topOf = (heap: BoundedHeap, known: ReadonlyMap<number, number>): number[] => {
  const top: number[] = [];
  while (top.length < BATCH && heap.length > 0) {
    const next = heap.pop();
    if (!known.has(next)) top.push(next);
  }
  return top;
};
