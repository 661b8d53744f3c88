// A file on a server, as a file on this disk that holds what was needed of it so far.
import { createHash } from 'node:crypto';
import { withoutSecrets } from '../base/address.ts';
import { Slots, untilAborted } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import { writeError } from '../base/files.ts';
import { BlockFile } from './block-file.ts';
import { takeFirst, wholeBlocks } from './body.ts';
import { httpSource } from './http-source.ts';
import { MirrorFolder } from './mirror-folder.ts';
import { describesItself } from './outline.ts';
import { withPatience } from './patience.ts';
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

/** A remote file's mirror. Bytes come when they are needed, in requests side by side, and stay for the next process. */
export class Mirror {
  /** As it may be shown. */
  readonly address: string;
  readonly sizeBytes: number;
  /** Changes when the file's content does. */
  readonly version: string;
  /** The version speaks of every byte. */
  readonly isStrong: boolean;
  readonly #source: RangeSource;
  readonly #hasRanges: boolean;
  readonly #file: BlockFile;
  readonly #folder: MirrorFolder;
  readonly #requests = new Slots(MOST_REQUESTS);
  /** Blocks that are on their way. */
  readonly #underway = new Map<number, Promise<void>>();
  readonly #closing = new AbortController();
  #outline: Promise<boolean> | undefined;
  #isOutdated = false;

  private constructor(
    source: RangeSource,
    address: string,
    facts: {
      readonly sizeBytes: number;
      readonly version: string;
      readonly isStrong: boolean;
      readonly hasRanges: boolean;
    },
    file: BlockFile,
    folder: MirrorFolder,
  ) {
    this.#source = source;
    this.address = address;
    this.sizeBytes = facts.sizeBytes;
    this.version = facts.version;
    this.isStrong = facts.isStrong;
    this.#hasRanges = facts.hasRanges;
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
    const source = /^s3:/i.test(address) ? s3Source(address) : httpSource(address);
    const shown = withoutSecrets(address);
    return withPatience(shown, undefined, async (watch) => {
      const answer = await source.request([0, PORTIONS.firstBytes], watch.signal);
      const { body, isRange, totalBytes } = answer;
      if (totalBytes === undefined || totalBytes === 0) {
        body.destroy();
        throw totalBytes === 0
          ? new RemoteTrouble('empty', 'the file is empty')
          : new RemoteTrouble('other', 'the server does not say how large the file is');
      }
      const first = await takeFirst(body, Math.min(PORTIONS.firstBytes, totalBytes), watch);
      const version = answer.version ?? createHash('sha256').update(first).digest('hex');
      const facts = { sizeBytes: totalBytes, version, isStrong: answer.isStrong, hasRanges: isRange };
      const folder = await MirrorFolder.open(`${PORTIONS.blockBytes} ${shown} ${totalBytes} ${version}`);
      try {
        const file = await BlockFile.open(folder.path, totalBytes, PORTIONS.blockBytes);
        const mirror = new Mirror(source, shown, facts, file, folder);
        await mirror.#keep(0, first);
        return mirror;
      } catch (error) {
        await folder.leave();
        throw error instanceof FramesiftError ? error : writeError(folder.path, error);
      }
    });
  }

  /** The server's file has become another one. */
  get isOutdated(): boolean {
    return this.#isOutdated;
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
    if (this.#file.isWhole) return;
    await untilAborted(signal, this.#hasRanges ? this.#need(ranges, options) : this.#bringInOrder(options));
  }

  /** Goes on when whoever asked wants no more: others may wait for the same. */
  async #need(ranges: readonly ByteRange[], { onProgress }: NeedOptions): Promise<void> {
    const missing: number[] = [];
    const awaited = new Set<Promise<void>>();
    for (const [first, end] of blocksOf(ranges, this.#file)) {
      for (const block of await this.#file.missing(first, end)) {
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
    // All of them, so that none goes on alone when another one fails.
    const results = await Promise.allSettled(awaited);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Brings all of it. @throws as {@link need} */
  async needAll({ signal, onProgress }: NeedOptions = {}): Promise<void> {
    for (let start = 0; start < this.sizeBytes; start += STRETCH_BYTES) {
      const end = Math.min(this.sizeBytes, start + STRETCH_BYTES);
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
  describe({ signal, onProgress }: NeedOptions = {}): Promise<boolean> {
    this.#outline ??= this.#describe({ onProgress }).catch((error: unknown) => {
      this.#outline = undefined;
      throw error;
    });
    return untilAborted(signal, this.#outline);
  }

  async #describe(options: NeedOptions): Promise<boolean> {
    if (this.sizeBytes <= PORTIONS.smallBytes || !this.#hasRanges) {
      await this.needAll(options);
      return false;
    }
    return describesItself(this, options);
  }

  /** Closes the files. What came stays for others, within the bounds of the cache. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#underway.values());
    await this.#file.close();
    await this.#folder.leave();
  }

  #bring(first: number, end: number): Promise<void> {
    const coming = this.#requests
      .run(() => this.#fetch(first, end))
      .finally(() => {
        for (let block = first; block < end; block++) this.#underway.delete(block);
      });
    coming.catch(() => undefined); // whoever needs it is told
    for (let block = first; block < end; block++) this.#underway.set(block, coming);
    return coming;
  }

  /** Goes on behind what came when the connection breaks off. */
  async #fetch(first: number, end: number): Promise<void> {
    let next = first;
    await withPatience(this.address, this.#closing.signal, async (watch, progress) => {
      const [start, behind] = [
        next * this.#file.blockBytes,
        Math.min(end * this.#file.blockBytes, this.sizeBytes),
      ];
      const answer = await this.#source.request([start, behind], watch.signal);
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
    const coming =
      this.#underway.get(0) ?? this.#fetchInOrder(onProgress).finally(() => this.#underway.delete(0));
    this.#underway.set(0, coming);
    if ((await this.#file.missing(0, all)).length > 0) await coming;
    else coming.catch(() => undefined);
  }

  async #fetchInOrder(onProgress: NeedOptions['onProgress']): Promise<void> {
    if ((await this.#file.missing(0, this.#file.blockCount)).length === 0) return;
    await withPatience(this.address, this.#closing.signal, async (watch) => {
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
    { start, totalBytes = this.sizeBytes, version = this.version, isStrong, body }: RangeAnswer,
    wanted: number,
  ): void {
    // Versions that are mere dates may differ from server to server of the same service.
    const isOther = isStrong === this.isStrong && version !== this.version;
    if (start === wanted && totalBytes === this.sizeBytes && !isOther) return;
    body.destroy();
    this.#isOutdated = true;
    throw new FramesiftError(
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
