// Who may still be picked, given what is picked already. Pure.
import type { Pool } from './candidates.ts';

export interface Limits {
  /** Frames of one video must be at least so far apart. 0 for no gap. */
  readonly minGapSeconds: number;
  /** By video: picks that it takes altogether. */
  readonly most: ArrayLike<number>;
  /** By video: picks that it gets before any other video gets more. */
  readonly least: ArrayLike<number>;
}

/** Candidates close and never open again; that is what lets others keep what they know of the rest. */
export class Eligibility {
  readonly #pool: Pool;
  readonly #limits: Limits;
  readonly #isOpen: Uint8Array;
  /** By video: picks so far. */
  readonly #counts: Uint32Array;
  /** Where there is a gap to keep: by video the candidates in order of time, and by candidate its place there. */
  readonly #byTime: Uint32Array | undefined;
  readonly #placeOf: Uint32Array | undefined;

  /** @param isOpen by candidate: 1 where it may be picked at the start. It is changed. */
  constructor(pool: Pool, isOpen: Uint8Array, limits: Limits) {
    this.#pool = pool;
    this.#limits = limits;
    this.#isOpen = isOpen;
    this.#counts = new Uint32Array(pool.videoStarts.length - 1);
    if (limits.minGapSeconds > 0) {
      const seconds = pool.seconds!;
      this.#byTime = Uint32Array.from({ length: pool.count }, (_, i) => i);
      for (let video = 0; video < this.#counts.length; video++)
        this.#byTime
          .subarray(pool.videoStarts[video]!, pool.videoStarts[video + 1]!)
          .sort((a, b) => seconds[a]! - seconds[b]! || a - b);
      this.#placeOf = new Uint32Array(pool.count);
      for (const [place, candidate] of this.#byTime.entries()) this.#placeOf[candidate] = place;
    }
    for (let video = 0; video < this.#counts.length; video++) this.#closeIfFull(video);
  }

  isOpen(candidate: number): boolean {
    return this.#isOpen[candidate] === 1;
  }

  /** Whether the candidate may be picked, and its video has not its least yet. */
  isOwed(candidate: number): boolean {
    const video = this.#pool.videoOf[candidate]!;
    return this.isOpen(candidate) && this.#counts[video]! < this.#limits.least[video]!;
  }

  add(candidate: number): void {
    const video = this.#pool.videoOf[candidate]!;
    this.#isOpen[candidate] = 0;
    this.#counts[video]!++;
    this.#closeIfFull(video);
    if (this.#byTime) {
      this.#closeAround(candidate, video, 1);
      this.#closeAround(candidate, video, -1);
    }
  }

  #closeIfFull(video: number): void {
    const { videoStarts } = this.#pool;
    if (this.#counts[video]! >= this.#limits.most[video]!)
      this.#isOpen.fill(0, videoStarts[video]!, videoStarts[video + 1]!);
  }

  #closeAround(candidate: number, video: number, step: 1 | -1): void {
    const { videoStarts } = this.#pool;
    const seconds = this.#pool.seconds!;
    const [start, end] = [videoStarts[video]!, videoStarts[video + 1]!];
    for (let place = this.#placeOf![candidate]! + step; place >= start && place < end; place += step) {
      const other = this.#byTime![place]!;
      if (Math.abs(seconds[other]! - seconds[candidate]!) >= this.#limits.minGapSeconds) break;
      this.#isOpen[other] = 0;
    }
  }
}
