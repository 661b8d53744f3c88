import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lumaOf } from '../../src/image/luma.ts';

const pixel = (red: number, green: number, blue: number) => ({
  width: 1,
  height: 1,
  data: Uint8Array.of(red, green, blue),
});

it.each([
  [0, 0, 0, 0],
  [255, 255, 255, 255],
  // What OpenCV 4.6 gives.
  [255, 0, 0, 76],
  [0, 255, 0, 150],
  [0, 0, 255, 29],
  [255, 255, 0, 226],
  [1, 2, 3, 2],
  [254, 253, 251, 253],
  [10, 200, 77, 129],
  // So near to a tie that one part in 32768 of any weight decides.
  [228, 205, 35, 193],
  [89, 254, 42, 180],
])('luma of %i, %i, %i is %i', (red, green, blue, luma) => {
  expect(lumaOf(pixel(red, green, blue)).data).toEqual(Uint8Array.of(luma));
});

it('goes through a picture row by row', () => {
  const image = { width: 2, height: 2, data: Uint8Array.of(1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4) };
  expect(lumaOf(image)).toEqual({ width: 2, height: 2, data: Uint8Array.of(1, 2, 3, 4) });
});

it('is the weighted sum to the nearest integer, or beside it where that is a near tie', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(byte, byte, byte, (red, green, blue) => {
      const exact = 0.299 * red + 0.587 * green + 0.114 * blue;
      expect(Math.abs(lumaOf(pixel(red, green, blue)).data[0]! - exact)).toBeLessThan(0.51);
    }),
  );
});
