import type { SelectFramesOutcome } from '../select.ts';

/** Why no more frames are selected, as the end of a summary. */
export const STOP_REASONS: Readonly<Record<SelectFramesOutcome['stoppedBy'], string>> = {
  count: '',
  distance: '; all others are nearer than --min-distance',
  sum: '; the next one would exceed the sum',
  exhausted: '; there are no more that may be picked',
};
