// When frames are shown, where that is known, so that selection can keep them apart.
import { FramesiftError } from '../base/errors.ts';
import type { FrameMetadata } from '../table/frame-metadata.ts';
import type { FramePlaces } from './frame-places.ts';
import type { SelectionRules } from './rules.ts';

/** The key of `embed --metadata`. */
const SECONDS_KEY = 'timestamp_sec';

export interface Timeline {
  /** Undefined when no frame's time is known. */
  readonly seconds: Float64Array | undefined;
  /** Numbers of videos; each frame without a time is one of its own, since it can keep no gap to another. */
  readonly video: ArrayLike<number>;
}

export const needsTimes = ({ minGapSeconds = 0, strategies = [] }: SelectionRules): boolean =>
  minGapSeconds > 0 || strategies.some(({ type }) => type === 'time');

/** The times that metadata tells; NaN where it does not. */
export const secondsIn = (metadata: FrameMetadata, rows: number): Float64Array | undefined => {
  if (!metadata.keys.includes(SECONDS_KEY)) return undefined;
  return Float64Array.from({ length: rows }, (_, row) => {
    const value = metadata.value(SECONDS_KEY, row);
    return typeof value === 'number' ? value : Number.NaN;
  });
};

/** @throws ERR_OPTION when rules need times, and none are known */
export const timelineOf = (
  rules: SelectionRules,
  seconds: Float64Array | undefined,
  { video }: FramePlaces,
): Timeline => {
  if (!needsTimes(rules)) return { seconds: undefined, video };
  if (seconds === undefined || seconds.every(Number.isNaN)) {
    throw new FramesiftError(
      'ERR_OPTION',
      'to keep frames apart in time, their times must be known. Give the folder of the videos (--videos DIR), or embed with --metadata.',
    );
  }
  if (!seconds.some(Number.isNaN)) return { seconds, video };
  let next = video.reduce((most, each) => Math.max(most, each), 0);
  return {
    seconds: seconds.map((each) => (Number.isNaN(each) ? 0 : each)),
    video: Uint32Array.from(video, (number, row) => (Number.isNaN(seconds[row]) ? ++next : number)),
  };
};
