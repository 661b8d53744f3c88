// Pictures for training, in exactly the order that was drawn, whoever decodes them and in whatever order they come.
import { Pulse, Slots } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import { requireWhole } from '../base/option-checks.ts';
import type { Failure } from '../base/outcome.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import type { ReadStats } from '../video/reader.ts';
import { Delivery } from './delivery.ts';
import type { EpochOrder } from './epoch-order.ts';
import { decodingJobs, FrameDecoder } from './frame-decoder.ts';
import { type Picture, PictureCache } from './picture-cache.ts';
import { PictureSizes } from './picture-sizes.ts';
import type { ReadingOptions } from './reading-options.ts';
import { frameOfSample, type TrainingFrames } from './training-frames.ts';

export interface FrameSupplyOptions extends Omit<ReadingOptions, 'onProgress'> {
  /** Pictures are made smaller until their shorter side has so many pixels; none is enlarged. */
  readonly shortSide: number;
  /**
   * For pixels that are kept or on their way; one position's pictures are always allowed. What was given out is the
   * caller's, and counts only while it is kept, too.
   */
  readonly cacheBytes: number;
}

/** One sample: its picture, which others may get again and nobody may change, or why there is none. */
export type SuppliedFrame = { readonly sample: number } & (
  | { readonly image: RgbImage; readonly failure?: undefined }
  | { readonly image?: undefined; readonly failure: Failure }
);

/** One position of an order. */
export type Supplied = SuppliedFrame & {
  readonly epoch: number;
  /** In {@link EpochOrder.samples}. */
  readonly position: number;
  /** Where the order has partners. */
  readonly partner: SuppliedFrame | undefined;
};

/** What a supply has done so far. */
export interface SupplyStats {
  /** Pictures that came from decoders. */
  readonly pictures: number;
  /** Bytes of pixels at the fullest moment, those included for which room was kept. */
  readonly peakBytes: number;
  /** What it took to decode videos. */
  readonly reading: Readonly<ReadStats>;
}

/**
 * Decodes samples ahead of whoever takes them, window by window: a packet is decoded once in a window. When all pictures
 * fit into the budget, each is decoded once at all. Owns worker processes until it is disposed of.
 */
export class FrameSupply implements Disposable {
  readonly frames: TrainingFrames;
  readonly #signal: AbortSignal | undefined;
  readonly #sizes: PictureSizes;
  readonly #cache: PictureCache;
  readonly #decoder: FrameDecoder;
  readonly #slots: Slots;
  /** Something has come, or will not. */
  readonly #news = new Pulse();
  #broken: { readonly error: unknown } | undefined;
  #pictures = 0;
  #isDelivering = false;

  /** @throws ERR_OPTION */
  constructor(frames: TrainingFrames, options: FrameSupplyOptions) {
    const { shortSide, cacheBytes, signal } = options;
    requireWhole('shortSide', shortSide, 1);
    requireWhole('cacheBytes', cacheBytes, 1);
    this.frames = frames;
    this.#signal = signal;
    this.#sizes = new PictureSizes(frames, shortSide);
    this.#cache = new PictureCache(cacheBytes);
    this.#decoder = new FrameDecoder(frames, shortSide, options, (file) => {
      for (let sample = frames.offsets[file]!; sample < frames.offsets[file + 1]!; sample++)
        this.#cache.drop(sample);
    });
    this.#slots = new Slots(this.#decoder.workers + 1);
  }

  get stats(): SupplyStats {
    return {
      pictures: this.#pictures,
      peakBytes: this.#cache.peakBytes,
      reading: { ...this.#decoder.stats },
    };
  }

  /**
   * Delivers orders one after the other, each as soon as it is decoded; orders are drawn when their first pictures are
   * to be decoded, ahead of time. A frame that cannot be had is a failure in its place. One delivery at a time.
   *
   * @param from position in the first order: the rest is the same as when it is delivered from its start
   * @throws the signal's reason
   */
  async *deliver(orders: Iterable<EpochOrder>, from = 0): AsyncGenerator<Supplied, void> {
    if (this.#isDelivering) throw new Error('the supply is delivering to somebody else');
    this.#isDelivering = true;
    const cache = this.#cache;
    const delivery = new Delivery(orders, from, cache, this.#sizes, (samples) => this.#bring(samples));
    try {
      for (let at = delivery.current(); at !== undefined; at = delivery.current()) {
        const frame = await this.#take(delivery, at.sample);
        const partner = at.partner === undefined ? undefined : await this.#take(delivery, at.partner);
        const { epoch, position } = at;
        delivery.finish();
        yield { ...frame, epoch, position, partner };
      }
    } finally {
      cache.releaseAll();
      this.#isDelivering = false;
    }
  }

  /** Ends the processes. */
  [Symbol.dispose](): void {
    this.#broken ??= { error: new Error('the supply was closed') };
    this.#decoder[Symbol.dispose]();
    this.#news.beat();
  }

  async #take(delivery: Delivery, sample: number): Promise<SuppliedFrame> {
    for (;;) {
      this.#signal?.throwIfAborted();
      if (this.#broken !== undefined) throw this.#broken.error;
      const picture = this.#cache.get(sample);
      if (picture instanceof FramesiftError) {
        const { name } = frameOfSample(this.frames, sample);
        return { sample, failure: { item: name, error: picture } };
      }
      if (picture !== undefined) return { sample, image: picture };
      delivery.expect(sample);
      await this.#news.next(this.#signal);
    }
  }

  /** Has samples decoded for which room is reserved. */
  #bring(samples: readonly number[]): void {
    const jobs = decodingJobs(this.frames, samples);
    const mostPieces = this.#decoder.piecesOf(jobs.length);
    for (const job of jobs) this.#decode(job, mostPieces);
  }

  #decode(samples: readonly number[], mostPieces: number): void {
    const decode = async (): Promise<void> => {
      // A delivery may have ended, or gone on without them, before it was their turn.
      for (const sample of samples) if (!this.#cache.isNeeded(sample)) this.#cache.cancel(sample);
      const needed = samples.filter((sample) => this.#cache.isComing(sample));
      if (needed.length === 0 || this.#broken !== undefined) return;
      await this.#decoder.decode(needed, mostPieces, (sample, picture) => this.#receive(sample, picture));
    };
    void this.#slots
      .run(decode)
      .catch((error: unknown) => {
        this.#broken ??= { error };
      })
      .finally(() => {
        for (const sample of samples) this.#cache.cancel(sample);
        this.#news.beat();
      });
  }

  #receive(sample: number, picture: Picture): void {
    if (!(picture instanceof FramesiftError)) this.#sizes.learn(sample, picture.data.length);
    this.#cache.put(sample, picture);
    this.#pictures++;
    this.#news.beat();
  }
}
