// Decodes wanted frames of one indexed video. A frame is handed out only when it carries the wanted packet's
// number and nothing it depends on was damaged; else decoding starts again from an earlier key.
import { Breather } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import type { VideoDecoder } from '../native/libav.ts';
import { DamageWatch } from './damage-watch.ts';
import { DecoderLog } from './decoder-log.ts';
import type { FrameIndex } from './frame-index.ts';
import { type FramePicture, FramePictures, type PictureOptions } from './frame-pictures.ts';
import { PacketReader } from './landing.ts';
import type { MediaFile } from './media-file.ts';
import { PacketFetch } from './packet-fetch.ts';
import { KEY } from './packets.ts';
import { isSkippable, type PlanOptions, planRuns, type Run } from './plan.ts';
import type { IndexedVideo } from './scan.ts';
import { TableCheck } from './table-check.ts';

/** One wanted frame: its picture, or why there is none. */
export type ReadFrame =
  | ({ readonly rank: number } & FramePicture)
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

export interface ReadOptions extends PictureOptions {
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
  readonly #file: MediaFile;
  readonly #video: IndexedVideo;
  readonly #threads: number;
  readonly #decodeEverything: boolean;
  readonly #packets: PacketReader;
  readonly #pictures: FramePictures;
  /** Of a remote video. */
  readonly #fetch: PacketFetch | undefined;
  /** Of an index that nobody has held against the pictures. */
  readonly #check: TableCheck | undefined;
  readonly #badKeys = new Set<number>();
  #decoder: VideoDecoder | undefined;
  #runNumber = 0n;
  #lost: readonly number[] = [];

  /** @param file belongs to the reader from now on */
  constructor(file: MediaFile, video: IndexedVideo, options: FrameReaderOptions = {}) {
    const { info, index } = video;
    this.#file = file;
    this.#video = video;
    this.#threads = options.threads ?? 1;
    this.#decodeEverything = options.decodeEverything ?? false;
    this.#packets = new PacketReader(file, info.stream.index, index);
    this.#pictures = new FramePictures(file.path, info);
    this.#fetch = file.mirror && new PacketFetch(file.mirror, index.packets);
    this.#check = index.orderSource === 'tables' ? new TableCheck(info.stream, index) : undefined;
  }

