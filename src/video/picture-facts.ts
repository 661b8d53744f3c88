/** What a packet's own headers tell of its picture. */
export interface PictureFacts {
  /** The bits of a packet's flags. */
  readonly flags: number;
  /** HEVC: the layer that a picture belongs to; layers above it may be left out. */
  readonly temporalId?: number;
  /** Pictures are shown sequence by sequence, */
  readonly sequence: number;
  /** in each by order, and where that is equal as they are decoded. Undefined where the headers do not tell. */
  readonly order: number | undefined;
}

/** The place on screen of pictures whose headers nobody reads: their codecs do not reorder. */
export const AS_DECODED = { sequence: 0, order: 0 };

/** Where the headers of a stream's packets place their pictures on screen; element `i` belongs to packet `i`. */
export class ScreenOrder {
  readonly #sequences: number[] = [];
  readonly #orders: (number | undefined)[] = [];

  add({ sequence, order }: Pick<PictureFacts, 'sequence' | 'order'>): void {
    this.#sequences.push(sequence);
    this.#orders.push(order);
  }

  /** True when the headers deny that packet `a` is shown before packet `b`. */
  denies(a: number, b: number): boolean {
    const [orderA, orderB] = [this.#orders[a], this.#orders[b]];
    if (orderA === undefined || orderB === undefined) return false;
    return (this.#sequences[a]! - this.#sequences[b]! || orderA - orderB || a - b) > 0;
  }
}
