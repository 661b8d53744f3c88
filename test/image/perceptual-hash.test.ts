import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LumaPlane } from '../../src/image/luma.ts';
import { hammingDistance, perceptualHash } from '../../src/image/perceptual-hash.ts';
import { anyPlane, detailed, planeOf } from '../support/planes.ts';

/** Soft hills of brightness, like a scene out of focus; from 60 to 195. */
const hills = (shift = 0): LumaPlane =>
  planeOf(96, 54, (x, y) =>
    Math.round(127 + 40 * Math.sin((x + shift) / 7 + y / 23) + 27 * Math.cos(y / 5 - (x + shift) / 31)),
  );

const darker = ({ width, height, data }: LumaPlane, factor: number): LumaPlane => ({
  width,
  height,
  data: data.map((luma) => Math.round(luma * factor)),
});

/** The bits of a picture of 32 × 32 pixels by the definition of the transform: four nested loops. */
const naive = ({ data }: LumaPlane): string => {
  const coefficients = Array.from({ length: 64 }, (_, i) => {
    const [u, v] = [i % 8, Math.floor(i / 8)];
    let sum = 0;
    for (let y = 0; y < 32; y++)
      for (let x = 0; x < 32; x++) {
        const across = Math.cos((Math.PI * u * (2 * x + 1)) / 64);
        sum += data[32 * y + x]! * across * Math.cos((Math.PI * v * (2 * y + 1)) / 64);
      }
    return sum;
  });
  const median = coefficients.slice(1).sort((a, b) => a - b)[31]!;
  const bits = coefficients.map((coefficient) => (coefficient >= median ? '1' : '0')).join('');
  return BigInt(`0b${bits}`).toString(16).padStart(16, '0');
};

describe('the perceptual hash', () => {
  it('follows from the cosine transform, row by row and the first bit first', () => {
    const detail = detailed(32, 32);
    expect(perceptualHash(detail)).toBe(naive(detail));
    const noise = planeOf(32, 32, (_x, _y, i) => (i * i * 31 + i * 17) % 251);
    expect(perceptualHash(noise)).toBe(naive(noise));
  });

  it.each([0, 1, 128, 255])('of a plain picture of luma %i has all bits', (luma) => {
    expect(perceptualHash(planeOf(50, 30, () => luma))).toBe('ffffffffffffffff');
  });

  it('reads columns from columns, and rows from rows', () => {
    // A slow wave across: the coefficient below 0 is the second of the first row, all others are 0 or above.
    const across = planeOf(32, 32, (x) => Math.round(128 - 100 * Math.cos((Math.PI * (2 * x + 1)) / 64)));
    expect(perceptualHash(across).slice(2)).toBe('ffffffffffffff');
    expect(Number.parseInt(perceptualHash(across).slice(0, 2), 16) & 0b0100_0000).toBe(0);
    const down = planeOf(32, 32, (_x, y) => Math.round(128 - 100 * Math.cos((Math.PI * (2 * y + 1)) / 64)));
    expect(Number.parseInt(perceptualHash(down).slice(2, 4), 16) & 0b1000_0000).toBe(0);
    expect(Number.parseInt(perceptualHash(down).slice(0, 2), 16)).toBe(0xff);
  });

  it('stays near when the light changes, or the picture gets larger', () => {
    const hash = perceptualHash(hills());
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 1.3, noNaN: true }), (factor) => {
        expect(hammingDistance(hash, perceptualHash(darker(hills(), factor)))).toBeLessThanOrEqual(4);
      }),
    );
    const { width, height, data } = hills();
    const large = planeOf(4 * width, 4 * height, (x, y) => data[(y >> 2) * width + (x >> 2)]!);
    expect(hammingDistance(hash, perceptualHash(large))).toBeLessThanOrEqual(1);
  });

  it('is far for another scene', () => {
    expect(hammingDistance(perceptualHash(hills()), perceptualHash(hills(24)))).toBeGreaterThan(10);
  });

  it('is 16 digits for any picture', () => {
    fc.assert(
      fc.property(anyPlane, (plane) => {
        expect(perceptualHash(plane)).toMatch(/^[0-9a-f]{16}$/);
      }),
    );
  });
});

describe('the Hamming distance', () => {
  it.each([
    ['0000000000000000', 'ffffffffffffffff', 64],
    ['8000000000000001', '0000000000000000', 2],
    ['00000000f0000000', '0000000000000000', 4],
    ['0123456789abcdef', '0123456789abcdee', 1],
  ])('from %s to %s is %i', (a, b, distance) => {
    expect(hammingDistance(a, b)).toBe(distance);
  });

  it('counts the bits that differ; 0 to itself, and the same both ways', () => {
    const hash = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const digits = (bits: bigint): string => bits.toString(16).padStart(16, '0');
    fc.assert(
      fc.property(hash, hash, (a, b) => {
        const different = [...(a ^ b).toString(2)].filter((bit) => bit === '1').length;
        expect(hammingDistance(digits(a), digits(b))).toBe(different);
        expect(hammingDistance(digits(b), digits(a))).toBe(different);
        expect(hammingDistance(digits(a), digits(a))).toBe(0);
      }),
    );
  });
});
