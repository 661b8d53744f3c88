// A file on a server, as a file on this disk that holds what was needed of it so far.
import { shownAddress } from '../base/address.ts';
import { untilAborted } from '../base/concurrency.ts';
import { FramesiftError, systemCodeOf } from '../base/errors.ts';
import { writeError } from '../base/files.ts';
import type { IdleWatch } from '../base/idle-watch.ts';
import { BlockFile } from './block-file.ts';
import { wholeBlocks } from './body.ts';
import { type FileFacts, lookAt } from './first-look.ts';
import { httpSource } from './http-source.ts';
import { beingCleared, MirrorFolder } from './mirror-folder.ts';
import { describesItself } from './outline.ts';
import { PATIENCE, withPatience } from './patience.ts';
import { type ByteRange, blocksOf, PORTIONS, spansOf } from './portions.ts';
import { type RangeAnswer, type RangeSource, RemoteTrouble } from './range-source.ts';
import { s3Source } from './s3-source.ts';
import { Transfers } from './transfers.ts';

export interface NeedOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the share of what was missing that has come, in [0, 1]. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** What is asked for at once of a file that is needed as a whole. */
const STRETCH_BYTES = 256 * 1024 * 1024;
/** A remote file's mirror. Bytes come when they are needed, in requests side by side, and stay for the next process. */
export class Mirror {
  /** As it may be shown. */
  readonly address: string;
  readonly sizeBytes: number;
  /** Changes when the file's content does: 64 hexadecimal digits. */
  readonly contentKey: string;
  readonly #source: RangeSource;
  readonly #facts: FileFacts;
  readonly #file: BlockFile;
  readonly #folder: MirrorFolder;
  readonly #transfers = new Transfers();
  /** Callers that wait for bytes, and those that wait for the outline. */
  #waiting = 0;
  #outlineWaiting = 0;
  #outline: Promise<boolean> | undefined;
  #isOutdated = false;

  private constructor(
    source: RangeSource,
    address: string,
    facts: FileFacts,
    file: BlockFile,
    folder: MirrorFolder,
  ) {
    this.#source = source;
    this.address = address;
    this.sizeBytes = facts.sizeBytes;
    this.contentKey = facts.contentKey;
    this.#facts = facts;
    this.#file = file;
    this.#folder = folder;
  }

  /**
   * Asks the server what is there.
   *
   * @param address `http://…`, `https://…` or `s3://…`
   * @throws ERR_NOT_FOUND, ERR_REMOTE, ERR_VIDEO_OPEN for an empty file, ERR_MISSING_DEPENDENCY, ERR_WRITE
   */
  static async open(address: string): Promise<Mirror> {
    const shown = shownAddress(address);
    const open = async (watch: IdleWatch): Promise<Mirror> => {
      const source = /^s3:/i.test(address) ? s3Source(address) : httpSource(address);
      const { facts, first } = await lookAt(source, shown, watch);
      const folder = await MirrorFolder.open(`${PORTIONS.blockBytes} ${facts.contentKey}`);
      let file: BlockFile | undefined;
      try {
        file = await BlockFile.open(folder.path, facts.sizeBytes, PORTIONS.blockBytes);
        // Between being made and being opened, the folder may have had to go.
        if (!(await file.isInPlace())) throw beingCleared();
        const mirror = new Mirror(source, shown, facts, file, folder);
        await mirror.#keep(0, first);
        return mirror;
      } catch (error) {
        await file?.close();
        await folder.leave();
        if (systemCodeOf(error) === 'ENOENT') throw beingCleared();
        throw error instanceof RemoteTrouble ? error : writeError(folder.path, error);
      }
    };
    return withPatience(shown, undefined, open, PATIENCE.firstTries);
  }

  /** The server's file has become another one. */
  get isOutdated(): boolean {
    return this.#isOutdated;
  }

  /** Whether {@link place} is still this mirror's: it may have been removed from the cache. */
  isInPlace(): Promise<boolean> {
    return this.#file.isInPlace();
  }

  /** The local file, of the full size, with holes. */
  get place(): string {
    return this.#file.path;
  }

  /**
   * Brings the bytes of these ranges. What lies close beside them may come along.
   *
   * @throws ERR_FILE_CHANGED when the server's file is another one by now, ERR_REMOTE, ERR_WRITE, or the signal's reason
   */
  async need(ranges: readonly ByteRange[], options: NeedOptions = {}): Promise<void> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.#file.isWhole) return;
    this.#waiting++;
    try {
      const work = this.#facts.hasRanges ? this.#need(ranges, options) : this.#bringInOrder(options);
      await untilAborted(signal, work);
    } finally {
      // What nobody waits for need not come.
      if (--this.#waiting === 0 && signal?.aborted)
        this.#transfers.stop(this.#transfers.round, signal.reason);
    }
  }

