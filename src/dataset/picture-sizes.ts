// How many bytes the pictures of training take, before they are there.
import { resolveSize, type SizeRequest } from '../image/size.ts';
import type { EpochWindows } from './epoch-order.ts';
import { fileOfSample, type TrainingFile, type TrainingFrames } from './training-frames.ts';

/** Pictures are made smaller until their shorter side has so many pixels, and never larger. */
export const pictureSize = (shortSide: number): SizeRequest => ({ shortSide, isAtMost: true });

/** Of an image whose header nobody has read: wide enough for most. */
const SUPPOSED = { width: 16, height: 9 };

const supposedBytes = ({ shown }: TrainingFile, shortSide: number): number => {
  const { width, height } =
    shown === undefined ? resolveSize(SUPPOSED, { shortSide }) : resolveSize(shown, pictureSize(shortSide));
  return 3 * width * height;
};

/** What to make orders for, so that a window is delivered while the next one is decoded. */
export const planEpochWindows = (
  frames: TrainingFrames,
  { shortSide, cacheBytes }: { readonly shortSide: number; readonly cacheBytes: number },
): EpochWindows => {
  const sizes = new PictureSizes(frames, shortSide);
  const most = frames.files.reduce((largest, file) => Math.max(largest, supposedBytes(file, shortSide)), 1);
  return {
    windowSamples: Math.max(1, Math.min(frames.count, Math.floor(cacheBytes / 2 / most))),
    areAllKept: sizes.totalBytes <= cacheBytes,
  };
};

/** Sizes by what headers say, corrected by what comes. */
export class PictureSizes {
  readonly #frames: TrainingFrames;
  readonly #bytes: Float64Array;
  #totalBytes = 0;

  constructor(frames: TrainingFrames, shortSide: number) {
    this.#frames = frames;
    this.#bytes = Float64Array.from(frames.files, (file) => supposedBytes(file, shortSide));
    for (const [i, { frames: numbers }] of frames.files.entries())
      this.#totalBytes += this.#bytes[i]! * numbers.length;
  }

  /** Of all samples together. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  bytesOf(sample: number): number {
    return this.#bytes[fileOfSample(this.#frames, sample)]!;
  }

  /** A video may change its size on the way; the largest counts. */
  learn(sample: number, sizeBytes: number): void {
    const file = fileOfSample(this.#frames, sample);
    const known = this.#bytes[file]!;
    const { length } = this.#frames.files[file]!.frames;
    const learned = length === 1 ? sizeBytes : Math.max(known, sizeBytes);
    this.#bytes[file] = learned;
    this.#totalBytes += (learned - known) * length;
  }
}
