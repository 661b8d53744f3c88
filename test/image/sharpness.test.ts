import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LumaPlane } from '../../src/image/luma.ts';
import { laplacianVariance } from '../../src/image/sharpness.ts';
import { anyPlane, detailed, flippedPlane, planeOf } from '../support/planes.ts';

/** By its definition: the picture set out with its mirrored border, then every product of the kernel. */
const naive = ({ width, height, data }: LumaPlane): number => {
  const mirrored = (place: number, count: number): number =>
    count === 1 ? 0 : count - 1 - Math.abs(count - 1 - Math.abs(place));
  const at = (x: number, y: number): number => data[mirrored(y, height) * width + mirrored(x, width)]!;
  const kernel = [
    [0, 1, 0],
    [1, -4, 1],
    [0, 1, 0],
  ];
  const laplacians = Array.from(data, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    let sum = 0;
    for (const [row, weights] of kernel.entries())
      for (const [column, weight] of weights.entries()) sum += weight * at(x + column - 1, y + row - 1);
    return sum;
  });
  const mean = laplacians.reduce((sum, value) => sum + value, 0) / laplacians.length;
  return laplacians.reduce((sum, value) => sum + (value - mean) ** 2, 0) / laplacians.length;
};

describe('the variance of the Laplacian', () => {
  it.each([
    [512, 288, 109590.73109354776],
    [7, 5, 44024.86857142857],
    [1, 9, 18200.765432098764],
    [9, 1, 2322.4444444444443],
    [2, 2, 4704],
    [1, 1, 0],
  ])('of %i × %i pixels is that of OpenCV 4.6', (width, height, expected) => {
    expect(laplacianVariance(detailed(width, height)) / (expected || 1)).toBeCloseTo(expected && 1, 13);
  });

  it('is computed by hand for a white dot', () => {
    // The dot's pixel gives -40, its four neighbours 20 each, since beyond the edge the dot stands again.
    const dot = planeOf(3, 3, (x, y) => (x === 1 && y === 1 ? 10 : 0));
    expect(laplacianVariance(dot)).toBeCloseTo((40 ** 2 + 4 * 20 ** 2 - 40 ** 2 / 9) / 9, 10);
  });

  it('is largest for a chessboard', () => {
    expect(laplacianVariance(planeOf(8, 8, (x, y) => ((x + y) % 2) * 255))).toBe(1020 ** 2);
  });

  it('is as by its definition for any picture, and the same in the mirror', () => {
    fc.assert(
      fc.property(anyPlane, (plane) => {
        expect(laplacianVariance(plane)).toBeCloseTo(naive(plane), 6);
        expect(laplacianVariance(flippedPlane(plane))).toBeCloseTo(naive(plane), 6);
      }),
    );
  });

  it('is 0 for a plain picture of any size', () => {
    const side = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(side, side, fc.integer({ min: 0, max: 255 }), (width, height, luma) => {
        expect(laplacianVariance(planeOf(width, height, () => luma))).toBe(0);
      }),
    );
  });
});