  /** The runs that {@link read} decodes for `targets`, unless some must be decoded again. */
  plan(targets: readonly number[]): Run[] {
    return planRuns(this.#video.index, targets, this.#planOptions(0));
  }

  /**
   * Reads frames in ascending order; those that need another attempt come after all others.
   *
   * @param runs a plan of {@link plan}, or a part of one
   * @throws IndexDisagreement, ERR_FILE_CHANGED, ERR_NO_DECODER, of a remote video also ERR_REMOTE and ERR_WRITE; a
   *   frame's own failure is in its result
   */
  async *read(runs: readonly Run[], options: ReadOptions = {}): AsyncGenerator<ReadFrame> {
    await using log = new DecoderLog();
    for (const [attempt, backOff] of BACK_OFFS.entries()) {
      const isSequential = backOff === Number.POSITIVE_INFINITY;
      const lost: number[] = [];
      const plan = attempt === 0 ? runs : planRuns(this.#video.index, this.#lost, this.#planOptions(backOff));
      await this.#fetch?.plan(plan, options.signal);
      for (const run of plan) {
        for await (const found of this.#decodeRun(run, isSequential, log, options)) {
          if (typeof found === 'number') lost.push(found);
          else yield found;
        }
      }
      if (lost.length === 0) return;
      this.stats.backOffs += lost.length;
      this.#rememberBadKeys(plan, lost);
      this.#lost = lost.sort((a, b) => a - b);
    }
  }

  [Symbol.dispose](): void {
    this.#dropDecoder();
    this.#pictures[Symbol.dispose]();
    this.#packets[Symbol.dispose]();
    this.#file[Symbol.dispose]();
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

  /**
   * Decodes one run. A frame that cannot be trusted is lost, and comes out as its bare number, to be decoded from
   * further back. A sequential run is the last resort: what it shows is by definition the frame.
   */
  async *#decodeRun(
    run: Run,
    isSequential: boolean,
    log: DecoderLog,
    options: ReadOptions,
  ): AsyncGenerator<ReadFrame | number> {
    const { keepDamaged } = options;
    const breather = new Breather(options.signal);
    const { index } = this.#video;
    const wanted = new Set(run.targets);
    const refused = new Set<number>();
    const watch = new DamageWatch(index, run, this.#reportDelay(isSequential));
    await this.#fetch?.reach(run.start);
    const decoder = this.#freshDecoder(isSequential ? 1 : this.#threads);
    const labels = new Labels(index.ranks, index.ordinals, index.hasRepeats);
    await this.#moveTo(run.start, options.signal);
    this.#check?.begin(run);
    await log.verdict(); // what is left of the run before concerns nobody

    for (let next = run.start; next <= run.end; next++) {
      // What was said so far is about the pictures before a key, not about those behind it.
      if (isKey(index, next)) watch.heard(await log.verdict());
      if (next < run.end && this.#fetch?.isDue(next)) await this.#fetch.reach(next);
      if (next < run.end) this.#send(decoder, next, isSequential ? undefined : wanted, watch);
      else decoder.send(null);
      for (;;) {
        const result = decoder.receive();
        if (result === 'failed' && watch.failed()) continue;
        if (result !== 'frame') break;
        const rank = this.#rankOfFrame(decoder, labels);
        if (rank < 0) continue;
        if (this.#check?.shown(rank) === false) throw new IndexDisagreement();
        const { isDamaged } = decoder;
        this.stats.framesDecoded++;
        watch.shown(rank, isDamaged);
        if (!wanted.has(rank)) continue;
        watch.heard(await log.verdict());
        const trust = watch.trustIn(rank, isDamaged);
        const isGood = trust === 'trusted' || (isSequential && (trust === 'doubtful' || keepDamaged));
        if (!isGood) {
          refused.add(rank);
          continue;
        }
        wanted.delete(rank);
        yield this.#picture(rank, decoder, options);
      }
      if (isSequential) watch.heard(await log.verdict());
      if (breather.isDue) await breather.pause();
    }

    // FFmpeg's H.264 decoder carries traces of damage over a flush.
    if (watch.sawAnything) this.#dropDecoder();
    if (watch.isOutOfOrder && index.orderSource !== 'decoding') throw new IndexDisagreement();
    if (!isSequential) yield* wanted;
    else
      for (const rank of wanted)
        yield { rank, error: this.#unreadable(rank, watch.sawDamage || refused.has(rank), log.takeLines()) };
  }

  /** A decoder that knows nothing of what came before. */
  #freshDecoder(threads: number): VideoDecoder {
    this.#runNumber++;
    if (this.#decoder?.threads === threads && FLUSHABLE.has(this.#video.info.stream.codec)) {
      this.#decoder.flush();
      return this.#decoder;
    }
    this.#dropDecoder();
    this.#decoder = this.#packets.input.createDecoder(threads);
    return this.#decoder;
  }

  #dropDecoder(): void {
    this.#decoder?.[Symbol.dispose]();
    this.#decoder = undefined;
  }

  /** How many packets later the decoder may report what is wrong with one; unknown where it works on several at once. */
  #reportDelay(isSequential: boolean): number {
    if (!isSequential) return Number.POSITIVE_INFINITY;
    return this.#video.info.stream.codec === 'av1' ? 8 : 0;
  }

  async #moveTo(ordinal: number, signal: AbortSignal | undefined): Promise<void> {
    const before = this.#packets.seekCount;
    await this.#packets.moveTo(ordinal, signal);
    this.stats.seeks += this.#packets.seekCount - before;
  }

  /** `wanted`: what may not be passed over; undefined to decode everything. */
  #send(
    decoder: VideoDecoder,
    ordinal: number,
    wanted: ReadonlySet<number> | undefined,
    watch: DamageWatch,
  ): void {
    this.#packets.read();
    const { packet } = this.#packets.input;
    if (this.#check?.packet(ordinal, packet) === false) throw new IndexDisagreement();
    packet.pts = (this.#runNumber << RUN_SHIFT) | BigInt(ordinal);
    const isSkipped =
      wanted !== undefined && !this.#decodeEverything && isSkippable(this.#video.index, ordinal, wanted);
    decoder.skipNonReference(isSkipped);
    this.stats.packetsSent++;
    if (isSkipped) this.stats.framesSkipped++;
    watch.sent(ordinal, isSkipped);
    if (decoder.send(packet) !== 'sent') watch.failed();
  }

  /** The frame's number, −1 for a frame of an earlier run or one that is not shown. */
  #rankOfFrame(decoder: VideoDecoder, labels: Labels): number {
    const stamp = decoder.frame.pts;
    if (stamp >> RUN_SHIFT !== this.#runNumber) return -1;
    return labels.rankOf(Number(stamp & ORDINAL_MASK));
  }

  #picture(rank: number, decoder: VideoDecoder, options: ReadOptions): ReadFrame {
    const picture = this.#pictures.pictureOf(rank, decoder.frame, options);
    return picture instanceof FramesiftError ? { rank, error: picture } : { rank, ...picture };
  }

  #unreadable(frame: number, isDamaged: boolean, ffmpeg: readonly string[]): FramesiftError {
    const facts = { path: this.#file.path, frame, ffmpeg };
    if (isDamaged) {
      const message = `${this.#file.path}: frame ${frame} cannot be decoded as it was recorded: it, or a frame it is predicted from, is damaged in the file.`;
      return new FramesiftError('ERR_FRAME_DAMAGED', message, { facts });
    }
    const message = `${this.#file.path}: frame ${frame} is announced by the file and never shown: its decoder passes it over.`;
    return new FramesiftError('ERR_FRAME_MISSING', message, { facts });
  }
}

const isKey = (index: FrameIndex, ordinal: number): boolean =>
  ((index.packets.flags[ordinal] ?? 0) & KEY) !== 0;

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
