// Where H.264 pictures are on screen: the picture order count (ITU-T H.264, 8.2.1).
import type { BitReader } from './bit-reader.ts';

/** The part of a sequence parameter set that says how order counts are written. */
export type OrderParameters =
  | { readonly type: 0; readonly lsbBits: number }
  | {
      readonly type: 1;
      readonly isDeltaZero: boolean;
      readonly nonReferenceOffset: number;
      readonly cycle: readonly number[];
    }
  /** Pictures are shown in decoding order. */
  | { readonly type: 2 };

/** Reads a sequence parameter set on from pic_order_cnt_type (7.3.2.1.1). */
export const readOrderParameters = (bits: BitReader): OrderParameters => {
  const type = bits.ue();
  if (type === 0) return { type, lsbBits: bits.ue() + 4 };
  if (type !== 1) return { type: 2 };
  const isDeltaZero = bits.bit() === 1;
  const nonReferenceOffset = bits.se();
  bits.se(); // offset_for_top_to_bottom_field
  const cycle = Array.from({ length: Math.min(255, bits.ue()) }, () => bits.se());
  return { type, isDeltaZero, nonReferenceOffset, cycle };
};

interface OrderedSlice {
  readonly isIdr: boolean;
  readonly isReference: boolean;
  readonly frameNum: number;
  readonly maxFrameNum: number;
}

/** Counts along a stream in decoding order. An IDR picture begins anew. */
export class PictureOrderCount {
  /** Of the reference picture before. */
  #msb = 0;
  #lsb = 0;
  #lastFrameNum = 0;
  #frameNumOffset = 0;

  /** The order count of a picture, from its slice header on from pic_order_cnt_lsb. */
  read(bits: BitReader, parameters: OrderParameters, slice: OrderedSlice): number {
    if (parameters.type === 0) return this.#fromLsb(bits.bits(parameters.lsbBits), parameters.lsbBits, slice);
    if (parameters.type === 1) {
      return this.#fromFrameNum(parameters, slice) + (parameters.isDeltaZero ? 0 : bits.se());
    }
    return 0;
  }

  /** 8.2.1.1: the low bits are written, the high ones follow from the reference picture before. */
  #fromLsb(lsb: number, lsbBits: number, { isIdr, isReference }: OrderedSlice): number {
    if (isIdr) [this.#msb, this.#lsb] = [0, 0];
    const range = 2 ** lsbBits;
    let msb = this.#msb;
    if (lsb < this.#lsb && this.#lsb - lsb >= range / 2) msb += range;
    else if (lsb > this.#lsb && lsb - this.#lsb > range / 2) msb -= range;
    if (isReference) [this.#msb, this.#lsb] = [msb, lsb];
    return msb + lsb;
  }

  /** 8.2.1.2: what frame_num leads to expect. */
  #fromFrameNum(
    { nonReferenceOffset, cycle }: Extract<OrderParameters, { type: 1 }>,
    { isIdr, isReference, frameNum, maxFrameNum }: OrderedSlice,
  ): number {
    if (isIdr) this.#frameNumOffset = 0;
    else if (this.#lastFrameNum > frameNum) this.#frameNumOffset += maxFrameNum;
    this.#lastFrameNum = frameNum;
    const sumOf = (offsets: readonly number[]): number => offsets.reduce((sum, offset) => sum + offset, 0);
    let place = cycle.length === 0 ? 0 : this.#frameNumOffset + frameNum;
    if (!isReference && place > 0) place--;
    const expected =
      place === 0
        ? 0
        : Math.floor((place - 1) / cycle.length) * sumOf(cycle) +
          sumOf(cycle.slice(0, ((place - 1) % cycle.length) + 1));
    return expected + (isReference ? 0 : nonReferenceOffset);
  }
}
