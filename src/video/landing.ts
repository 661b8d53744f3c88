// Puts a demuxer in front of a given packet, and proves that it is there.
import { FramesiftError } from '../base/errors.ts';
import type { MediaInput } from '../native/libav.ts';
import { type FrameIndex, nearestKey } from './frame-index.ts';
import type { MediaFile } from './media-file.ts';
import { openStream } from './open-stream.ts';
import { NO_TIMESTAMP, type PacketTable } from './packets.ts';

/** Containers without an index of their own: a byte of the file is the surest address. */
const BYTE_ADDRESSED = /^(mpegts|mpeg|h264|hevc|m4v|mpegvideo|vc1|obu|mjpeg)$/;

/** Reading on costs less than seeking up to this many packets. */
const READ_ON_PACKETS = 32;

/** A seek that lands this far before the wanted packet is still worth reading on from. */
const PATIENCE_PACKETS = 4000;

/**
 * Reads a stream's packets by ordinal. Every packet is recognised by its place and size in the file, so a
 * seek that lands elsewhere is noticed before anything is decoded.
 */
export class PacketReader {
  #input: MediaInput | undefined;
  readonly #index: FrameIndex;
  readonly #file: MediaFile;
  readonly #streamIndex: number;
  #addressBook: AddressBook | undefined;
  /** Ordinal of the packet that {@link read} will return next. */
  #next = 0;
  /** The packet in `input.packet` is number `#next` already (a landing read it to recognise it). */
  #isLoaded = false;
  #seekCount = 0;
  /** A seek has come to its place since the file was opened. */
  #hasMoved = false;

  constructor(file: MediaFile, streamIndex: number, index: FrameIndex) {
    this.#file = file;
    this.#streamIndex = streamIndex;
    this.#index = index;
  }

  /** The open file. A mirror is opened when what is read first is there. */
  get input(): MediaInput {
    this.#input ??= openStream(this.#file, this.#streamIndex).input;
    return this.#input;
  }

  /** Seeks made so far. */
  get seekCount(): number {
    return this.#seekCount;
  }

  /** Moves so that {@link read} returns packet `ordinal` next. @throws ERR_FILE_CHANGED; of a mirror as `Mirror.need` */
  async moveTo(ordinal: number, signal?: AbortSignal): Promise<void> {
    const { mirror } = this.#file;
    // Packets that FFmpeg has read while it opened a mirror may have been holes then: a seek makes it forget them.
    const canReadOn = mirror === undefined || this.#hasMoved;
    if (canReadOn && ordinal >= this.#next && ordinal - this.#next <= READ_ON_PACKETS) {
      if (this.#readOnTo(ordinal)) return;
    } else if ((ordinal > 0 || mirror !== undefined) && this.#seek(ordinal)) {
      this.#hasMoved = true;
      return;
    }
    await mirror?.needAll({ signal });
    this.#reopen();
    this.#hasMoved = true;
    if (!this.#readOnTo(ordinal)) throw this.#changed();
  }

  /** Loads the next packet into `input.packet` and returns its ordinal. @throws ERR_FILE_CHANGED */
  read(): number {
    if (!this.#isLoaded && !this.#load()) throw this.#changed();
    this.#isLoaded = false;
    return this.#next++;
  }

  [Symbol.dispose](): void {
    this.#input?.[Symbol.dispose]();
    this.#input = undefined;
  }

  #seek(ordinal: number): boolean {
    for (const attempt of this.#addresses(ordinal)) {
      this.#seekCount++;
      if (!attempt() || !this.#recognise(ordinal)) continue;
      if (this.#readOnTo(ordinal)) return true;
    }
    return false;
  }

  /** Ways to get in front of a packet, best first. */
  *#addresses(ordinal: number): Generator<() => boolean> {
    const { positions, dts, pts } = this.#index.packets;
    const toTime = (time: bigint) => () => time !== NO_TIMESTAMP && this.input.seekToTimestamp(time);
    if (BYTE_ADDRESSED.test(this.input.formatName) && positions[ordinal]! > 0) {
      yield () => this.input.seekToByte(positions[ordinal]!);
    }
    yield toTime(dts[ordinal]!);
    yield toTime(pts[ordinal]!);
    // Some demuxers land late: aim at the keys before.
    const rank = this.#index.ranks[ordinal]!;
    if (rank < 0) return;
    for (let key = nearestKey(this.#index, rank) - 1, tries = 0; key > 0 && tries < 3; key--, tries++) {
      yield toTime(dts[this.#index.keyOrdinals[key]!]!);
    }
  }

  /** Reads up to the first packet that is known without doubt; true when it is not behind `ordinal`. */
  #recognise(ordinal: number): boolean {
    for (let tries = 0; tries < PATIENCE_PACKETS && this.input.read(); tries++) {
      const found = this.#identify();
      if (found === undefined) continue;
      if (found > ordinal) return false;
      this.#next = found;
      this.#isLoaded = true;
      return true;
    }
    return false;
  }

  #identify(): number | undefined {
    const { packet } = this.input;
    this.#addressBook ??= new AddressBook(this.#index.packets);
    return this.#addressBook.find(Number(packet.pos), packet.dts, packet.size);
  }

  #readOnTo(ordinal: number): boolean {
    while (this.#next < ordinal) {
      if (!this.#isLoaded && !this.#load()) return false;
      this.#isLoaded = false;
      this.#next++;
    }
    return true;
  }

  /** Reads one packet and checks that it is number `#next`. */
  #load(): boolean {
    if (!this.input.read()) return false;
    const { sizes, positions } = this.#index.packets;
    const { packet } = this.input;
    return packet.size === sizes[this.#next] && isSamePlace(Number(packet.pos), positions[this.#next]!);
  }

  #reopen(): void {
    this[Symbol.dispose]();
    this.#hasMoved = false;
    this.#next = 0;
    this.#isLoaded = false;
  }

  #changed(): FramesiftError {
    return new FramesiftError(
      'ERR_FILE_CHANGED',
      `${this.#file.path}: is not the file that was indexed any more (it was replaced or cut while in use). Run the command again.`,
      { facts: { path: this.#file.path } },
    );
  }
}

const isSamePlace = (actual: number, expected: number): boolean =>
  actual === expected || actual < 0 || expected < 0;

/** Finds the ordinal of a packet by its byte position, or by its dts where the demuxer knows no positions. */
class AddressBook {
  readonly #packets: PacketTable;
  readonly #byPosition: boolean;
  readonly #keys: Float64Array;
  readonly #ordinals: Uint32Array;

  constructor(packets: PacketTable) {
    this.#packets = packets;
    this.#byPosition = packets.positions.every((position) => position >= 0);
    const keys = this.#byPosition ? packets.positions : Float64Array.from(packets.dts, Number);
    this.#ordinals = Uint32Array.from(keys, (_, i) => i).sort((a, b) => keys[a]! - keys[b]! || a - b);
    this.#keys = Float64Array.from(this.#ordinals, (ordinal) => keys[ordinal]!);
  }

  /** The ordinal, or undefined when no packet fits or several do. */
  find(position: number, dts: bigint, sizeBytes: number): number | undefined {
    const key = this.#byPosition ? position : Number(dts);
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    let found: number | undefined;
    for (let i = low; this.#keys[i] === key; i++) {
      const ordinal = this.#ordinals[i]!;
      if (this.#packets.sizes[ordinal] !== sizeBytes) continue;
      if (found !== undefined) return undefined;
      found = ordinal;
    }
    return found;
  }
}
