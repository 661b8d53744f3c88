// Where in its video a frame is, and how far frames are apart.

/** Where in its video a frame is. */
export interface FrameTime {
  readonly index: number;
  readonly seconds: number;
}

/** Times are quotients: 16 frames less 1, at 25 a second, are a bit less than 0.6 seconds. */
export const ROUNDING_SECONDS = 1e-6;

/** Whether `to` is at least so many seconds after `from`, as people count: the rounding of times decides nothing. */
export const areApart = (from: FrameTime, to: FrameTime, seconds: number): boolean =>
  to.seconds - from.seconds >= seconds - ROUNDING_SECONDS;
