// H.264 pictures by their headers (ITU-T H.264, 7.3): where decoding can start, which pictures nobody refers to,
// which packets are second fields, and where pictures are missing.
import { BitReader, unescaped } from './bit-reader.ts';
import { type OrderParameters, PictureOrderCount, readOrderParameters } from './h264-order.ts';
import { BREAK, CONTINUES, CORRUPT, HIDDEN, KEY, NON_REFERENCE } from './packets.ts';
import type { PictureFacts } from './picture-facts.ts';

interface SequenceParameters {
  readonly hasSeparatePlanes: boolean;
  readonly frameNumBits: number;
  readonly order: OrderParameters;
  readonly mayHaveGaps: boolean;
  readonly isFramesOnly: boolean;
}

interface Slice {
  readonly isIdr: boolean;
  readonly isReference: boolean;
  readonly isIntra: boolean;
  /** Undefined while the parameter sets are not known. */
  readonly frameNum: number | undefined;
  readonly maxFrameNum: number;
  readonly mayHaveGaps: boolean;
  /** Undefined for a whole frame. */
  readonly field: 'top' | 'bottom' | undefined;
  /** Picture order count; undefined while the parameter sets are not known. */
  readonly order: number | undefined;
}

/**
 * Follows the parameter sets of a stream. Once one differs from those in the global header, decoding can only
 * start at keys that bring their own: whoever starts elsewhere would decode with others than a sequential decode.
 */
export class ParameterSets {
  readonly #known = new Set<string>();
  #areFixed = false;
  #haveChanged = false;

  /** A parameter set, as a NAL unit in `[start, end)`. */
  add(data: Uint8Array, start: number, end: number): void {
    const text = Buffer.from(data.buffer, data.byteOffset + start, end - start).toString('latin1');
    if (this.#areFixed && !this.#known.has(text)) this.#haveChanged = true;
    this.#known.add(text);
  }

  /** The global header has been read. */
  endOfHeader(): void {
    this.#areFixed = this.#known.size > 0;
  }

  /** @param kinds how many kinds of parameter sets the packet brings, of `complete` */
  canStartHere(kinds: number, complete: number): boolean {
    return !this.#haveChanged || kinds >= complete;
  }
}

/** Reads the pictures of a stream in decoding order, packet by packet. */
export class H264Headers {
  readonly #sequences = new Map<number, SequenceParameters>();
  readonly #sequenceOfPicture = new Map<number, number>();
  readonly #parameterSets = new ParameterSets();
  readonly #orderCount = new PictureOrderCount();
  #lastReferenceNum: number | undefined;
  #sequence = 0;
  /** Pictures are missing since the last IDR picture: order counts may be off. */
  #isOrderLost = false;
  /** A first field that waits for its second. */
  #openField: Slice | undefined;

  /** Reads the global header: parameter sets that stand before the first packet. */
  header(data: Uint8Array, units: Iterable<readonly [start: number, end: number]>): void {
    this.packet(data, units);
    this.#parameterSets.endOfHeader();
  }

  /** What a packet's NAL units, as `[start, end)` pairs, tell of its picture. */
  packet(data: Uint8Array, units: Iterable<readonly [start: number, end: number]>): PictureFacts {
    let hasRecoveryPoint = false;
    let first: Slice | undefined;
    let hasBothFields = false;
    const sets = new Set<number>();
    for (const [start, end] of units) {
      const type = data[start]! & 31;
      if (type === 7 || type === 8) {
        sets.add(type);
        this.#parameterSets.add(data, start, end);
      }
      if (type === 7) this.#readSequence(unescaped(data, start + 1, end, 512));
      else if (type === 8) this.#readPicture(unescaped(data, start + 1, end));
      else if (type === 6) hasRecoveryPoint ||= hasExactRecoveryPoint(data, start + 1, end);
      else if (type === 1 || type === 2 || type === 5) {
        const slice = this.#readSlice(data, start, end);
        first ??= slice;
        hasBothFields ||= slice.field !== first.field;
        // All slices of a frame are alike; only fields come two to a packet.
        if (first.field === undefined || hasBothFields) break;
      }
    }
    const bits = first === undefined ? KEY : this.#classify(first, hasRecoveryPoint, hasBothFields);
    const flags = this.#parameterSets.canStartHere(sets.size, 2) ? bits : bits & ~KEY;
    if (first?.isIdr) {
      this.#sequence++;
      this.#isOrderLost = false;
    }
    this.#isOrderLost ||= (flags & (BREAK | CORRUPT)) !== 0;
    return { flags, sequence: this.#sequence, order: this.#isOrderLost ? undefined : first?.order };
  }

  #classify(slice: Slice, hasRecoveryPoint: boolean, hasBothFields: boolean): number {
    if (this.#completes(slice)) {
      this.#openField = undefined;
      return CONTINUES | HIDDEN;
    }
    this.#openField = slice.field === undefined || hasBothFields ? undefined : slice;
    const continuity = this.#continuity(slice);
    if (slice.isIdr) this.#lastReferenceNum = 0;
    else if (slice.isReference) this.#lastReferenceNum = slice.frameNum;
    const key = slice.isIdr || hasRecoveryPoint || slice.isIntra ? KEY : 0;
    const nonReference = slice.isReference || slice.field !== undefined ? 0 : NON_REFERENCE;
    return key | nonReference | continuity;
  }

