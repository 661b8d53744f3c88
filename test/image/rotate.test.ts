import { describe, expect, it } from 'vitest';
import { rotate } from '../../src/image/rotate.ts';
import { parseSize, resolveSize } from '../../src/image/size.ts';

const pixelsOf = (letters: string): number[] =>
  [...letters].flatMap((letter) => [letter.charCodeAt(0), 0, 1]);

/** A picture of one-letter pixels. */
const picture = (...rows: string[]) => ({
  width: rows[0]!.length,
  height: rows.length,
  data: Uint8Array.from(pixelsOf(rows.join(''))),
});

/** The same as a decoder holds it: with so many bytes behind each row, and a row's worth behind the last. */
const held = (paddingBytes: number, ...rows: string[]) => {
  const padding = new Array<number>(paddingBytes).fill(255);
  const data = rows.flatMap((row) => [...pixelsOf(row), ...padding]);
  return {
    width: rows[0]!.length,
    height: rows.length,
    data: Uint8Array.from([...data, ...data]),
    strideBytes: rows[0]!.length * 3 + paddingBytes,
  };
};

describe.each([0, 1, 7])('rotate, %i bytes behind each row', (paddingBytes) => {
  const image = held(paddingBytes, 'abc', 'def');
  it.each([
    [0, picture('abc', 'def')],
    [90, picture('da', 'eb', 'fc')],
    [180, picture('fed', 'cba')],
    [270, picture('cf', 'be', 'ad')],
  ])('turns clockwise by %i degrees', (degrees, turned) => {
    expect(rotate(image, degrees)).toEqual(turned);
  });
});

describe.each([0, 5])('rotate with a mirror, %i bytes behind each row', (paddingBytes) => {
  const image = held(paddingBytes, 'abc', 'def');
  it.each([
    [0, picture('cba', 'fed')],
    [90, picture('fc', 'eb', 'da')],
    [180, picture('def', 'abc')],
    [270, picture('ad', 'be', 'cf')],
  ])('mirrors, then turns by %i degrees', (degrees, turned) => {
    expect(rotate(image, degrees, true)).toEqual(turned);
  });
});

it('copies into the memory that it is given', () => {
  const memory = new Uint8Array(18);
  const { data } = rotate(held(2, 'abc', 'def'), 0, false, () => memory);
  expect(data).toBe(memory);
});

describe('sizes', () => {
  const shown = { width: 1920, height: 1080 };
  it.each([
    ['640', { width: 640, height: 360 }],
    ['640x640', { width: 640, height: 640 }],
    ['640×100', { width: 640, height: 100 }],
    ['short:256', { width: 455, height: 256 }],
    ['1', { width: 1, height: 1 }],
  ])('%s of 1920×1080', (text, size) => {
    expect(resolveSize(shown, parseSize(text))).toEqual(size);
  });

  it.each([
    [1080, shown],
    [2000, shown],
    [540, { width: 960, height: 540 }],
  ])('a shorter side of %i at most never enlarges', (shortSide, size) => {
    expect(resolveSize(shown, { shortSide, isAtMost: true })).toEqual(size);
  });

  it.each(['', '0', 'x360', '640x', '-5', 'short:0', 'short:', '70000', '640x360x2', 'big'])(
    'refuses %j',
    (text) => {
      expect(() => parseSize(text)).toThrow(
        `${JSON.stringify(text)} is no size. Write a width (640), a box (640x360) or a shorter side (short:256), 1 to 65535 pixels.`,
      );
    },
  );
});
