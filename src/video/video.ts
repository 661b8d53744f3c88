import { shownAddress } from '../base/address.ts';
import { FramesiftError } from '../base/errors.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import type { SizeRequest } from '../image/size.ts';
import { doubtOf } from './frame-index.ts';
import { type IndexOptions, loadIndex } from './index-cache.ts';
import { openMediaFile } from './media-file.ts';
import { FrameReader, IndexDisagreement, type ReadFrame, type ReadStats } from './reader.ts';
import type { IndexedVideo, VideoInfo } from './scan.ts';
import { timingOf, type VideoTiming } from './timing.ts';

/** A frame of a video: its place, and either its picture or the reason why there is none. */
export type VideoFrame = FramePlace &
  (
    | { readonly image: RgbImage; readonly error?: undefined }
    | { readonly image?: undefined; readonly error: FramesiftError }
  );

export interface FramePlace {
  /** Frame number: its place in the order in which a sequential decode shows frames, from 0. */
  readonly index: number;
  /** Presentation time in ticks of the stream's time base. */
  readonly pts: bigint;
  /** Presentation time as a player shows it. */
  readonly seconds: number;
}

/** Frame numbers, in any order, or the half-open range `[start, end)`. */
export type FrameSelection = Iterable<number> | { readonly start?: number; readonly end?: number };

export interface FramesOptions {
  /** Resize while decoding. */
  readonly size?: SizeRequest | undefined;
  /** Return damaged frames as a sequential decode shows them, instead of an error. */
  readonly keepDamaged?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface OpenVideoOptions extends IndexOptions {
  /** Threads of the decoder; by default FFmpeg decodes on one. */
  readonly threads?: number | undefined;
}

/**
 * Opens a video and numbers its frames (from the cache, when it was opened before).
 *
 * @param path of a file, or the address of one: `https://…`, `s3://…`
 * @throws ERR_NOT_FOUND, ERR_VIDEO_OPEN, ERR_NO_VIDEO_STREAM, ERR_ENCRYPTED, ERR_NO_DECODER, ERR_NO_FRAMES
 */
export const openVideo = async (path: string, options: OpenVideoOptions = {}): Promise<Video> =>
  new Video(path, await loadIndex(path, options), options);

/** An open video. Frames are exact: frame `k` is the k-th that a sequential decode shows, or an error. */
export class Video {
  /** As it may be shown. */
  readonly path: string;
  readonly #address: string;
  readonly #options: OpenVideoOptions;
  #indexed: IndexedVideo;
  #timing: VideoTiming | undefined;
  #reader: FrameReader | undefined;
  #isReading = false;

  /** @internal */
  constructor(path: string, indexed: IndexedVideo, options: OpenVideoOptions) {
    this.path = shownAddress(path);
    this.#address = path;
    this.#options = options;
    this.#indexed = indexed;
  }

  get frameCount(): number {
    return this.#indexed.index.frameCount;
  }

  /** What the container says. */
  get info(): VideoInfo {
    return this.#indexed.info;
  }

  /** The packets and their order. @internal */
  get indexed(): IndexedVideo {
    return this.#indexed;
  }

  /** Frame rate, duration, and the conversion between frame numbers and seconds. */
  get timing(): VideoTiming {
    this.#timing ??= timingOf(this.#indexed);
    return this.#timing;
  }

  /** Width and height as shown: in pixels of the file, turned by the rotation that it asks for. */
  get size(): { readonly width: number; readonly height: number } {
    const { width, height, rotation } = this.info.stream;
    return rotation % 180 === 0 ? { width, height } : { width: height, height: width };
  }

  /** The work that reading frames has taken so far. */
  get stats(): Readonly<ReadStats> {
    return (
      this.#reader?.stats ?? { seeks: 0, packetsSent: 0, framesDecoded: 0, framesSkipped: 0, backOffs: 0 }
    );
  }

  /** When each frame comes on screen, in seconds as a player shows them. */
  timestamps(): number[] {
    return Array.from({ length: this.frameCount }, (_, index) => this.timing.secondsAt(index));
  }

  /** Frames at which decoding can start, ascending. */
  keyframes(): readonly number[] {
    return this.timing.keyframes;
  }

  /**
   * Frames in ascending order, each once, however the numbers were given. Each packet of the file is decoded at
   * most once. Frames in a damaged part of the file may come after later ones.
   *
   * @throws ERR_FRAME_RANGE before anything is decoded; a frame's own failure is in the frame
   */
  async *frames(
    selection: FrameSelection = {},
    options: FramesOptions = {},
  ): AsyncGenerator<VideoFrame, void> {
    const targets = this.#resolve(selection);
    if (this.#isReading) {
      throw new FramesiftError(
        'ERR_OPTION',
        `${this.path}: is being read already. Finish that loop first, or open the video twice.`,
      );
    }
    this.#isReading = true;
    try {
      yield* this.#read(targets, options);
    } finally {
      this.#isReading = false;
    }
  }

