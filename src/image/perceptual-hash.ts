// Hashes by which pictures that look alike are found.
import { resizeByArea } from './area-resize.ts';
import { cosineTransform, hexOfBits } from './cosine-transform.ts';
import type { LumaPlane } from './luma.ts';

const SIDE = 32;
const KEPT = 8;

const lowestFrequencies = cosineTransform(SIDE, KEPT);

/**
 * Perceptual hash (pHash; Zauner 2010, by imagededup's rule): luma at 32 × 32 by averaging, its discrete cosine
 * transform of type II, and of the 8 × 8 lowest frequencies one bit each: 1 where the coefficient is at least the
 * median of all but the first (the mean brightness). Pictures that look alike have hashes that differ in few bits:
 * up to 4 of 64 are as good as the same, and above 10 they are as a rule different.
 *
 * @param plane at least one pixel
 * @returns 64 bits as 16 hexadecimal digits: row by row from the lowest vertical frequency, in each the lowest
 *   horizontal one first, the first bit the most significant. imagededup orders them alike, but resizes with another
 *   filter, so that its hashes differ from these by a few bits.
 */
export const perceptualHash = (plane: LumaPlane): string => {
  const coefficients = lowestFrequencies(resizeByArea(plane, SIDE, SIDE));
  const median = coefficients.slice(1).sort()[(KEPT * KEPT) / 2 - 1]!;
  return hexOfBits(Array.from(coefficients, (coefficient) => coefficient >= median));
};

/** In how many of 64 bits two hashes of {@link perceptualHash} differ: 0 to 64. */
export const hammingDistance = (a: string, b: string): number => {
  let distance = 0;
  for (const [start, end] of HALVES) {
    distance += bitCount(Number.parseInt(a.slice(start, end), 16) ^ Number.parseInt(b.slice(start, end), 16));
  }
  return distance;
};

/** How many of 32 bits are set: adds up neighbours, then pairs, fours, and at last bytes (Warren, Hacker's Delight). */
export const bitCount = (bits: number): number => {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >> 24;
};

/** Digits that make 32 bits, which is what bitwise operators take. */
const HALVES = [
  [0, 8],
  [8, 16],
] as const;
