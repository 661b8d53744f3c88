// What happens to cuts that follow one another so closely that a shot would be too short.
import { areApart, type FrameTime } from './frame-time.ts';

/** A length of a shot, in frames of the video or in time. */
export type MinimumLength = { readonly frames: number } | { readonly seconds: number };

export const MINIMUM_LENGTH: MinimumLength = { seconds: 0.6 };

const isReached = (length: MinimumLength, from: FrameTime, to: FrameTime): boolean =>
  'frames' in length ? to.index - from.index >= length.frames : areApart(from, to, length.seconds);

/** Lets cuts pass only where no shot gets too short. Asked about frames in order, the first of them always. */
export interface CutFilter {
  /** @returns a cut that now is certain; it may lie before `frame`. Undefined: none */
  pass(frame: FrameTime, isCut: boolean): number | undefined;
}

/**
 * Passes over cuts until the shot is long enough, as `adaptive`, `hash` and `histogram` of PySceneDetect do.
 * Frames without a cut may be left out.
 */
export class SuppressingFilter implements CutFilter {
  readonly #minimum: MinimumLength;
  #start: FrameTime | undefined;

  constructor(minimum: MinimumLength) {
    this.#minimum = minimum;
  }

  pass(frame: FrameTime, isCut: boolean): number | undefined {
    const start = this.#start ?? frame;
    const isFar = start.index < frame.index && isReached(this.#minimum, start, frame);
    this.#start = isCut && isFar ? frame : start;
    return isCut && isFar ? frame.index : undefined;
  }
}

/**
 * Makes one cut of a burst of them, such as flashes and strobes: PySceneDetect's flash filter in its mode "merge",
 * which is that of `content`. The first cut passes. One that follows too soon opens a burst, which ends with its last
 * cut when that is far enough from the first of the burst and nothing follows it for the minimum length.
 */
export class MergingFilter implements CutFilter {
  readonly #minimum: MinimumLength;
  #lastCut: FrameTime | undefined;
  #burstStart: FrameTime | undefined;
  #hasPassed = false;

  constructor(minimum: MinimumLength) {
    this.#minimum = minimum;
  }

  pass(frame: FrameTime, isCut: boolean): number | undefined {
    const last = this.#lastCut ?? frame;
    const isFar = last.index < frame.index && isReached(this.#minimum, last, frame);
    this.#lastCut = isCut ? frame : last;
    if (this.#burstStart !== undefined) {
      if (isCut || !isFar || !isReached(this.#minimum, this.#burstStart, last)) return undefined;
      this.#burstStart = undefined;
      return last.index;
    }
    if (!isCut) return undefined;
    if (isFar) {
      this.#hasPassed = true;
      return frame.index;
    }
    // Before the first cut a burst is passed over: it belongs to the first shot.
    if (this.#hasPassed) this.#burstStart = frame;
    return undefined;
  }
}
