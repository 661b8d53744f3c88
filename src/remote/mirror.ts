// A file on a server, as a file on this disk that holds what was needed of it so far.
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { shownAddress } from '../base/address.ts';
import { Slots, untilAborted } from '../base/concurrency.ts';
import { FramesiftError, systemCodeOf } from '../base/errors.ts';
import { writeError } from '../base/files.ts';
import type { IdleWatch } from '../base/idle-watch.ts';
import { BlockFile } from './block-file.ts';
import { takeFirst, wholeBlocks } from './body.ts';
import { httpSource } from './http-source.ts';
import { MirrorFolder } from './mirror-folder.ts';
import { describesItself } from './outline.ts';
import { PATIENCE, withPatience } from './patience.ts';
import { type ByteRange, blocksOf, PORTIONS, spansOf } from './portions.ts';
import { type RangeAnswer, type RangeSource, RemoteTrouble } from './range-source.ts';
import { s3Source } from './s3-source.ts';

export interface NeedOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the share of what was missing that has come, in [0, 1]. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** What is asked for at once of a file that is needed as a whole. */
const STRETCH_BYTES = 256 * 1024 * 1024;
/** Requests at a time, for one file. */
const MOST_REQUESTS = 8;

/** What the server says of the file. */
interface Facts {
  readonly sizeBytes: number;
  /** Its entity tag or, where there is none, its date. */
  readonly version: string | undefined;
  readonly contentKey: string;
  /** The version speaks of every byte. */
  readonly isStrong: boolean;
  readonly hasRanges: boolean;
}

/** A remote file's mirror. Bytes come when they are needed, in requests side by side, and stay for the next process. */
export class Mirror {
  /** As it may be shown. */
  readonly address: string;
  readonly sizeBytes: number;
  /** Changes when the file's content does: 64 hexadecimal digits. */
  readonly contentKey: string;
  readonly #source: RangeSource;
  readonly #facts: Facts;
  readonly #file: BlockFile;
  readonly #folder: MirrorFolder;
  readonly #requests = new Slots(MOST_REQUESTS);
  /** Blocks that are on their way. */
  readonly #underway = new Map<number, Promise<void>>();
  #transfers = newTransfers();
  /** Callers that wait for bytes, and those that wait for the outline. */
  #waiting = 0;
  #outlineWaiting = 0;
  readonly #running = new Set<Promise<void>>();
  #outline: Promise<boolean> | undefined;
  #isOutdated = false;

  private constructor(
    source: RangeSource,
    address: string,
    facts: Facts,
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
    return withPatience(
      shown,
      undefined,
      async (watch) => {
        const source = /^s3:/i.test(address) ? s3Source(address) : httpSource(address);
        const answer = await source
          .request([0, PORTIONS.firstBytes], watch.signal)
          .catch((error: unknown) => {
            // Nothing lies outside but of an empty file.
            const isEmpty = error instanceof RemoteTrouble && error.kind === 'outside';
            throw isEmpty ? new RemoteTrouble('empty', error.message) : error;
          });
        const { body, isRange, totalBytes, start } = answer;
        if (start > 0) {
          body.destroy();
          throw new RemoteTrouble('other', 'the server sends other bytes than those asked for');
        }
        if (totalBytes === undefined || totalBytes === 0) {
          body.destroy();
          throw totalBytes === 0
            ? new RemoteTrouble('empty', 'the file is empty')
            : new RemoteTrouble('other', 'the server does not say how large the file is');
        }
        const first = await takeFirst(body, Math.min(PORTIONS.firstBytes, totalBytes), watch);
        const { version, isStrong } = answer;
        // A date alone says little: recordings grow, and copies keep dates. So both ends are looked at each time.
        const ends = isStrong ? '' : await fingerprint(source, first, isRange ? totalBytes : 0, watch);
        const contentKey = createHash('sha256')
          .update(`${shown} ${totalBytes} ${version} ${ends}`)
          .digest('hex');
        const facts = { sizeBytes: totalBytes, version, contentKey, isStrong, hasRanges: isRange };
        const folder = await MirrorFolder.open(`${PORTIONS.blockBytes} ${contentKey}`);
        let file: BlockFile | undefined;
        try {
          file = await BlockFile.open(folder.path, totalBytes, PORTIONS.blockBytes);
          // Between being made and being opened, the folder may have had to go.
          if (!(await file.isInPlace())) throw new RemoteTrouble('passing', 'the cache was being cleared');
          const mirror = new Mirror(source, shown, facts, file, folder);
          await mirror.#keep(0, first);
          return mirror;
        } catch (error) {
          await file?.close();
          await folder.leave();
          const isKnown = error instanceof FramesiftError || error instanceof RemoteTrouble;
          // Whoever clears the cache has been here between two steps.
          if (systemCodeOf(error) === 'ENOENT')
            throw new RemoteTrouble('passing', 'the cache was being cleared');
          throw isKnown ? error : writeError(folder.path, error);
        }
      },
      PATIENCE.firstTries,
    );
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
      if (--this.#waiting === 0 && signal?.aborted) this.#stop(this.#transfers, signal.reason);
    }
  }

