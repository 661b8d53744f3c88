// When frames are on screen. Seconds are derived from ticks for people; nothing is identified by them.
import { ticksToSeconds } from '../base/rational.ts';
import { type FrameIndex, keyframesOf } from './frame-index.ts';
import type { IndexedVideo } from './scan.ts';

/** The clock of one video, as a player shows it: 0 is the start of the container. */
export interface VideoTiming {
  readonly frameCount: number;
  /** Frames a second on average; 0 for a single frame. */
  readonly averageFps: number;
  /** Frames are not evenly spaced. */
  readonly isVariableRate: boolean;
  /** From the first frame's start to the last one's end. */
  readonly durationSeconds: number;
  /** When the last frame ends. */
  readonly endSeconds: number;
  /** When frame `index` comes on screen. */
  secondsAt(index: number): number;
  /** The frame on screen at `seconds`: the last that came on before or then; the first before the first. */
  indexAtSeconds(seconds: number): number;
  /** Frames at which decoding can start, ascending. */
  readonly keyframes: readonly number[];
}

export const timingOf = ({ info, index }: IndexedVideo): VideoTiming => {
  const { pts, frameCount } = index;
  const { timeBase } = info.stream;
  const secondsAt = (frame: number): number => ticksToSeconds(pts[frame]!, timeBase) - info.startSeconds;
  const span = frameCount > 1 ? ticksToSeconds(pts[frameCount - 1]! - pts[0]!, timeBase) : 0;
  const averageFps = span > 0 ? (frameCount - 1) / span : 0;
  const lastSeconds = ticksToSeconds(BigInt(Math.round(typicalStep(index))), timeBase);
  return {
    frameCount,
    averageFps,
    isVariableRate: isVariable(index),
    durationSeconds: span + lastSeconds,
    endSeconds: secondsAt(frameCount - 1) + lastSeconds,
    secondsAt,
    indexAtSeconds: (seconds) => indexAt(frameCount, secondsAt, seconds),
    keyframes: keyframesOf(index),
  };
};

/** The median distance of frames in ticks: how long the last frame lasts, as nothing says so. */
const typicalStep = ({ pts, frameCount, ticksPerFrame }: FrameIndex): number => {
  if (frameCount < 2) return ticksPerFrame;
  const steps = Float64Array.from({ length: frameCount - 1 }, (_, i) => Number(pts[i + 1]! - pts[i]!)).sort();
  return Math.max(0, steps[steps.length >> 1]!);
};

/** Steps that differ by more than a tick (rounding to the time base) and by more than a hundredth. */
const isVariable = ({ pts, frameCount }: FrameIndex): boolean => {
  if (frameCount < 3) return false;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 1; i < frameCount; i++) {
    const step = Number(pts[i]! - pts[i - 1]!);
    least = Math.min(least, step);
    most = Math.max(most, step);
  }
  return most - least > Math.max(1, most / 100);
};

/** Half a microsecond: the rounding of times that people read off and give back. */
const SECONDS_TOLERANCE = 5e-7;

const indexAt = (frameCount: number, secondsAt: (index: number) => number, seconds: number): number => {
  let low = 0;
  let high = frameCount;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (secondsAt(middle) <= seconds + SECONDS_TOLERANCE) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
};
