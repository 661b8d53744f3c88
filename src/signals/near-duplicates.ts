// The filter of frames that look like one that is kept.
import { bitCount } from '../image/perceptual-hash.ts';
import type { FrameFilter, Removal } from './frame-filter.ts';
import { HashIndex } from './hash-index.ts';

export interface NearDuplicateFilterOptions {
  /** Up to how many of 64 bits differ. Default: 10, as imagededup; 4 for what is as good as the same. */
  readonly limit?: number | undefined;
  /** With how many kept frames of its video, the latest ones, a frame is compared. Default: all of all videos. */
  readonly window?: number | undefined;
}

/**
 * Frames that look like one that is kept, by the perceptual hash; it is the first such one that is kept, and all are
 * compared with kept frames only. Plain pictures look all the same. A hundred thousand frames take about a second at
 * the default limit, even where nothing repeats; with a window each is compared with that many.
 */
export const nearDuplicates =
  ({ limit = 10, window }: NearDuplicateFilterOptions = {}): FrameFilter<'perceptualHash'> =>
  (frames) => {
    const removed: Removal[] = [];
    const halves = halvesOf(frames.map(({ signals }) => signals.perceptualHash));
    const distance = (a: number, b: number): number =>
      bitCount(halves[2 * a]! ^ halves[2 * b]!) + bitCount(halves[2 * a + 1]! ^ halves[2 * b + 1]!);
    const index = new HashIndex(halves, limit);
    let kept: number[] = [];
    for (const [place, { video }] of frames.entries()) {
      if (window !== undefined && video !== frames[place - 1]?.video) kept = [];
      const isNear = (other: number): boolean => distance(other, place) <= limit;
      const repeats =
        window === undefined && kept.length > index.probes ? index.first(place, isNear) : kept.find(isNear);
      if (repeats === undefined) {
        kept.push(place);
        if (window === undefined) index.add(place);
        else if (kept.length > window) kept.shift();
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
