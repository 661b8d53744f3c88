// Shots: the stretches of a video between its cuts, and which frames stand for them.
import { FramesiftError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';
import { adaptiveDetector } from './adaptive-detector.ts';
import { contentDetector, hashDetector, histogramDetector } from './change-detector.ts';
import { fadeDetector } from './fade-detector.ts';
import type { ShotDetector, ShotDetectorOptions } from './shot-detector.ts';

/** Frame numbers `[start, end)`. */
export interface Shot {
  readonly start: number;
  readonly end: number;
}

const DETECTORS = {
  adaptive: adaptiveDetector,
  content: contentDetector,
  hash: hashDetector,
  histogram: histogramDetector,
  fade: fadeDetector,
} as const;

export type ShotDetectorName = keyof typeof DETECTORS;

/** All detectors; the first is the one to take where nothing is known of the video. */
export const SHOT_DETECTOR_NAMES = Object.keys(DETECTORS) as readonly ShotDetectorName[];

/** @throws ERR_OPTION for a name that is none, which JavaScript lets pass */
export const createShotDetector = (name: ShotDetectorName, options?: ShotDetectorOptions): ShotDetector => {
  if (Object.hasOwn(DETECTORS, name)) return DETECTORS[name](options);
  throw new FramesiftError(
    'ERR_OPTION',
    `there is no shot detector ${quote(String(name))}. Choose one of ${SHOT_DETECTOR_NAMES.join(', ')}.`,
    { facts: { name: String(name) } },
  );
};

/** Cuts `[start, end)` at `cuts`, which are ascending and inside. No frames are no shot. */
export const shotsBetween = (cuts: readonly number[], start: number, end: number): Shot[] => {
  const bounds = [start, ...cuts, end];
  return start === end ? [] : bounds.slice(1).map((bound, i) => ({ start: bounds[i]!, end: bound }));
};

export interface FramesOfShotsOptions {
  /** At least 1, the default. A short shot gives fewer. */
  readonly perShot?: number | undefined;
  /** Frames next to a cut that are not taken, since cuts blend and blur; one where possible, by default. */
  readonly marginFrames?: number | undefined;
}

/**
 * Frame numbers that stand for shots: of each its middle, or `perShot` frames, evenly spread from the first to the last
 * that is not in the margin. A shot of nothing but margin gives its middle.
 */
export const framesOfShots = (
  shots: readonly Shot[],
  { perShot = 1, marginFrames = 1 }: FramesOfShotsOptions = {},
): number[] =>
  shots.flatMap(({ start, end }) => {
    const [first, last] = [start + marginFrames, end - 1 - marginFrames];
    const count = Math.min(perShot, last - first + 1);
    if (count <= 1) return [Math.floor((start + end) / 2)];
    return Array.from({ length: count }, (_, i) => first + Math.round((i * (last - first)) / (count - 1)));
  });
