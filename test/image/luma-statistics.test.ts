import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lumaStatistics } from '../../src/image/luma-statistics.ts';
import { anyPlane, detailed, flippedPlane, planeOf } from '../support/planes.ts';

it.each([
  ['plain', [7, 7, 7, 7], { luminance: 7, contrast: 0, entropy: 0 }],
  ['half black, half white', [0, 255, 0, 255], { luminance: 127.5, contrast: 127.5, entropy: 1 }],
  ['of four greys', [10, 20, 30, 40], { luminance: 25, contrast: Math.sqrt(125), entropy: 2 }],
  [
    'a quarter white',
    [0, 0, 0, 200],
    { luminance: 50, contrast: Math.sqrt(7500), entropy: 0.811278124459133 },
  ],
])('of a picture that is %s', (_, luma, expected) => {
  const found = lumaStatistics({ width: 2, height: 2, data: Uint8Array.from(luma) });
  expect(found.luminance).toBe(expected.luminance);
  expect(found.contrast).toBeCloseTo(expected.contrast, 12);
  expect(found.entropy).toBeCloseTo(expected.entropy, 12);
});

it('knows shadows and highlights, as numpy.quantile', () => {
  // 100 pixels of luma 0 to 99 and one more.
  const { shadows, highlights } = lumaStatistics(planeOf(101, 1, (x) => x));
  expect([shadows, highlights]).toEqual([5, 99]);
});

it('has all 8 bits where every luma is as frequent', () => {
  expect(lumaStatistics(planeOf(32, 16, (_x, _y, i) => i)).entropy).toBe(8);
});

it.each([
  // Sides, and numpy's mean and std.
  [512, 288, 127.24308268229167, 74.02285399690938],
  [7, 5, 103.85714285714286, 65.92902801265826],
])('of %i × %i pixels as numpy has it', (width, height, mean, std) => {
  const { luminance, contrast } = lumaStatistics(detailed(width, height));
  expect(luminance).toBeCloseTo(mean, 10);
  expect(contrast).toBeCloseTo(std, 10);
});

describe('any picture', () => {
  it('is measured as by its definition', () => {
    fc.assert(
      fc.property(anyPlane, (plane) => {
        const values = [...plane.data];
        const count = values.length;
        const mean = values.reduce((sum, value) => sum + value, 0) / count;
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
        const entropy = values.reduce((sum, value) => {
          const alike = values.filter((other) => other === value).length;
          return sum + Math.log2(count / alike) / count;
        }, 0);
        const found = lumaStatistics(plane);
        expect(found.luminance).toBeCloseTo(mean, 10);
        expect(found.contrast).toBeCloseTo(Math.sqrt(variance), 8);
        expect(found.entropy).toBeCloseTo(entropy, 10);
        const sorted = values.sort((a, b) => a - b);
        const quantileOf = (share: number): number => {
          const place = share * (count - 1);
          const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
          return below + (place % 1) * (above - below);
        };
        expect(found.shadows).toBeCloseTo(quantileOf(0.05), 9);
        expect(found.highlights).toBeCloseTo(quantileOf(0.99), 9);
      }),
    );
  });

  it('is the same in the mirror', () => {
    fc.assert(
      fc.property(anyPlane, (plane) => {
        expect(lumaStatistics(flippedPlane(plane))).toEqual(lumaStatistics(plane));
      }),
    );
  });

  it('gets brighter and no more when all pixels do', () => {
    fc.assert(
      fc.property(anyPlane, fc.integer({ min: 0, max: 100 }), ({ width, height, data }, shift) => {
        const dark = { width, height, data: data.map((luma) => luma >> 1) };
        const bright = { width, height, data: dark.data.map((luma) => luma + shift) };
        const [before, after] = [lumaStatistics(dark), lumaStatistics(bright)];
        expect(after.luminance).toBeCloseTo(before.luminance + shift, 10);
        expect(after.contrast).toBeCloseTo(before.contrast, 8);
        expect(after.entropy).toBeCloseTo(before.entropy, 12);
      }),
    );
  });
});
