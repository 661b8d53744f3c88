/** Who takes part in a race, and what is asked of them. */
import type { ProcessRun, Program } from './fresh-process.ts';

/** Frames that are wanted of a clip, in all the forms that contenders take them in. */
export interface Wanted {
  readonly numbers: readonly number[];
  readonly isAll: boolean;
}

export interface Errand {
  readonly video: string;
  readonly wanted: Wanted;
  /** Empty, and there. */
  readonly outDir: string;
  /** For files that a contender needs beside its command line; not timed. */
  readonly scratchDir: string;
}

/** Somebody who can write frames of a video as JPEG. */
export interface Contender {
  readonly name: string;
  readonly version: string;
  readonly isPeer: boolean;
  prepare(errand: Errand): Program;
}

/** One timed run of one contender. */
export interface Sample extends Omit<ProcessRun, 'output'> {
  readonly contender: string;
  readonly round: number;
}
