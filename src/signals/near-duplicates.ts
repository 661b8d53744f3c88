// The filter of frames that look like one that is kept.
import type { FrameFilter, Removal } from './frame-filter.ts';

export interface NearDuplicateOptions {
  /** Up to how many of 64 bits differ. Default: 10, as imagededup; 4 for what is as good as the same. */
  readonly limit?: number | undefined;
  /** With how many kept frames of its video, the latest ones, a frame is compared. Default: all of all videos. */
  readonly window?: number | undefined;
}

/**
 * Frames that look like one that is kept, by the perceptual hash; it is the first such one that is kept, and all are
 * compared with kept frames only. Plain pictures look all the same. Costs some nanoseconds for each pair of a frame and
 * a kept one.
 */
export const nearDuplicates =
  ({ limit = 10, window }: NearDuplicateOptions = {}): FrameFilter<'perceptualHash'> =>
  (frames) => {
    const removed: Removal[] = [];
    const halves = halvesOf(frames.map(({ signals }) => signals.perceptualHash));
    const distance = (a: number, b: number): number =>
      bitCount(halves[2 * a]! ^ halves[2 * b]!) + bitCount(halves[2 * a + 1]! ^ halves[2 * b + 1]!);
    let kept: number[] = [];
    for (const [place, { video }] of frames.entries()) {
      if (window !== undefined && video !== frames[place - 1]?.video) kept = [];
      const repeats = kept.find((other) => distance(other, place) <= limit);
      if (repeats === undefined) {
        kept.push(place);
        if (window !== undefined && kept.length > window) kept.shift();
        continue;
      }
      removed.push({ place, reason: 'near duplicate', value: distance(repeats, place), limit, repeats });
    }
    return removed;
  };

/** Hashes in two numbers of 32 bits each: pairs are many, and reading digits is slow. */
const halvesOf = (hashes: readonly string[]): Int32Array =>
  Int32Array.from({ length: 2 * hashes.length }, (_, i) =>
    Number.parseInt(hashes[i >> 1]!.slice(8 * (i & 1), 8 * (i & 1) + 8), 16),
  );

/** Adds up neighbouring bits, then pairs, then fours; the product adds up the bytes (Warren, Hacker's Delight). */
const bitCount = (bits: number): number => {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >> 24;
};
