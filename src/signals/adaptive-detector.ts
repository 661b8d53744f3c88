// The detector of hard cuts that does not fall for motion.
import { contentChange } from './change-detector.ts';
import type { FrameFeatures } from './frame-features.ts';
import type { FrameTime } from './frame-time.ts';
import type { ShotDetector, ShotDetectorOptions } from './shot-detector.ts';
import { MINIMUM_LENGTH, SuppressingFilter } from './shot-length.ts';

/** Frames on each side of the one in question. */
const WINDOW_FRAMES = 2;
/** Change of content that a cut has besides. */
const MINIMUM_CHANGE = 15;
const LARGEST_RATIO = 255;

/**
 * PySceneDetect's `AdaptiveDetector`, its default: a cut is where the change of content is at least 15, and at least
 * three times the mean change of the two frames before and the two after. Fast motion of the camera changes all of
 * them and makes no cut. Ratios are capped at 255, which is also that of a change between frames that stand still.
 * The first two frames and the last two begin no shot. Dissolves of more than two frames are as a rule not
 * found.
 *
 * Lengths are measured from cut to cut; PySceneDetect measures them up to two frames after the cut.
 */
export const adaptiveDetector = ({
  threshold = 3,
  minimumLength = MINIMUM_LENGTH,
}: ShotDetectorOptions = {}): ShotDetector => {
  const filter = new SuppressingFilter(minimumLength);
  const window: { readonly frame: FrameTime; readonly change: number }[] = [];
  let before: FrameFeatures | undefined;
  return {
    next(frame, features) {
      if (before === undefined) filter.pass(frame, false);
      // The first frame differs from nothing, and counts as such in the windows of others.
      window.push({ frame, change: before === undefined ? 0 : contentChange(before, features) });
      before = features;
      if (window.length <= 2 * WINDOW_FRAMES) return [];
      const { frame: middle, change } = window[WINDOW_FRAMES]!;
      const others =
        window.reduce((sum, each, i) => (i === WINDOW_FRAMES ? sum : sum + each.change), 0) /
        (2 * WINDOW_FRAMES);
      window.shift();
      const ratio = Math.min(change / others, LARGEST_RATIO);
      const cut = filter.pass(middle, change >= MINIMUM_CHANGE && ratio >= threshold);
      return cut === undefined ? [] : [cut];
    },
  };
};
