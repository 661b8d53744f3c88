// What predictions of objects, pixels and keypoints say about how much a label would teach. Pure.
import { FramesiftError } from '../base/errors.ts';
import { type UncertaintyScores, uncertaintyOf } from './classification-scores.ts';

/** One predicted object. */
export interface DetectedObject {
  /** How sure the detector is that there is an object, in [0, 1]. */
  readonly objectness: number;
  /** One for each of at least two classes; they sum to 1. */
  readonly probabilities: readonly number[];
}

export interface DetectionOptions {
  /** How much each further object of a class counts, in [0, 1]. Default 0.25. */
  readonly frequencyPenalty?: number | undefined;
  /** The `object_frequency` of the image with the least, in [0, 1]. Default 0.9. */
  readonly minScore?: number | undefined;
}

export interface DetectionScores extends UncertaintyScores {
  /** High where there are many objects of many classes: relative to the other images, from `minScore` to 1. */
  readonly object_frequency: number;
  /** 1 − the mean of objectness × largest probability; 0 without objects. */
  readonly objectness_least_confidence: number;
}

const NO_UNCERTAINTY: UncertaintyScores = {
  uncertainty_least_confidence: 0,
  uncertainty_margin: 0,
  uncertainty_entropy: 0,
};

/**
 * Lightly's object detection scores (v1.2). Uncertainties are the largest of any object of the image, 0 without objects.
 * When all images have the same `object_frequency`, it is 1.
 *
 * @throws ERR_OPTION for an option that is out of range or unknown; ERR_METADATA for what is no distribution, or an
 *   objectness that is none
 */
export const detectionScores = (
  images: readonly (readonly DetectedObject[])[],
  options: DetectionOptions = {},
): DetectionScores[] => {
  const { frequencyPenalty, minScore } = checkedOptions(options);
  const frequencies = images.map((objects) => frequencyOf(objects, frequencyPenalty));
  const least = frequencies.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const span = frequencies.reduce((a, b) => Math.max(a, b), 0) - least;
  for (const [image, objects] of images.entries())
    for (const { objectness } of objects) requireShare('objectness', objectness, image);
  return images.map((objects, image) => {
    const share = span === 0 ? 1 : (frequencies[image]! - least) / span;
    return {
      object_frequency: minScore + share * (1 - minScore),
      objectness_least_confidence: 1 - meanOf(objects.map(confidenceOf), 1),
      ...objects
        .map(({ probabilities }) => uncertaintyOf(probabilities, image))
        .reduce(largest, NO_UNCERTAINTY),
    };
  });
};

const DEFAULTS = { frequencyPenalty: 0.25, minScore: 0.9 };

const checkedOptions = (options: DetectionOptions): typeof DEFAULTS => {
  const checked = { ...DEFAULTS };
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(DEFAULTS, name)) {
      const known = Object.keys(DEFAULTS).join(', ');
      throw new FramesiftError(
        'ERR_OPTION',
        `there is no option ${name} of detection scores. Options: ${known}.`,
      );
    }
    if (!(typeof value === 'number' && value >= 0 && value <= 1)) {
      throw new FramesiftError('ERR_OPTION', `${name} ${String(value)}: expected a number in [0, 1].`);
    }
    checked[name as keyof typeof DEFAULTS] = value;
  }
  return checked;
};

const frequencyOf = (objects: readonly DetectedObject[], penalty: number): number => {
  const counts = new Map<number, number>();
  for (const { probabilities } of objects) {
    const label = probabilities.indexOf(Math.max(...probabilities));
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  let sum = 0;
  for (const count of counts.values()) sum += 1 + penalty * (count - 1);
  return sum;
};

const confidenceOf = ({ objectness, probabilities }: DetectedObject): number =>
  objectness * Math.max(...probabilities);

const largest = (a: UncertaintyScores, b: UncertaintyScores): UncertaintyScores => ({
  uncertainty_least_confidence: Math.max(a.uncertainty_least_confidence, b.uncertainty_least_confidence),
  uncertainty_margin: Math.max(a.uncertainty_margin, b.uncertainty_margin),
  uncertainty_entropy: Math.max(a.uncertainty_entropy, b.uncertainty_entropy),
});

/** Probabilities of each pixel of an image. */
export interface SegmentationPrediction {
  readonly width: number;
  readonly height: number;
  /** At least 2. */
  readonly classes: number;
  /** width × height × classes, the classes of a pixel side by side. */
  readonly data: ArrayLike<number>;
}

/**
 * The means over all pixels of their classification scores.
 *
 * @throws ERR_SHAPE when the data do not fill their shape; ERR_METADATA for what is no distribution
 */
export const segmentationScores = ({
  width,
  height,
  classes,
  data,
}: SegmentationPrediction): UncertaintyScores => {
  const pixels = width * height;
  if (!(pixels > 0 && classes >= 2 && data.length === pixels * classes)) {
    throw new FramesiftError(
      'ERR_SHAPE',
      `a prediction of ${width} × ${height} pixels and ${classes} classes cannot be made of ${data.length} numbers. There must be at least 1 pixel and 2 classes.`,
      { facts: { width, height, classes, length: data.length } },
    );
  }
  const sums = { uncertainty_least_confidence: 0, uncertainty_margin: 0, uncertainty_entropy: 0 };
  const probabilities = new Float64Array(classes);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let i = 0; i < classes; i++) probabilities[i] = data[pixel * classes + i]!;
    const scores = uncertaintyOf(probabilities, pixel);
    sums.uncertainty_least_confidence += scores.uncertainty_least_confidence / pixels;
    sums.uncertainty_margin += scores.uncertainty_margin / pixels;
    sums.uncertainty_entropy += scores.uncertainty_entropy / pixels;
  }
  return sums;
};

/**
 * 1 − the mean confidence of all keypoints of an image; 0 without any.
 *
 * @param confidences in [0, 1]
 * @throws ERR_METADATA for one that is not
 */
export const keypointScore = (confidences: readonly number[]): number => {
  for (const [keypoint, confidence] of confidences.entries())
    requireShare('confidence', confidence, keypoint);
  return 1 - meanOf(confidences, 1);
};

const requireShare = (name: string, value: number, place: number): void => {
  if (value >= 0 && value <= 1) return;
  throw new FramesiftError('ERR_METADATA', `${name} ${value} of ${place}: expected a number in [0, 1].`, {
    facts: { name, value, sample: place },
  });
};

const meanOf = (values: readonly number[], ofNone: number): number =>
  values.length === 0 ? ofNone : values.reduce((sum, value) => sum + value, 0) / values.length;