  /** True for the second field of the frame whose first field came last. */
  #completes({ field, frameNum, isIdr }: Slice): boolean {
    const open = this.#openField;
    return (
      open !== undefined &&
      field !== undefined &&
      field !== open.field &&
      frameNum === open.frameNum &&
      !isIdr
    );
  }

  /**
   * Reference pictures count up by one (7.4.3, frame_num). A jump to 0 or 1 may also be a reset by
   * memory_management_control_operation 5, which stands too deep in the header to be read here.
   */
  #continuity({ isIdr, frameNum, maxFrameNum, mayHaveGaps }: Slice): number {
    const last = this.#lastReferenceNum;
    if (isIdr || mayHaveGaps || frameNum === undefined || last === undefined) return 0;
    if (frameNum === last || frameNum === (last + 1) % maxFrameNum) return 0;
    return frameNum <= 1 ? CORRUPT : BREAK;
  }

  #readSlice(data: Uint8Array, start: number, end: number): Slice {
    const bits = new BitReader(unescaped(data, start + 1, end, 32));
    bits.ue(); // first_mb_in_slice
    const sliceType = bits.ue() % 5;
    const sequence = this.#sequences.get(this.#sequenceOfPicture.get(bits.ue()) ?? -1);
    const common = {
      isIdr: (data[start]! & 31) === 5,
      isReference: (data[start]! & 0x60) !== 0,
      isIntra: sliceType === 2 || sliceType === 4,
    };
    if (sequence === undefined) {
      return {
        ...common,
        frameNum: undefined,
        maxFrameNum: 1,
        mayHaveGaps: true,
        field: undefined,
        order: undefined,
      };
    }
    if (sequence.hasSeparatePlanes) bits.skip(2);
    const frameNum = bits.bits(sequence.frameNumBits);
    const isField = !sequence.isFramesOnly && bits.bit() === 1;
    const field = isField ? (bits.bit() === 1 ? 'bottom' : 'top') : undefined;
    if (common.isIdr) bits.ue(); // idr_pic_id
    const maxFrameNum = 2 ** sequence.frameNumBits;
    const order = this.#orderCount.read(bits, sequence.order, { ...common, frameNum, maxFrameNum });
    return { ...common, frameNum, maxFrameNum, mayHaveGaps: sequence.mayHaveGaps, field, order };
  }

  #readPicture(data: Uint8Array): void {
    const bits = new BitReader(data);
    const id = bits.ue();
    this.#sequenceOfPicture.set(id, bits.ue());
  }

  #readSequence(data: Uint8Array): void {
    const bits = new BitReader(data);
    const profile = bits.bits(8);
    bits.skip(16);
    const id = bits.ue();
    const hasSeparatePlanes = HIGH_PROFILES.has(profile) && readHighProfile(bits);
    const frameNumBits = bits.ue() + 4;
    const order = readOrderParameters(bits);
    bits.ue(); // max_num_ref_frames
    const mayHaveGaps = bits.bit() === 1;
    bits.ue(); // width
    bits.ue(); // height
    const isFramesOnly = bits.bit() === 1;
    if (frameNumBits > 16) return; // not a parameter set that makes sense
    this.#sequences.set(id, { hasSeparatePlanes, frameNumBits, order, mayHaveGaps, isFramesOnly });
  }
}

const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/** The part of a sequence parameter set that only high profiles have; true for separate colour planes. */
const readHighProfile = (bits: BitReader): boolean => {
  const chroma = bits.ue();
  const hasSeparatePlanes = chroma === 3 && bits.bit() === 1;
  bits.ue(); // bit depths
  bits.ue();
  bits.skip(1);
  if (bits.bit() === 0) return hasSeparatePlanes;
  for (let list = 0; list < (chroma === 3 ? 12 : 8); list++) {
    if (bits.bit() === 0) continue;
    for (let i = 0, last = 8, next = 8; i < (list < 6 ? 16 : 64); i++) {
      if (next !== 0) next = (last + bits.se() + 256) % 256;
      if (next !== 0) last = next;
    }
  }
  return hasSeparatePlanes;
};

/** True for a recovery point SEI (payload 6) that promises exact pictures at once: recovery_frame_cnt 0, exact_match_flag 1. */
const hasExactRecoveryPoint = (data: Uint8Array, start: number, end: number): boolean => {
  const readLength = (): number => {
    let length = 0;
    while (data[at] === 255) {
      length += 255;
      at++;
    }
    return length + (data[at++] ?? 0);
  };
  let at = start;
  while (at + 2 < end) {
    const type = readLength();
    const size = readLength();
    if (type === 6) {
      const bits = new BitReader(data, at, end);
      return bits.ue() === 0 && bits.bit() === 1;
    }
    at += size;
  }
  return false;
};
