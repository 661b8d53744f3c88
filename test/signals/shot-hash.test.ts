import { describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { resizeByArea } from '../../src/image/area-resize.ts';
import { shotHash } from '../../src/signals/shot-hash.ts';
import { detailed, planeOf } from '../support/planes.ts';

describe('the hash of shots', () => {
  /** By the definition of the orthonormal transform: four nested loops. */
  const naive = (data: Uint8Array): string => {
    const norm = (frequency: number): number => Math.sqrt((frequency === 0 ? 1 : 2) / 16);
    const coefficients = Array.from({ length: 64 }, (_, i) => {
      const [u, v] = [i % 8, Math.floor(i / 8)];
      let sum = 0;
      for (let y = 0; y < 16; y++)
        for (let x = 0; x < 16; x++) {
          const across = norm(u) * Math.cos((Math.PI * u * (2 * x + 1)) / 32);
          sum += data[16 * y + x]! * across * norm(v) * Math.cos((Math.PI * v * (2 * y + 1)) / 32);
        }
      return sum;
    });
    const sorted = coefficients.toSorted((a, b) => a - b);
    const median = (sorted[31]! + sorted[32]!) / 2;
    const bits = coefficients.map((coefficient) => (coefficient > median ? '1' : '0')).join('');
    return BigInt(`0b${bits}`).toString(16).padStart(16, '0');
  };

  it('follows from the cosine transform', () => {
    expect(shotHash(detailed(16, 16))).toBe(naive(detailed(16, 16).data));
    // Noise over a slope: its frequencies are of all sizes, so that the norm of the first row and column counts.
    const random = new Random(7);
    for (let count = 0; count < 20; count++) {
      const noise = planeOf(16, 16, (x, y) => 4 * x + 3 * y + random.below(100));
      expect(shotHash(noise)).toBe(naive(noise.data));
    }
  });

  it('is that of means to the nearest level', () => {
    const random = new Random(8);
    for (let count = 0; count < 20; count++) {
      const plane = planeOf(64, 36, (x, y) => 2 * x + random.below(3 * y + 9));
      expect(shotHash(plane)).toBe(naive(Uint8Array.from(resizeByArea(plane, 16, 16), Math.round)));
    }
  });

  it('averages larger pictures first', () => {
    const small = detailed(16, 16);
    const large = planeOf(64, 48, (x, y) => small.data[Math.floor(y / 3) * 16 + (x >> 2)]!);
    expect(shotHash(large)).toBe(shotHash(small));
  });

  it('of a plain picture has the first bit only, and of black none', () => {
    expect(shotHash(planeOf(64, 36, () => 90))).toBe('8000000000000000');
    expect(shotHash(planeOf(64, 36, () => 0))).toBe('0000000000000000');
  });
});
