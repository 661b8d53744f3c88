// Items by the most that they may still be worth, the best on top. Pure.

/**
 * A heap of items `0 … count − 1` with a bound each; of equal bounds the lower item comes first. A bound may be lowered
 * on top only, which is what lazy greedy algorithms do.
 */
export class BoundedHeap {
  readonly #bounds: Float64Array;
  readonly #items: Uint32Array;
  #length: number;

  /** @param bounds by item; read when an item is moved, written by nobody else. NaN is not allowed. */
  constructor(bounds: Float64Array, items: Iterable<number> = bounds.keys()) {
    this.#bounds = bounds;
    this.#items = Uint32Array.from(items);
    this.#length = this.#items.length;
    this.rebuild();
  }

  get length(): number {
    return this.#length;
  }

  /** The item on top. The heap must not be empty. */
  get top(): number {
    return this.#items[0]!;
  }

  /** The top's bound was lowered: brings it to where it belongs. */
  sink(): void {
    this.#siftDown(0);
  }

  /** Removes the top. */
  pop(): number {
    const { top } = this;
    this.#length--;
    if (this.#length > 0) {
      this.#items[0] = this.#items[this.#length]!;
      this.#siftDown(0);
    }
    return top;
  }

  /** Bounds were changed all over. */
  rebuild(): void {
    for (let place = (this.#length >> 1) - 1; place >= 0; place--) this.#siftDown(place);
  }

  /** Whether `a` comes before `b`. */
  #isBefore(a: number, b: number): boolean {
    const [boundA, boundB] = [this.#bounds[a]!, this.#bounds[b]!];
    return boundA > boundB || (boundA === boundB && a < b);
  }

  #siftDown(start: number): void {
    const items = this.#items;
    const item = items[start]!;
    let place = start;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#length) break;
      if (child + 1 < this.#length && this.#isBefore(items[child + 1]!, items[child]!)) child++;
      if (!this.#isBefore(items[child]!, item)) break;
      items[place] = items[child]!;
      place = child;
    }
    items[place] = item;
  }
}
