// The packets of one video stream as the container stores them: the raw material of a frame index.

/** The container marks the packet as a place where decoding can start. */
export const KEY = 1;
/** The picture is decoded but not shown (it lies outside the edit list). */
export const DISCARD = 2;
/** The packet yields no picture of its own (alt-ref frames, placeholders, leading pictures without references). */
export const HIDDEN = 4;
/** No other picture is predicted from this one. */
export const NON_REFERENCE = 8;
/** The packet may yield no picture or two: only decoding tells. */
export const SUSPECT = 16;

/** Belongs to the picture of the packet before: the second field of an interlaced frame. */
export const CONTINUES = 32;
/** The container reports that part of the packet is missing. */
export const CORRUPT = 64;
/** Pictures before this one are missing in the file. */
export const BREAK = 128;

/** A timestamp that is not there; FFmpeg's AV_NOPTS_VALUE. */
export const NO_TIMESTAMP: bigint = -(2n ** 63n);

/** Packets in decoding order; element `i` of each column belongs to packet number (ordinal) `i`. */
export interface PacketTable {
  readonly count: number;
  /** Byte position in the file; −1 where the demuxer does not know. */
  readonly positions: Float64Array;
  /** Stream ticks, or {@link NO_TIMESTAMP}. */
  readonly dts: BigInt64Array;
  readonly pts: BigInt64Array;
  readonly sizes: Uint32Array;
  /** Bits: {@link KEY}, {@link DISCARD}, … {@link BREAK}. */
  readonly flags: Uint8Array;
}

/** Collects packets whose number is not known beforehand. */
export class PacketTableBuilder {
  #count = 0;
  #positions = new Float64Array(1024);
  #dts = new BigInt64Array(1024);
  #pts = new BigInt64Array(1024);
  #sizes = new Uint32Array(1024);
  #flags = new Uint8Array(1024);

  get count(): number {
    return this.#count;
  }

  add(position: number, dts: bigint, pts: bigint, sizeBytes: number, flags: number): void {
    if (this.#count === this.#flags.length) this.#grow();
    const i = this.#count++;
    this.#positions[i] = position;
    this.#dts[i] = dts;
    this.#pts[i] = pts;
    this.#sizes[i] = sizeBytes;
    this.#flags[i] = flags;
  }

  finish(): PacketTable {
    const count = this.#count;
    return {
      count,
      positions: this.#positions.slice(0, count),
      dts: this.#dts.slice(0, count),
      pts: this.#pts.slice(0, count),
      sizes: this.#sizes.slice(0, count),
      flags: this.#flags.slice(0, count),
    };
  }

  #grow(): void {
    const capacity = this.#flags.length * 2;
    const grown = <T extends { set(from: T): void }>(make: T, from: T): T => {
      make.set(from);
      return make;
    };
    this.#positions = grown(new Float64Array(capacity), this.#positions);
    this.#dts = grown(new BigInt64Array(capacity), this.#dts);
    this.#pts = grown(new BigInt64Array(capacity), this.#pts);
    this.#sizes = grown(new Uint32Array(capacity), this.#sizes);
    this.#flags = grown(new Uint8Array(capacity), this.#flags);
  }
}
