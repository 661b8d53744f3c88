// Decodes wanted frames of one indexed video. A frame is handed out only when it carries the wanted packet's
// number and nothing it depends on was damaged; else decoding starts again from an earlier key.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Breather } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { rotate } from '../image/rotate.ts';
import { resolveSize, type SizeRequest } from '../image/size.ts';
import { PictureConverter, takeLog, type VideoDecoder } from '../native/libav.ts';
import { DamageWatch } from './damage-watch.ts';
import { PacketReader } from './landing.ts';
import { isSkippable, type PlanOptions, planRuns, type Run } from './plan.ts';
import type { IndexedVideo } from './scan.ts';

/** One wanted frame: its picture, or why there is none. */
export type ReadFrame =
  | { readonly rank: number; readonly image: RgbImage }
  | { readonly rank: number; readonly error: FramesiftError };

/** The work that reading took. Counts are packets and pictures of the numbered stream. */
export interface ReadStats {
  seeks: number;
  packetsSent: number;
  framesDecoded: number;
  /** Non-reference pictures on the way that were not decoded. */
  framesSkipped: number;
  /** Frames that had to be decoded again from an earlier key. */
  backOffs: number;
}

export interface ReadOptions {
  readonly size?: SizeRequest | undefined;
  /** Hand out damaged frames as a sequential decode shows them, instead of an error. */
  readonly keepDamaged?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FrameReaderOptions {
  /** Threads of the decoder. One is best where several videos or stretches are decoded side by side. */
  readonly threads?: number | undefined;
  /** For tests: decode every packet, whether somebody needs it or not. */
  readonly decodeEverything?: boolean | undefined;
}

/** The decoder shows other frames than the index lists: the index must be made anew, by decoding. */
export class IndexDisagreement extends Error {}

/** How many keys further back each attempt starts; the last one at the start of the file. */
const BACK_OFFS = [0, 1, 4, Number.POSITIVE_INFINITY];

/** Decoders whose flush forgets everything, so that they may be kept across seeks. */
const FLUSHABLE = new Set([
  'h264',
  'hevc',
  'mpeg1video',
  'mpeg2video',
  'mpeg4',
  'vp8',
  'vp9',
  'av1',
  'mjpeg',
]);

/** A packet's stamp is its ordinal, below the number of the decoding run: frames of earlier runs give themselves away. */
const RUN_SHIFT = 32n;
const ORDINAL_MASK = (1n << RUN_SHIFT) - 1n;

export class FrameReader {
  readonly stats: ReadStats = { seeks: 0, packetsSent: 0, framesDecoded: 0, framesSkipped: 0, backOffs: 0 };
  readonly #path: string;
  readonly #video: IndexedVideo;
  readonly #threads: number;
  readonly #decodeEverything: boolean;
  readonly #packets: PacketReader;
  readonly #converter = new PictureConverter();
  readonly #badKeys = new Set<number>();
  #decoder: VideoDecoder | undefined;
  #runNumber = 0n;

  constructor(path: string, video: IndexedVideo, options: FrameReaderOptions = {}) {
    this.#path = path;
    this.#video = video;
    this.#threads = options.threads ?? 1;
    this.#decodeEverything = options.decodeEverything ?? false;
    this.#packets = new PacketReader(path, video.info.stream.index, video.index);
  }

  /** The runs that {@link read} decodes for `targets`. */
  plan(targets: readonly number[]): Run[] {
    return planRuns(this.#video.index, targets, this.#planOptions(0));
  }

  /**
   * Reads frames in ascending order; those that need another attempt come after their stretch of the video.
   *
   * @param targets ascending, distinct, each in `[0, frameCount)`
   * @throws IndexDisagreement, ERR_FILE_CHANGED, ERR_NO_DECODER; a frame's own failure is in its result
   */
  async *read(targets: readonly number[], options: ReadOptions = {}): AsyncGenerator<ReadFrame> {
    for (const run of this.plan(targets)) yield* this.readRun(run, options);
  }

  /** Reads the targets of one run of a plan; see {@link read}. */
  async *readRun(first: Run, options: ReadOptions = {}): AsyncGenerator<ReadFrame> {
    let runs: readonly Run[] = [first];
    for (const backOff of BACK_OFFS.slice(1)) {
      const lost: number[] = [];
      for (const run of runs) {
        for await (const found of this.#decodeRun(run, options)) {
          if ('image' in found || run.start === 0) yield found;
          else lost.push(found.rank);
        }
      }
      if (lost.length === 0) return;
      this.stats.backOffs += lost.length;
      this.#rememberBadKeys(runs, lost);
      lost.sort((a, b) => a - b);
      runs = planRuns(this.#video.index, lost, this.#planOptions(backOff));
    }
    for (const run of runs) yield* this.#decodeRun(run, options);
  }

  [Symbol.dispose](): void {
    this.#decoder?.[Symbol.dispose]();
    this.#converter[Symbol.dispose]();
    this.#packets[Symbol.dispose]();
  }

  #planOptions(backOff: number): PlanOptions {
    return { backOff, avoid: this.#badKeys, runOnPackets: 2 * this.#threads };
  }

  /** A key whose very own frame could not be had is no place to start from. */
  #rememberBadKeys(runs: readonly Run[], lost: readonly number[]): void {
    const { keyOrdinals, ranks } = this.#video.index;
    for (const { start } of runs) {
      if (start > 0 && lost.includes(ranks[start]!)) this.#badKeys.add(keyOrdinals.indexOf(start));
    }
  }

  async *#decodeRun(run: Run, { size, keepDamaged, signal }: ReadOptions): AsyncGenerator<ReadFrame> {
    const breather = new Breather(signal);
    const { index } = this.#video;
    const wanted = new Set(run.targets);
    const watch = new DamageWatch(index, run);
    const decoder = this.#freshDecoder();
    const labels = new Labels(index.ranks, index.ordinals, index.hasRepeats);
    this.#moveTo(run.start);

    for (let next = run.start; next <= run.end; next++) {
      if (next < run.end) this.#send(decoder, next, wanted, watch);
      else decoder.send(null);
      for (;;) {
        const result = decoder.receive();
        if (result === 'failed' && watch.failed()) continue;
        if (result !== 'frame') break;
        const rank = this.#rankOfFrame(decoder, labels);
        if (rank < 0) continue;
        this.stats.framesDecoded++;
        const isTrusted = watch.shown(rank, decoder.isDamaged);
        if (!wanted.has(rank) || !(isTrusted || (keepDamaged && run.start === 0))) continue;
        wanted.delete(rank);
        yield this.#picture(rank, decoder, size);
      }
      if (breather.isDue) await breather.pause();
    }

    const isIndexWrong = watch.isOutOfOrder || (run.start === 0 && wanted.size > 0);
    if (isIndexWrong && !watch.sawDamage && index.orderSource === 'timestamps') throw new IndexDisagreement();
    if (wanted.size > 0) yield* this.#unreadable(wanted);
  }

