// The detector of fades through black.
import type { FrameTime } from './frame-time.ts';
import type { ShotDetector, ShotDetectorOptions } from './shot-detector.ts';
import { MINIMUM_LENGTH, SuppressingFilter } from './shot-length.ts';

/**
 * PySceneDetect's `ThresholdDetector`: finds where a video fades out to black and in again. A frame whose mean of red,
 * green and blue is below 12 is black. The cut is in the middle of the black frames; what stays black to the end
 * belongs to the last shot. Lengths are measured from cut to cut; PySceneDetect measures them between fade-ins.
 */
export const fadeDetector = ({
  threshold = 12,
  minimumLength = MINIMUM_LENGTH,
}: ShotDetectorOptions = {}): ShotDetector => {
  const filter = new SuppressingFilter(minimumLength);
  let isFirst = true;
  let blackStart: FrameTime | undefined;
  return {
    next(frame, { brightness }) {
      if (isFirst) filter.pass(frame, false);
      isFirst = false;
      if (brightness < threshold) {
        blackStart ??= frame;
        return [];
      }
      if (blackStart === undefined) return [];
      const cut = filter.pass(halfway(blackStart, frame), true);
      blackStart = undefined;
      return cut === undefined ? [] : [cut];
    },
  };
};

/** Half the way; where that is not a whole number of frames, its even neighbour, as Python rounds. */
const halfway = (from: FrameTime, to: FrameTime): FrameTime => {
  const frames = to.index - from.index;
  return {
    index: from.index + (frames % 2 === 0 ? frames / 2 : 2 * Math.round(frames / 4)),
    seconds: (from.seconds + to.seconds) / 2,
  };
};
