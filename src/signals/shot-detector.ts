// The contract of shot detectors.
import type { FrameFeatures } from './frame-features.ts';
import type { FrameTime } from './frame-time.ts';
import type { MinimumLength } from './shot-length.ts';

/**
 * Finds cuts in a video whose frames it is given one after another, in order. What it keeps of them does not grow.
 *
 * Thresholds are for consecutive frames. Of a sampled sequence every frame differs more from the one before, so that
 * motion looks like cuts and thresholds have to go up; a cut is then found at the first sampled frame that follows it.
 */
export interface ShotDetector {
  /**
   * Takes the next frame.
   *
   * @returns numbers of the frames with which new shots begin, as far as is known by now: ascending, above those that
   *   were returned before, above the first frame's and at most that of this frame
   */
  next(frame: FrameTime, features: FrameFeatures): readonly number[];
}

export interface ShotDetectorOptions {
  /** What a cut has to reach, in the measure of the detector. Default: PySceneDetect's. */
  readonly threshold?: number | undefined;
  /** Of all shots but the last. Default: 0.6 seconds, as PySceneDetect's command. */
  readonly minimumLength?: MinimumLength | undefined;
}