  async #need(ranges: readonly ByteRange[], { onProgress }: NeedOptions): Promise<void> {
    const { round } = this.#transfers;
    const missing: number[] = [];
    const awaited = new Set<Promise<void>>();
    for (const [first, end] of blocksOf(ranges, this.#file)) {
      const absent = await this.#file.missing(first, end);
      round.signal.throwIfAborted();
      for (const block of absent) {
        const coming = this.#transfers.bringing(block);
        if (coming === undefined) missing.push(block);
        else awaited.add(coming);
      }
    }
    let brought = 0;
    for (const [first, end] of spansOf(missing, this.#file)) {
      const coming = this.#transfers
        .begin(first, end, (signal) => this.#fetch(first, end, signal))
        .then(() => {
          brought += end - first;
          onProgress?.(Math.min(1, brought / missing.length));
        });
      awaited.add(coming);
    }
    try {
      await Promise.all(awaited);
    } catch (error) {
      // A server that fails for good fails for all.
      this.#transfers.stop(round, error);
      await Promise.allSettled(awaited);
      throw error;
    }
  }

  /** Brings all of it. @throws as {@link need} */
  async needAll({ signal, onProgress }: NeedOptions = {}): Promise<void> {
    const stretchBytes = this.#facts.hasRanges ? STRETCH_BYTES : this.sizeBytes;
    for (let start = 0; start < this.sizeBytes; start += stretchBytes) {
      const end = Math.min(this.sizeBytes, start + stretchBytes);
      const onShare = (share: number): void => onProgress?.((start + share * (end - start)) / this.sizeBytes);
      await this.need([[start, end]], { signal, onProgress: onShare });
    }
  }

  /** Bytes of `[start, end)`, as far as the file goes. @throws as {@link need} */
  async read(start: number, end: number, options?: NeedOptions): Promise<Uint8Array> {
    const range: ByteRange = [Math.min(start, this.sizeBytes), Math.min(end, this.sizeBytes)];
    await this.need([range], options);
    return this.#file.read(...range);
  }

  /**
   * Brings what describes the file, where that can be told from the media themselves: then true. Small files are brought
   * at once.
   *
   * @throws as {@link need}
   */
  async describe({ signal, onProgress }: NeedOptions = {}): Promise<boolean> {
    this.#outline ??= this.#describe({ onProgress }).catch((error: unknown) => {
      this.#outline = undefined;
      throw error;
    });
    this.#outlineWaiting++;
    try {
      return await untilAborted(signal, this.#outline);
    } finally {
      // The outline itself waits for bytes, once.
      if (--this.#outlineWaiting === 0 && signal?.aborted && this.#waiting <= 1)
        this.#transfers.stop(this.#transfers.round, signal.reason);
    }
  }

  async #describe(options: NeedOptions): Promise<boolean> {
    if (this.sizeBytes <= PORTIONS.smallBytes || !this.#facts.hasRanges) {
      await this.needAll(options);
      return false;
    }
    return describesItself(this, options);
  }

  /** Forgets it at once, when the process ends: nobody is left to wait for anything. */
  leaveSync(): void {
    this.#folder.leaveSync();
  }

  /** Closes the files. What came stays for others, within the bounds of the cache. */
  async close(): Promise<void> {
    this.#transfers.stop(this.#transfers.round, new Error('closed'));
    await this.#transfers.settled();
    await this.#file.close();
    await this.#folder.leave();
  }

  /** Goes on behind what came when the connection breaks off. */
  async #fetch(first: number, end: number, signal: AbortSignal): Promise<void> {
    let next = first;
    await withPatience(this.address, signal, async (watch, progress) => {
      const [start, behind] = [
        next * this.#file.blockBytes,
        Math.min(end * this.#file.blockBytes, this.sizeBytes),
      ];
      const answer = await this.#source.request([start, behind], watch.signal).catch((error: unknown) => {
        const isShorter = error instanceof RemoteTrouble && /^(?:empty|outside)$/.test(error.kind);
        throw isShorter ? this.#changed() : error;
      });
      this.#check(answer, start);
      for await (const data of wholeBlocks(answer.body, behind - start, this.#file.blockBytes, watch)) {
        await this.#keep(next, data);
        next += Math.ceil(data.length / this.#file.blockBytes);
        progress();
      }
    });
  }

  /** For servers that send everything or nothing. */
  async #bringInOrder({ onProgress }: NeedOptions): Promise<void> {
    if ((await this.#file.missing(0, this.#file.blockCount)).length === 0) return;
    const begun = this.#transfers.bringing(0);
    await (begun ?? this.#transfers.begin(0, 1, (signal) => this.#fetchInOrder(signal, onProgress)));
  }

  async #fetchInOrder(signal: AbortSignal, onProgress: NeedOptions['onProgress']): Promise<void> {
    await withPatience(this.address, signal, async (watch) => {
      const answer = await this.#source.request(undefined, watch.signal);
      this.#check(answer, 0);
      let next = 0;
      for await (const data of wholeBlocks(answer.body, this.sizeBytes, this.#file.blockBytes, watch)) {
        await this.#keep(next, data);
        next += Math.ceil(data.length / this.#file.blockBytes);
        onProgress?.(Math.min(1, (next * this.#file.blockBytes) / this.sizeBytes));
      }
    });
  }

  /** @throws ERR_FILE_CHANGED */
  #check(
    { start, totalBytes = this.sizeBytes, version = this.#facts.version, isStrong, body }: RangeAnswer,
    wanted: number,
  ): void {
    const isOther = isStrong === this.#facts.isStrong && version !== this.#facts.version;
    if (start === wanted && totalBytes === this.sizeBytes && !isOther) return;
    body.destroy();
    if (totalBytes === this.sizeBytes && !isOther)
      throw new RemoteTrouble('passing', 'the server sent other bytes than those asked for');
    throw this.#changed();
  }

  #changed(): FramesiftError {
    this.#isOutdated = true;
    return new FramesiftError(
      'ERR_FILE_CHANGED',
      `${this.address}: is not the file any more that it was when it was first asked for (it was replaced while in use). Run the command again.`,
      { facts: { path: this.address } },
    );
  }

  /** Whole blocks. @throws ERR_WRITE */
  async #keep(first: number, data: Uint8Array): Promise<void> {
    try {
      const isEnd = first * this.#file.blockBytes + data.length === this.sizeBytes;
      const whole = isEnd ? data : data.subarray(0, data.length - (data.length % this.#file.blockBytes));
      await this.#file.write(first, whole);
    } catch (error) {
      throw writeError(this.#folder.path, error);
    }
  }
}
