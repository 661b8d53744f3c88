// How unsure a classifier is: numbers for active learning. Pure.
import { FramesiftError } from '../base/errors.ts';

/** Each 0 where one class has all the probability, and 1 where all have the same. Names as in Lightly's tables. */
export interface UncertaintyScores {
  /** 1 − the largest probability. */
  readonly uncertainty_least_confidence: number;
  /** 1 − the difference of the two largest. */
  readonly uncertainty_margin: number;
  /** −Σ p log₂ p. */
  readonly uncertainty_entropy: number;
}

/** Float32 probabilities of a thousand classes do not sum to exactly 1. */
export const SUM_TOLERANCE = 1e-3;

/**
 * Lightly's classification scores (v1.2).
 *
 * @param predictions by sample its probabilities, one for each class, which sum to 1. A single one, p, is that of the
 *   first of two classes
 * @throws ERR_SHAPE when samples differ in their classes, or there are none; ERR_METADATA for what is no distribution
 */
export const classificationScores = (predictions: readonly ArrayLike<number>[]): UncertaintyScores[] => {
  const classes = predictions[0]?.length ?? 1;
  return predictions.map((prediction, sample) => {
    if (prediction.length !== classes || classes === 0) {
      throw new FramesiftError(
        'ERR_SHAPE',
        `prediction ${sample} has ${prediction.length} probabilities: expected ${Math.max(classes, 1)}, as many as classes.`,
        { facts: { sample, length: prediction.length, classes } },
      );
    }
    const [first] = Array.from(prediction);
    return uncertaintyOf(classes === 1 ? [first!, 1 - first!] : prediction, sample);
  });
};

/**
 * @param probabilities of at least two classes
 * @throws ERR_METADATA when they are not from 0 to 1, or do not sum to 1
 */
export const uncertaintyOf = (probabilities: ArrayLike<number>, sample: number): UncertaintyScores => {
  const sorted = Float64Array.from(Array.from(probabilities)).sort().reverse();
  const sum = sorted.reduce((total, p) => total + p, 0);
  if (!sorted.every((p) => p >= 0 && p <= 1) || Math.abs(sum - 1) > SUM_TOLERANCE) {
    throw new FramesiftError(
      'ERR_METADATA',
      `prediction ${sample}: expected probabilities from 0 to 1 that sum to 1; they sum to ${sum}.`,
      { facts: { sample, sum } },
    );
  }
  const [most, second] = sorted;
  const entropy = sorted.reduce((total, p) => (p > 0 ? total - p * Math.log2(p) : total), 0);
  // Where the sum is not exactly 1, the two that are scaled could be a little above it.
  return {
    uncertainty_least_confidence: Math.min(1, (1 - most!) / (1 - 1 / sorted.length)),
    uncertainty_margin: 1 - (most! - second!),
    uncertainty_entropy: Math.min(1, entropy / Math.log2(sorted.length)),
  };
};