  /** Ends what is under way, unless that has been done. Whoever asks from now on is asked for anew. */
  #stop(transfers: AbortController, reason: unknown): void {
    if (transfers !== this.#transfers) return;
    this.#transfers = newTransfers();
    this.#underway.clear();
    transfers.abort(reason);
  }

  async #need(ranges: readonly ByteRange[], { onProgress }: NeedOptions): Promise<void> {
    const transfers = this.#transfers;
    const missing: number[] = [];
    const awaited = new Set<Promise<void>>();
    for (const [first, end] of blocksOf(ranges, this.#file)) {
      const absent = await this.#file.missing(first, end);
      transfers.signal.throwIfAborted();
      for (const block of absent) {
        const coming = this.#underway.get(block);
        if (coming === undefined) missing.push(block);
        else awaited.add(coming);
      }
    }
    let brought = 0;
    for (const [first, end] of spansOf(missing, this.#file)) {
      const coming = this.#bring(first, end).then(() => {
        brought += end - first;
        onProgress?.(Math.min(1, brought / missing.length));
      });
      awaited.add(coming);
    }
    try {
      await Promise.all(awaited);
    } catch (error) {
      // A server that fails for good fails for all.
      this.#stop(transfers, error);
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
        this.#stop(this.#transfers, signal.reason);
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
    this.#stop(this.#transfers, new Error('closed'));
    await Promise.allSettled(this.#running);
    await this.#file.close();
    await this.#folder.leave();
  }

  #bring(first: number, end: number): Promise<void> {
    const { signal } = this.#transfers;
    const coming = this.#requests
      .run(() => this.#fetch(first, end, signal))
      .finally(() => {
        this.#running.delete(coming);
        for (let block = first; block < end; block++)
          if (this.#underway.get(block) === coming) this.#underway.delete(block);
      });
    this.#running.add(coming);
    coming.catch(() => undefined); // whoever needs it is told
    for (let block = first; block < end; block++) this.#underway.set(block, coming);
    return coming;
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
    const all = this.#file.blockCount;
    const coming = this.#underway.get(0) ?? this.#beginInOrder(onProgress);
    if ((await this.#file.missing(0, all)).length > 0) await coming;
  }

  #beginInOrder(onProgress: NeedOptions['onProgress']): Promise<void> {
    const coming = this.#fetchInOrder(onProgress).finally(() => {
      this.#running.delete(coming);
      if (this.#underway.get(0) === coming) this.#underway.delete(0);
    });
    this.#running.add(coming);
    coming.catch(() => undefined); // whoever needs it is told
    this.#underway.set(0, coming);
    return coming;
  }

  async #fetchInOrder(onProgress: NeedOptions['onProgress']): Promise<void> {
    const { signal } = this.#transfers;
    if ((await this.#file.missing(0, this.#file.blockCount)).length === 0) return;
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

/** Every request listens to it. */
const newTransfers = (): AbortController => {
  const transfers = new AbortController();
  setMaxListeners(0, transfers.signal);
  return transfers;
};

/** Of the first and the last bytes of a file. */
const fingerprint = async (
  source: RangeSource,
  first: Uint8Array,
  sizeBytes: number,
  watch: IdleWatch,
): Promise<string> => {
  const hash = createHash('sha256').update(first);
  const lastBytes = Math.min(PORTIONS.firstBytes, sizeBytes - first.length);
  if (lastBytes > 0) {
    const { body } = await source.request([sizeBytes - lastBytes, sizeBytes], watch.signal);
    hash.update(await takeFirst(body, lastBytes, watch));
  }
  return hash.digest('hex');
};
