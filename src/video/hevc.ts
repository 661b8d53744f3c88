// HEVC pictures by their headers (ITU-T H.265, 7.3): where decoding can start, which pictures nobody refers to, and
// where they are on screen.
import { BitReader, unescaped } from './bit-reader.ts';
import { ParameterSets } from './h264.ts';
import { KEY, NON_REFERENCE } from './packets.ts';
import type { PictureFacts } from './picture-facts.ts';

interface PictureParameters {
  readonly sequenceId: number;
  readonly hasOutputFlag: boolean;
  readonly extraBits: number;
}

interface SequenceParameters {
  readonly hasSeparatePlanes: boolean;
  readonly lsbBits: number;
}

/** NAL unit types (table 7-1). */
const FIRST_IRAP = 16;
const LAST_BLA = 18;
const LAST_IDR = 20;
const LAST_IRAP = 23;
const LAST_SLICE = 31;
const SPS = 33;
const PPS = 34;
const END_OF_SEQUENCE = 36;

/** Reads the pictures of a stream in decoding order, packet by packet. */
export class HevcHeaders {
  readonly #parameterSets = new ParameterSets();
  readonly #sequences = new Map<number, SequenceParameters>();
  readonly #pictures = new Map<number, PictureParameters>();
  #sequence = 0;
  /** The next IRAP picture begins a sequence, whatever its type. */
  #isAtStart = true;
  #msb = 0;
  #lsb = 0;

  /** Reads the global header: parameter sets that stand before the first packet. */
  header(data: Uint8Array, units: Iterable<readonly [start: number, end: number]>): void {
    for (const [start, end] of units) this.#readSet((data[start]! >> 1) & 63, data, start, end);
    this.#parameterSets.endOfHeader();
  }

  /** What a packet's NAL units, as `[start, end)` pairs, tell of its picture. */
  packet(
    data: Uint8Array,
    units: Iterable<readonly [start: number, end: number]>,
    isFlaggedKey: boolean,
  ): PictureFacts {
    const sets = new Set<number>();
    for (const [start, end] of units) {
      const type = (data[start]! >> 1) & 63;
      if (type > LAST_SLICE) {
        if (this.#readSet(type, data, start, end)) sets.add(type);
        if (type === END_OF_SEQUENCE) this.#isAtStart = true;
        continue;
      }
      const temporalId = Math.max(0, ((data[start + 1] ?? 1) & 7) - 1);
      const isKey = type >= FIRST_IRAP && type <= LAST_IRAP;
      // Sub-layer non-reference pictures have even types below 16.
      const nonReference = type < FIRST_IRAP && type % 2 === 0 ? NON_REFERENCE : 0;
      const key = isKey && isFlaggedKey && this.#parameterSets.canStartHere(sets.size, 3) ? KEY : 0;
      const order = this.#readOrder(type, temporalId, unescaped(data, start + 2, end, 32));
      return { flags: key | nonReference, temporalId, sequence: this.#sequence, order };
    }
    return { flags: isFlaggedKey ? KEY : 0, sequence: this.#sequence, order: undefined };
  }

  /** The picture order count (8.3.1), from a slice segment header; undefined while parameter sets are not known. */
  #readOrder(type: number, temporalId: number, header: Uint8Array): number | undefined {
    const bits = new BitReader(header);
    bits.skip(1); // first_slice_segment_in_pic_flag
    const isIrap = type >= FIRST_IRAP && type <= LAST_IRAP;
    if (isIrap) bits.skip(1); // no_output_of_prior_pics_flag
    const begins = isIrap && (type <= LAST_IDR || this.#isAtStart);
    if (begins) {
      this.#sequence++;
      this.#isAtStart = false;
      [this.#msb, this.#lsb] = [0, 0];
    }
    if (type > LAST_BLA && type <= LAST_IDR) return 0;
    const picture = this.#pictures.get(bits.ue());
    const sequence = picture && this.#sequences.get(picture.sequenceId);
    if (sequence === undefined) return undefined;
    bits.skip(picture!.extraBits);
    bits.ue(); // slice_type
    if (picture!.hasOutputFlag) bits.skip(1);
    if (sequence.hasSeparatePlanes) bits.skip(2);
    const lsb = bits.bits(sequence.lsbBits);
    const range = 2 ** sequence.lsbBits;
    let msb = this.#msb;
    if (begins) msb = 0;
    else if (lsb < this.#lsb && this.#lsb - lsb >= range / 2) msb += range;
    else if (lsb > this.#lsb && lsb - this.#lsb > range / 2) msb -= range;
    // Leading pictures (types 6 to 9) and those that nobody refers to do not count on.
    const counts = temporalId === 0 && !(type < FIRST_IRAP && (type % 2 === 0 || (type >= 6 && type <= 9)));
    if (counts) [this.#msb, this.#lsb] = [msb, lsb];
    return msb + lsb;
  }

  /** True for a parameter set. */
  #readSet(type: number, data: Uint8Array, start: number, end: number): boolean {
    if (type < 32 || type > PPS) return false;
    this.#parameterSets.add(data, start, end);
    if (type === SPS) this.#readSequence(unescaped(data, start + 2, end, 256));
    if (type === PPS) this.#readPicture(unescaped(data, start + 2, end));
    return true;
  }

  #readPicture(data: Uint8Array): void {
    const bits = new BitReader(data);
    const id = bits.ue();
    const sequenceId = bits.ue();
    bits.skip(1); // dependent_slice_segments_enabled_flag: a picture's first segment is never dependent
    this.#pictures.set(id, { sequenceId, hasOutputFlag: bits.bit() === 1, extraBits: bits.bits(3) });
  }

  #readSequence(data: Uint8Array): void {
    const bits = new BitReader(data);
    bits.skip(4);
    const subLayers = bits.bits(3);
    bits.skip(1);
    skipProfileTierLevel(bits, subLayers);
    const id = bits.ue();
    const hasSeparatePlanes = bits.ue() === 3 && bits.bit() === 1;
    bits.ue(); // width
    bits.ue(); // height
    if (bits.bit() === 1) for (let i = 0; i < 4; i++) bits.ue(); // conformance window
    bits.ue(); // bit depths
    bits.ue();
    const lsbBits = bits.ue() + 4;
    if (lsbBits <= 16) this.#sequences.set(id, { hasSeparatePlanes, lsbBits });
  }
}

/** 7.3.3: 88 bits of the general profile, 8 of its level, then what is there of each sub-layer. */
const skipProfileTierLevel = (bits: BitReader, subLayers: number): void => {
  bits.skip(96);
  const present = Array.from({ length: subLayers }, () => [bits.bit() * 88, bits.bit() * 8] as const);
  if (subLayers > 0) bits.skip(2 * (8 - subLayers));
  for (const [profile, level] of present) bits.skip(profile + level);
};
