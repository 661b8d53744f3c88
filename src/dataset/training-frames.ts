// The frames that a model is trained on, as a numbered list: files in the source's order, frames ascending.
import { createHash } from 'node:crypto';
import type { Failure } from '../base/outcome.ts';
import type { Size } from '../image/size.ts';
import type { Source } from './source.ts';

/** One file of the list. An image is a file of one frame. */
export interface TrainingFile {
  /** Below the source's root. */
  readonly file: string;
  /** Lightly's: the place of the video among all, or of the image's folder among all folders. */
  readonly label: number;
  /** Changes when the file's content does. */
  readonly contentKey: string;
  /** Those that were chosen, ascending. */
  readonly frames: Uint32Array;
  /** Places in {@link frames} behind which nothing before them is needed: the first at or after each key. Ascending. */
  readonly starts: Uint32Array;
  /** As shown, by the header of the video; undefined for an image, whose header nobody has read. */
  readonly shown: Size | undefined;
  /** The name of a frame in Lightly's grammar. */
  nameOf(frame: number): string;
}

export interface TrainingFrames {
  readonly source: Source;
  /** Those that frames were chosen of. */
  readonly files: readonly TrainingFile[];
  /** The number of each file's first sample, and behind them that of all samples. */
  readonly offsets: Uint32Array;
  /** Samples are numbered `[0, count)`. */
  readonly count: number;
  /** Files that could not be read, and frames that were asked for and are not there. */
  readonly failed: readonly Failure[];
  /** The same for the same files and frames: then every sample is what it was, and every order too. */
  readonly fingerprint: string;
}

/** One sample: a frame that was chosen. */
export interface TrainingFrame {
  /** Lightly's file name of the frame. */
  readonly name: string;
  readonly label: number;
  readonly file: string;
  readonly frame: number;
  readonly contentKey: string;
}

/** Puts files together into one list. */
export const trainingFramesOf = (
  source: Source,
  files: readonly TrainingFile[],
  failed: readonly Failure[],
): TrainingFrames => {
  const offsets = new Uint32Array(files.length + 1);
  for (const [i, { frames }] of files.entries()) offsets[i + 1] = offsets[i]! + frames.length;
  return { source, files, offsets, count: offsets[files.length]!, failed, fingerprint: fingerprintOf(files) };
};

const fingerprintOf = (files: readonly TrainingFile[]): string => {
  const hash = createHash('sha256');
  for (const { file, contentKey, frames, starts } of files) {
    hash.update(JSON.stringify([file, contentKey, frames.length, starts.length]));
    for (const numbers of [frames, starts])
      hash.update(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
  }
  return hash.digest('hex');
};

/** The place of a sample's file in {@link TrainingFrames.files}. */
export const fileOfSample = ({ offsets, files }: TrainingFrames, sample: number): number => {
  let low = 0;
  let high = files.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (offsets[middle]! <= sample) low = middle;
    else high = middle;
  }
  return low;
};

/** @param sample in `[0, count)` */
export const frameOfSample = (frames: TrainingFrames, sample: number): TrainingFrame => {
  const position = fileOfSample(frames, sample);
  const { file, label, contentKey, frames: numbers, nameOf } = frames.files[position]!;
  const frame = numbers[sample - frames.offsets[position]!]!;
  return { name: nameOf(frame), label, file, frame, contentKey };
};