  /** A decoder that knows nothing of what came before. */
  #freshDecoder(): VideoDecoder {
    this.#runNumber++;
    if (this.#decoder !== undefined && FLUSHABLE.has(this.#video.info.stream.codec)) {
      this.#decoder.flush();
      return this.#decoder;
    }
    this.#decoder?.[Symbol.dispose]();
    this.#decoder = this.#packets.input.createDecoder(this.#threads);
    return this.#decoder;
  }

  #moveTo(ordinal: number): void {
    const before = this.#packets.seekCount;
    this.#packets.moveTo(ordinal);
    this.stats.seeks += this.#packets.seekCount - before;
  }

  #send(decoder: VideoDecoder, ordinal: number, wanted: ReadonlySet<number>, watch: DamageWatch): void {
    this.#packets.read();
    const { packet } = this.#packets.input;
    packet.pts = (this.#runNumber << RUN_SHIFT) | BigInt(ordinal);
    const isSkipped = !this.#decodeEverything && isSkippable(this.#video.index, ordinal, wanted);
    decoder.skipNonReference(isSkipped);
    this.stats.packetsSent++;
    if (isSkipped) {
      this.stats.framesSkipped++;
      watch.skipped(ordinal);
    } else {
      watch.sent(ordinal);
    }
    if (decoder.send(packet) !== 'sent') watch.failed();
  }

  /** The frame's number, −1 for a frame of an earlier run or one that is not shown. */
  #rankOfFrame(decoder: VideoDecoder, labels: Labels): number {
    const stamp = decoder.frame.pts;
    if (stamp >> RUN_SHIFT !== this.#runNumber) return -1;
    return labels.rankOf(Number(stamp & ORDINAL_MASK));
  }

  #picture(rank: number, decoder: VideoDecoder, request: SizeRequest | undefined): ReadFrame {
    const { frame } = decoder;
    const { rotation } = this.#video.info.stream;
    const isTurned = rotation % 180 !== 0;
    const shown = isTurned
      ? { width: frame.height, height: frame.width }
      : { width: frame.width, height: frame.height };
    const { width, height } = resolveSize(shown, request);
    try {
      const image = this.#converter.toRgb(frame, isTurned ? height : width, isTurned ? width : height);
      return { rank, image: rotate(image, rotation) };
    } catch (error) {
      if (error instanceof FramesiftError) return { rank, error };
      throw error;
    }
  }

  async *#unreadable(ranks: ReadonlySet<number>): AsyncGenerator<ReadFrame> {
    await nextTurn(); // FFmpeg's lines about these frames are still on their way
    const log = takeLog();
    for (const rank of [...ranks].sort((a, b) => a - b)) {
      yield {
        rank,
        error: new FramesiftError(
          'ERR_FRAME_DAMAGED',
          `${this.#path}: frame ${rank} cannot be decoded as it was recorded: it, or a frame it is predicted from, is damaged in the file.`,
          { facts: { path: this.#path, frame: rank, ffmpeg: log } },
        ),
      };
    }
  }
}

/** From packets' ordinals to frames' ranks, also where one packet yields several frames. */
class Labels {
  readonly #ranks: Int32Array;
  readonly #ordinals: Uint32Array;
  readonly #last: Map<number, number> | undefined;

  constructor(ranks: Int32Array, ordinals: Uint32Array, hasRepeats: boolean) {
    this.#ranks = ranks;
    this.#ordinals = ordinals;
    this.#last = hasRepeats ? new Map() : undefined;
  }

  rankOf(ordinal: number): number {
    if (this.#last === undefined) return this.#ranks[ordinal] ?? -1;
    const last = this.#last.get(ordinal);
    const rank =
      last === undefined ? (this.#ranks[ordinal] ?? -1) : this.#ordinals.indexOf(ordinal, last + 1);
    this.#last.set(ordinal, rank);
    return rank;
  }
}
