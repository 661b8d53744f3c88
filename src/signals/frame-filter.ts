// The contract of filters: which frames of videos are not worth a look, and why.
import type { FrameMeasures } from '../image/measures.ts';
import type { FrameTime } from './frame-time.ts';

/** All that filters look at. */
export interface FrameSignals extends FrameMeasures {
  /** See `stillSeconds`. */
  readonly stillSeconds: number;
}

/** One frame with what was measured of it; a filter asks for no more measures than it looks at. */
export interface MeasuredFrame<Signal extends keyof FrameSignals = never> extends FrameTime {
  /** A number for each video. */
  readonly video: number;
  readonly signals: Pick<FrameSignals, Signal>;
}

export type RemovalReason =
  | 'blurred'
  | 'dark'
  | 'light'
  | 'low information'
  | 'black'
  | 'corrupt'
  | 'frozen'
  | 'near duplicate';

/** Why a frame was removed: its `value` is on the wrong side of `limit`. */
export interface Removal {
  /** Place of the frame in the sequence that was filtered. */
  readonly place: number;
  readonly reason: RemovalReason;
  readonly value: number;
  readonly limit: number;
  /** Place of the frame that it repeats. */
  readonly repeats?: number;
}

/**
 * Says which frames have to go, ascending by place.
 *
 * The sequence holds the videos one after another, the frames of each in order.
 */
export type FrameFilter<Signal extends keyof FrameSignals = never> = (
  frames: readonly MeasuredFrame<Signal>[],
) => readonly Removal[];

export interface FilteredFrames {
  /** Places in the sequence, ascending. */
  readonly kept: readonly number[];
  /** Ascending by place; each frame with the first reason found. */
  readonly removed: readonly Removal[];
}

/** Applies filters one after another, each to what the ones before kept: frames are compared with kept ones only. */
export const filterFrames = <Signal extends keyof FrameSignals>(
  frames: readonly MeasuredFrame<Signal>[],
  filters: readonly FrameFilter<Signal>[],
): FilteredFrames => {
  let kept = frames.map((_, place) => place);
  const removed: Removal[] = [];
  for (const filter of filters) {
    const found = filter(kept.map((place) => frames[place]!));
    for (const { place, repeats, ...removal } of found) {
      removed.push({
        ...removal,
        place: kept[place]!,
        ...(repeats === undefined ? {} : { repeats: kept[repeats]! }),
      });
    }
    const gone = new Set(found.map(({ place }) => place));
    kept = kept.filter((_, place) => !gone.has(place));
  }
  return { kept, removed: removed.sort((a, b) => a.place - b.place) };
};

/** The places `[start, end)` of each video in the sequence. */
export const stretchesOf = (
  frames: readonly MeasuredFrame[],
): { readonly start: number; readonly end: number }[] => {
  const starts = frames.flatMap(({ video }, i) => (video === frames[i - 1]?.video ? [] : [i]));
  return starts.map((start, i) => ({ start, end: starts[i + 1] ?? frames.length }));
};
