// One delivery of orders under way: which windows are opened ahead of whoever takes the pictures, and when.
import type { EpochOrder } from './epoch-order.ts';
import type { PictureCache } from './picture-cache.ts';
import type { PictureSizes } from './picture-sizes.ts';

/** Windows that are needed at the same time: the one that is delivered, and the one that is decoded meanwhile. */
const MOST_OPEN_WINDOWS = 2;

/** What is delivered next. */
export interface Position {
  readonly epoch: number;
  readonly position: number;
  readonly sample: number;
  readonly partner: number | undefined;
}

/** An order, and the moment of its first position: moments count positions over all orders. */
interface Placed {
  readonly order: EpochOrder;
  readonly start: number;
}

/** What is to be needed together: moments up to `end`. */
interface Window {
  readonly end: number;
  readonly samples: readonly (readonly [sample: number, until: number])[];
  readonly sizeBytes: number;
}

export class Delivery {
  readonly #orders: Iterator<EpochOrder>;
  readonly #cache: PictureCache;
  readonly #sizes: PictureSizes;
  readonly #bring: (samples: readonly number[]) => void;
  /** From the one that is delivered on. */
  readonly #placed: Placed[] = [];
  #moment: number;
  /** Moments before this one are in opened windows, unless delivered. */
  #opened: number;
  /** Of opened windows that are not wholly delivered. */
  #openEnds: number[] = [];
  #planned: Window | undefined;

  /** @param bring has samples decoded, for which room is reserved */
  constructor(
    orders: Iterable<EpochOrder>,
    from: number,
    cache: PictureCache,
    sizes: PictureSizes,
    bring: (samples: readonly number[]) => void,
  ) {
    this.#orders = orders[Symbol.iterator]();
    this.#cache = cache;
    this.#sizes = sizes;
    this.#bring = bring;
    this.#moment = from;
    this.#opened = from;
  }

  /** Undefined when all is delivered. */
  current(): Position | undefined {
    const placed = this.#placedAt(this.#moment);
    if (placed === undefined) return undefined;
    while (this.#placed[0] !== placed) this.#placed.shift();
    const { order, start } = placed;
    const position = this.#moment - start;
    const sample = order.samples[position]!;
    return { epoch: order.epoch, position, sample, partner: order.partners?.[position] };
  }

  /** Somebody waits for a sample of the current position, which is not there. */
  expect(sample: number): void {
    const isOpened = this.#moment < this.#opened;
    // It was larger than expected, and there was no room: from here on as if from the start, with what is known now.
    if (isOpened && !this.#cache.isComing(sample)) {
      this.#cache.releaseAll();
      this.#opened = this.#moment;
      this.#openEnds = [];
      this.#planned = undefined;
    }
    this.#openWindows();
  }

  /** The current position is delivered. */
  finish(): void {
    const { sample, partner } = this.current()!;
    for (const each of [sample, partner]) if (each !== undefined) this.#cache.release(each, this.#moment);
    this.#moment++;
    if (this.#moment >= (this.#openEnds[0] ?? Number.POSITIVE_INFINITY)) this.#openEnds.shift();
    this.#openWindows();
  }

  #placedAt(moment: number): Placed | undefined {
    for (;;) {
      const last = this.#placed.at(-1);
      const end = last === undefined ? 0 : last.start + last.order.samples.length;
      if (moment < end) return this.#placed.find(({ order, start }) => moment < start + order.samples.length);
      const next = this.#orders.next();
      if (next.done) return undefined;
      this.#placed.push({ order: next.value, start: end });
    }
  }

  #openWindows(): void {
    while (this.#openEnds.length < MOST_OPEN_WINDOWS) {
      this.#planned ??= this.#plan();
      if (this.#planned === undefined) return;
      const isAlone = this.#openEnds.length === 0 && !this.#cache.isAnyComing;
      if (!isAlone && !this.#doAllFit && !this.#cache.hasRoom(this.#planned.sizeBytes)) return;
      this.#open(this.#planned);
      this.#planned = undefined;
    }
  }

  get #doAllFit(): boolean {
    return this.#sizes.totalBytes <= this.#cache.budgetBytes;
  }

  /** The order's own next window, or as much of it as half the budget holds. */
  #plan(): Window | undefined {
    const placed = this.#placedAt(this.#opened);
    if (placed === undefined) return undefined;
    const { order, start } = placed;
    const mostBytes = this.#doAllFit ? Number.POSITIVE_INFINITY : this.#cache.budgetBytes / 2;
    const last = order.windowEnds.find((end) => end > this.#opened - start)!;
    const samples = new Map<number, number>();
    let sizeBytes = 0;
    let position = this.#opened - start;
    for (; position < last; position++) {
      const asked = [order.samples[position]!];
      if (order.partners !== undefined) asked.push(order.partners[position]!);
      const fresh = [...new Set(asked)].filter((sample) => !samples.has(sample));
      const moreBytes = fresh.reduce((sum, sample) => sum + this.#sizes.bytesOf(sample), 0);
      if (sizeBytes + moreBytes > mostBytes && samples.size > 0) break;
      sizeBytes += moreBytes;
      for (const sample of asked) samples.set(sample, start + position);
    }
    return { end: start + position, samples: [...samples], sizeBytes };
  }

  #open({ end, samples }: Window): void {
    const missing: number[] = [];
    for (const [sample, until] of samples) {
      this.#cache.need(sample, until);
      if (this.#cache.get(sample) === undefined && !this.#cache.isComing(sample)) missing.push(sample);
    }
    this.#opened = end;
    this.#openEnds.push(end);
    for (const sample of missing) this.#cache.reserve(sample, this.#sizes.bytesOf(sample));
    if (missing.length > 0) this.#bring(missing);
  }
}
