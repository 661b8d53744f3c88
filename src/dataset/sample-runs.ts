import type { Random } from '../base/random.ts';
import type { TrainingFrames } from './training-frames.ts';

/** Videos cut into runs of neighbouring samples. A run is the stretch `[starts[i], starts[i + 1])`. */
export interface SampleRuns {
  readonly count: number;
  readonly starts: readonly number[];
  /** The place of each run's file. */
  readonly files: readonly number[];
}

/**
 * Cuts every file anew, at a random place first. A run ends where a key begins if there is one in reach, and has a
 * quarter of the longest length at least, unless its file is shorter.
 *
 * @param longest samples of a run
 */
export const cutIntoRuns = (
  { files, offsets, count }: Pick<TrainingFrames, 'files' | 'offsets' | 'count'>,
  longest: number,
  random: Random,
): SampleRuns => {
  const shortest = Math.ceil(longest / 4);
  const runs = { starts: [] as number[], files: [] as number[] };
  for (const [position, { frames, starts }] of files.entries()) {
    let reach = shortest + random.below(longest - shortest + 1);
    let key = 0;
    for (let start = 0; start < frames.length; ) {
      runs.starts.push(offsets[position]! + start);
      runs.files.push(position);
      let end = frames.length;
      if (frames.length - start > longest) {
        const limit = Math.min(start + reach, frames.length - shortest);
        while (key + 1 < starts.length && starts[key + 1]! <= limit) key++;
        const lastKey = starts[key] ?? 0;
        end = lastKey >= start + shortest && lastKey <= limit ? lastKey : limit;
      }
      start = end;
      reach = longest;
    }
  }
  return { count: runs.files.length, starts: [...runs.starts, count], files: runs.files };
};
