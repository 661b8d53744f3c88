// Filters that look at each frame for itself: a measure, and a limit to it.
import { type FrameFilter, type MeasuredFrame, type Removal, stretchesOf } from './frame-filter.ts';
import { quantile } from './quantile.ts';

/** Removes frames whose sharpness is below a number, or below so large a share of those of its video. */
export type BlurLimit = { readonly below: number } | { readonly belowQuantile: number };

/**
 * Blurred frames, by the variance of the Laplacian. Below 100 is the usual limit for natural pictures; it hangs on what
 * is filmed. `{ belowQuantile: 0.1 }` removes the least sharp tenth of each video instead, whatever that is like.
 */
export const blurred =
  (limit: BlurLimit = { below: 100 }): FrameFilter<'sharpness'> =>
  (frames) =>
    'below' in limit
      ? outside(frames, 'blurred', ({ sharpness }) => sharpness, limit.below)
      : stretchesOf(frames).flatMap(({ start, end }) => {
          const video = frames.slice(start, end);
          const sharpness = Float64Array.from(video, ({ signals }) => signals.sharpness).sort();
          const least = quantile(sharpness, limit.belowQuantile);
          const found = outside(video, 'blurred', (signals) => signals.sharpness, least);
          return found.map((removal) => ({ ...removal, place: start + removal.place }));
        });

/**
 * Underexposed frames: 99 % of the pixels are below `limit`. Default: 0.32 of white, as CleanVision, whose brightness is
 * a root mean square of the colours; here it is luma.
 */
export const dark =
  (limit = 81.6): FrameFilter<'highlights'> =>
  (frames) =>
    outside(frames, 'dark', ({ highlights }) => highlights, limit);

/** Overexposed frames: 95 % of the pixels are above `limit`. Default: 0.95 of white, as CleanVision. */
export const light =
  (limit = 242.25): FrameFilter<'shadows'> =>
  (frames) =>
    outside(frames, 'light', ({ shadows }) => shadows, limit, 'above');

/** Frames that show next to nothing: entropy below `limit`. Default: 3 bits, as CleanVision. */
export const lowInformation =
  (limit = 3): FrameFilter<'entropy'> =>
  (frames) =>
    outside(frames, 'low information', ({ entropy }) => entropy, limit);

/** Black frames: mean luma below `limit`. Default: 12, at which PySceneDetect sees a fade. */
export const black =
  (limit = 12): FrameFilter<'luminance'> =>
  (frames) =>
    outside(frames, 'black', ({ luminance }) => luminance, limit);

/** Frames of which a part is missing: uniform rows above `limit`. Default: 0.1, as Lightly's check of corruptness. */
export const corrupt =
  (limit = 0.1): FrameFilter<'uniformRowRatio'> =>
  (frames) =>
    outside(frames, 'corrupt', (signals) => signals.uniformRowRatio, limit, 'above');

const outside = <Frame extends MeasuredFrame>(
  frames: readonly Frame[],
  reason: Removal['reason'],
  measure: (signals: Frame['signals']) => number,
  limit: number,
  side: 'below' | 'above' = 'below',
): Removal[] =>
  frames.flatMap(({ signals }, place) => {
    const value = measure(signals);
    return (side === 'below' ? value < limit : value > limit) ? [{ place, reason, value, limit }] : [];
  });