  /** One frame. @throws ERR_FRAME_RANGE, ERR_FRAME_DAMAGED, … */
  async frameAt(
    index: number,
    options: FramesOptions = {},
  ): Promise<FramePlace & { readonly image: RgbImage }> {
    for await (const frame of this.frames([index], options)) {
      if (frame.error !== undefined) throw frame.error;
      return frame;
    }
    throw this.#outOfRange(index);
  }

  /**
   * The frame on screen at `seconds`.
   *
   * @param seconds as a player shows them: 0 is the start of the container; `[0, duration)`
   * @throws ERR_FRAME_RANGE before the start or behind the end
   */
  async frameAtTime(
    seconds: number,
    options: FramesOptions = {},
  ): Promise<FramePlace & { readonly image: RgbImage }> {
    return this.frameAt(this.indexAtTime(seconds), options);
  }

  /** Number of the frame on screen at `seconds`. @throws ERR_FRAME_RANGE before the start or behind the end */
  indexAtTime(seconds: number): number {
    const end = this.timing.endSeconds;
    if (!(seconds >= Math.min(0, this.timing.secondsAt(0)) && seconds <= end)) {
      throw new FramesiftError(
        'ERR_FRAME_RANGE',
        `${this.path}: has no frame at ${seconds} s; it ends at ${end.toFixed(3)} s.`,
        {
          facts: { path: this.path, seconds, endSeconds: end },
        },
      );
    }
    return this.timing.indexAtSeconds(seconds);
  }

  /** Frees the decoder. The video can be read again afterwards. */
  close(): void {
    this.#reader?.[Symbol.dispose]();
    this.#reader = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async *#read(targets: readonly number[], options: FramesOptions): AsyncGenerator<VideoFrame, void> {
    const pending = new Set(targets);
    const given = new Map<number, number>();
    for (;;) {
      const reader = await this.#openReader(options.signal);
      const inside = [...pending].filter((index) => index < this.frameCount);
      try {
        for await (const found of reader.read(reader.plan(inside), options)) {
          pending.delete(found.rank);
          given.set(found.rank, this.#indexed.index.ordinals[found.rank]!);
          yield this.#frameOf(found);
        }
        break;
      } catch (error) {
        if (!(error instanceof IndexDisagreement)) throw error;
        await this.#reindex(options.signal);
        this.#requireSame(given);
      }
    }
    for (const index of pending) yield { index, pts: 0n, seconds: 0, error: this.#outOfRange(index) };
  }

  /** @throws ERR_FILE_CHANGED when frames that were handed out are others by the new numbers. @param given ordinals by rank */
  #requireSame(given: ReadonlyMap<number, number>): void {
    const { ordinals } = this.#indexed.index;
    for (const [rank, ordinal] of given) {
      if (ordinals[rank] === ordinal) continue;
      throw new FramesiftError(
        'ERR_FILE_CHANGED',
        `${this.path}: its frames are numbered otherwise than its tables say, which was seen too late: frame ${rank} is another one than was handed out. Read it again from the beginning.`,
        { facts: { path: this.path, frame: rank } },
      );
    }
  }

  /** Numbers the frames again: the file announced others than there are. */
  async #reindex(signal: AbortSignal | undefined): Promise<void> {
    this.close();
    const doubt = doubtOf(this.#indexed.index);
    this.#indexed = await loadIndex(this.#address, { ...this.#options, doubt, signal });
    this.#timing = undefined;
  }

  async #openReader(signal: AbortSignal | undefined): Promise<FrameReader> {
    this.#reader ??= new FrameReader(await openMediaFile(this.#address, signal), this.#indexed, {
      threads: this.#options.threads,
    });
    return this.#reader;
  }

  #frameOf(found: ReadFrame): VideoFrame {
    const place = {
      index: found.rank,
      pts: this.#indexed.index.pts[found.rank]!,
      seconds: this.timing.secondsAt(found.rank),
    };
    return 'image' in found ? { ...place, image: found.image } : { ...place, error: found.error };
  }

  #resolve(selection: FrameSelection): number[] {
    if (Symbol.iterator in selection) {
      const distinct = new Set(selection);
      for (const index of distinct) {
        if (!(Number.isInteger(index) && index >= 0 && index < this.frameCount))
          throw this.#outOfRange(index);
      }
      return [...distinct].sort((a, b) => a - b);
    }
    const { start = 0, end = this.frameCount } = selection;
    for (const edge of [start, end]) {
      if (!(Number.isInteger(edge) && edge >= 0 && edge <= this.frameCount)) throw this.#outOfRange(edge);
    }
    return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
  }

  #outOfRange(index: number): FramesiftError {
    return new FramesiftError(
      'ERR_FRAME_RANGE',
      `${this.path}: has no frame ${index}; its frames are 0 to ${this.frameCount - 1}.`,
      { facts: { path: this.path, frame: index, frameCount: this.frameCount } },
    );
  }
}
