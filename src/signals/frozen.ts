// The filter of pictures that stand still.
import { motionBetween } from '../image/measures.ts';
import { type FrameFilter, type Removal, stretchesOf } from './frame-filter.ts';
import { areApart } from './frame-time.ts';

export interface FrozenOptions {
  /** Mean change of luma up to which a picture stands still. Default: a thousandth of white, -60 dB. */
  readonly limit?: number | undefined;
  /** How long a picture stands still before it counts as frozen, from its first frame to its last. Default: 2. */
  readonly minimumSeconds?: number | undefined;
}

/**
 * Frozen pictures: all frames but the first of a stretch of at least 2 seconds in which none differs from the first.
 * The rule and the defaults are those of FFmpeg's `freezedetect`, on thumbnails of 64 × 36 pixels. Since all are
 * compared with the first, slow motion is none.
 */
export const frozen =
  ({ limit = 0.255, minimumSeconds = 2 }: FrozenOptions = {}): FrameFilter<'thumbnail'> =>
  (frames) => {
    const removed: Removal[] = [];
    for (const { start, end } of stretchesOf(frames)) {
      for (let first = start, next = start + 1; first < end; first = next, next = first + 1) {
        const still: Removal[] = [];
        for (; next < end; next++) {
          const value = motionBetween(frames[first]!.signals.thumbnail, frames[next]!.signals.thumbnail);
          if (value > limit) break;
          still.push({ place: next, reason: 'frozen', value, limit, repeats: first });
        }
        if (areApart(frames[first]!, frames[next - 1]!, minimumSeconds)) removed.push(...still);
      }
    }
    return removed;
  };
