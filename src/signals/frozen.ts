// Pictures that stand still: for how long they do, and the filter of those that do for too long.
import { motionBetween } from '../image/measures.ts';
import { type FrameFilter, type MeasuredFrame, type Removal, stretchesOf } from './frame-filter.ts';
import { ROUNDING_SECONDS } from './frame-time.ts';

/** Mean change of luma up to which a picture stands still: a thousandth of white, -60 dB. */
const STILL = 0.255;

/** Four times are compared, which metadata has with six decimals. Frames are further apart. */
const MOST_ROUNDING_SECONDS = 4 * ROUNDING_SECONDS;

/** Follows frames, video after video and in order, and says for how long the picture stands still. */
export class Stillness {
  readonly #limit: number;
  #first:
    | { readonly video: number | string; readonly seconds: number; readonly thumbnail: Uint8Array }
    | undefined;

  /** @param limit of the mean change of luma, in [0, 255] */
  constructor(limit: number = STILL) {
    this.#limit = limit;
  }

  /** As {@link stillSeconds}, for the next frame. */
  next(video: number | string, seconds: number, thumbnail: Uint8Array): number {
    const first = this.#first;
    if (first?.video === video && motionBetween(first.thumbnail, thumbnail) <= this.#limit)
      return seconds - first.seconds;
    this.#first = { video, seconds, thumbnail };
    return 0;
  }
}

/**
 * For how many seconds the picture has stood still at each frame: since the first frame of a stretch in which none
 * differs from that first one; 0 for a frame that moved. The rule and the limit are those of FFmpeg's `freezedetect`, on
 * thumbnails of 64 × 36 pixels. Since all are compared with the first, slow motion is none.
 *
 * @param frames the videos one after another, the frames of each in order
 * @param limit of the mean change of luma, in [0, 255]; default: a thousandth of white, -60 dB
 */
export const stillSeconds = (frames: readonly MeasuredFrame<'thumbnail'>[], limit?: number): Float64Array => {
  const stillness = new Stillness(limit);
  return Float64Array.from(frames, ({ video, seconds, signals }) =>
    stillness.next(video, seconds, signals.thumbnail),
  );
};

export interface FrozenOptions {
  /** How long a picture stands still before it counts as frozen, from its first frame to its last. Default: 2. */
  readonly minimumSeconds?: number | undefined;
}

/**
 * Frozen pictures: all frames but the first of a stretch of at least 2 seconds in which the picture stands still. Of a
 * stretch whose first frames were removed already, the first that is left stays.
 */
export const frozen =
  ({ minimumSeconds = 2 }: FrozenOptions = {}): FrameFilter<'stillSeconds'> =>
  (frames) => {
    const removed: Removal[] = [];
    for (const { start, end } of stretchesOf(frames)) {
      for (let first = start, next = start + 1; first < end; first = next, next = first + 1) {
        while (next < end && isOneStretch(frames[first]!, frames[next]!)) next++;
        const value = frames[next - 1]!.signals.stillSeconds;
        if (value < minimumSeconds - ROUNDING_SECONDS) continue;
        for (let place = first + 1; place < next; place++)
          removed.push({ place, reason: 'frozen', value, limit: minimumSeconds, repeats: first });
      }
    }
    return removed;
  };

/** Whether the picture has stood still since one time at both; where times are not known, whether it does at the later. */
const isOneStretch = (
  first: MeasuredFrame<'stillSeconds'>,
  { seconds, signals: { stillSeconds } }: MeasuredFrame<'stillSeconds'>,
): boolean => {
  const apart = seconds - first.seconds - (stillSeconds - first.signals.stillSeconds);
  return stillSeconds > 0 && !(Math.abs(apart) > MOST_ROUNDING_SECONDS);
};
