import { describe, expect, it } from 'vitest';
import { BitReader } from '../../src/video/bit-reader.ts';
import { PictureOrderCount, readOrderParameters } from '../../src/video/h264-order.ts';

/** A reader of bits written as text; spaces do not count. */
const bits = (text: string): BitReader => {
  const digits = text.replaceAll(' ', '').padEnd(64, '0');
  return new BitReader(
    Uint8Array.from({ length: 8 }, (_, i) => Number.parseInt(digits.slice(i * 8, i * 8 + 8), 2)),
  );
};

const slice = (frameNum: number, { isIdr = false, isReference = true } = {}) => ({
  isIdr,
  isReference,
  frameNum,
  maxFrameNum: 16,
});

describe('picture order count, type 0', () => {
  const parameters = { type: 0, lsbBits: 4 } as const;

  it('counts on where the low bits wrap, from the reference picture before', () => {
    const count = new PictureOrderCount();
    const read = (lsb: number, kind?: Parameters<typeof slice>[1]): number =>
      count.read(bits(lsb.toString(2).padStart(4, '0')), parameters, slice(0, kind));
    expect(read(0, { isIdr: true })).toBe(0);
    expect(read(8)).toBe(8);
    expect(read(4, { isReference: false })).toBe(4);
    expect(read(0)).toBe(16);
    expect(read(12, { isReference: false })).toBe(12);
    expect(read(8)).toBe(24);
    expect(read(0, { isIdr: true })).toBe(0);
  });
});

describe('picture order count, type 1', () => {
  it('follows frame_num along the cycle', () => {
    // Delta always zero; −2 for what nobody refers to; one offset of 4 in the cycle (ue and se codes of 9.1).
    const parameters = readOrderParameters(bits('010 1 00101 1 010 0001000'));
    expect(parameters).toEqual({ type: 1, isDeltaZero: true, nonReferenceOffset: -2, cycle: [4] });
    const count = new PictureOrderCount();
    const read = (frameNum: number, kind?: Parameters<typeof slice>[1]): number =>
      count.read(bits(''), parameters, slice(frameNum, kind));
    expect(read(0, { isIdr: true })).toBe(0);
    expect(read(1)).toBe(4);
    expect(read(2, { isReference: false })).toBe(2);
    expect(read(2)).toBe(8);
    expect(read(15)).toBe(60);
    expect(read(0)).toBe(64);
  });
});

it('type 2 shows pictures as they are decoded', () => {
  const count = new PictureOrderCount();
  const parameters = readOrderParameters(bits('011'));
  expect([1, 2, 3].map((frameNum) => count.read(bits(''), parameters, slice(frameNum)))).toEqual([0, 0, 0]);
});
