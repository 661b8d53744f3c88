// Detectors of hard cuts by how much a frame differs from the one before: content, hash, histogram.
import { meanDifference } from '../image/mean-difference.ts';
import { hammingDistance } from '../image/perceptual-hash.ts';
import type { FrameFeatures } from './frame-features.ts';
import type { FrameTime } from './frame-time.ts';
import type { ShotDetector, ShotDetectorOptions } from './shot-detector.ts';
import { type CutFilter, MergingFilter, MINIMUM_LENGTH, SuppressingFilter } from './shot-length.ts';

/** How much two frames of one size differ; grows with the difference. */
type Change = (before: FrameFeatures, after: FrameFeatures) => number;

/**
 * Change of content: the mean of |ΔH|, |ΔS| and |ΔV| over all pixels, in OpenCV's 8-bit ranges and of equal weight.
 * Hue is compared as a number: from one red to the next it may be far. In [0, 230].
 */
export const contentChange: Change = (before, after) =>
  (meanDifference(before.hue, after.hue) +
    meanDifference(before.saturation, after.saturation) +
    meanDifference(before.value, after.value)) /
  3;

/** Share of the bits of the frames' hashes that differ, in [0, 1]. */
export const hashChange: Change = (before, after) => hammingDistance(before.hash, after.hash) / 64;

/**
 * 1 less the correlation (Pearson's, as OpenCV's `HISTCMP_CORREL`) of the luma histograms: in [0, 2], and 0 where one
 * of them is level.
 */
export const histogramChange: Change = ({ lumaHistogram: a }, { lumaHistogram: b }) => {
  let [sumA, sumB, products, squaresA, squaresB] = [0, 0, 0, 0, 0];
  for (let bin = 0; bin < a.length; bin++) {
    sumA += a[bin]!;
    sumB += b[bin]!;
    products += a[bin]! * b[bin]!;
    squaresA += a[bin]! ** 2;
    squaresB += b[bin]! ** 2;
  }
  // All are whole numbers: each of these is exact, and 0 only where it has to be.
  const spread = (a.length * squaresA - sumA ** 2) * (a.length * squaresB - sumB ** 2);
  return spread === 0 ? 0 : 1 - (a.length * products - sumA * sumB) / Math.sqrt(spread);
};

/** PySceneDetect's `ContentDetector`: {@link contentChange} of 27 and more; bursts of cuts are merged. */
export const contentDetector = ({ threshold = 27, minimumLength }: ShotDetectorOptions = {}): ShotDetector =>
  new ChangeDetector(contentChange, threshold, new MergingFilter(minimumLength ?? MINIMUM_LENGTH));

/**
 * PySceneDetect's `HashDetector`, as it is since version 0.7.2: {@link hashChange} of 0.35 and more. Blind to changes of
 * colour and brightness.
 */
export const hashDetector = ({ threshold = 0.35, minimumLength }: ShotDetectorOptions = {}): ShotDetector =>
  new ChangeDetector(hashChange, threshold, new SuppressingFilter(minimumLength ?? MINIMUM_LENGTH));

/**
 * PySceneDetect's `HistogramDetector`, as it is since version 0.7.2: {@link histogramChange} of 0.20 and more. Blind to
 * where things are.
 */
export const histogramDetector = ({
  threshold = 0.2,
  minimumLength,
}: ShotDetectorOptions = {}): ShotDetector =>
  new ChangeDetector(histogramChange, threshold, new SuppressingFilter(minimumLength ?? MINIMUM_LENGTH));

class ChangeDetector implements ShotDetector {
  readonly #change: Change;
  readonly #threshold: number;
  readonly #filter: CutFilter;
  #before: FrameFeatures | undefined;

  constructor(change: Change, threshold: number, filter: CutFilter) {
    this.#change = change;
    this.#threshold = threshold;
    this.#filter = filter;
  }

  next(frame: FrameTime, features: FrameFeatures): readonly number[] {
    const isCut = this.#before !== undefined && this.#change(this.#before, features) >= this.#threshold;
    this.#before = features;
    const cut = this.#filter.pass(frame, isCut);
    return cut === undefined ? [] : [cut];
  }
}
