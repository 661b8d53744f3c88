// Scores of active learning for the frames of one task of predictions. Pure.
import {
  classificationScores,
  SUM_TOLERANCE,
  type UncertaintyScores,
} from '../selection/classification-scores.ts';
import {
  type DetectedObject,
  type DetectionScores,
  detectionScores,
  keypointScore,
} from '../selection/scores.ts';
import { malformed, type Prediction, type PredictionTask } from './prediction-task.ts';

/** By name: a number for each frame. */
export type PredictionScores = ReadonlyMap<string, Float64Array>;

const UNCERTAINTIES = [
  'uncertainty_least_confidence',
  'uncertainty_margin',
  'uncertainty_entropy',
] as const satisfies readonly (keyof UncertaintyScores)[];

const DETECTION_SCORES = [
  'object_frequency',
  'objectness_least_confidence',
  ...UNCERTAINTIES,
] as const satisfies readonly (keyof DetectionScores)[];

/** @throws ERR_METADATA naming the file of predictions that have no such scores, with the place */
export const scoresOf = (task: PredictionTask): PredictionScores => {
  switch (task.type) {
    case 'classification':
      return classification(task);
    case 'keypoint-detection':
      return new Map([['keypoint_least_confidence', keypoints(task)]]);
    default:
      return detection(task);
  }
};

/**
 * @param place of the prediction in its file
 * @throws ERR_METADATA when there is not one for each category
 */
export const requireLength = (
  probabilities: readonly number[],
  categories: number,
  file: string,
  place: number,
): void => {
  if (probabilities.length === categories) return;
  throw malformed(
    file,
    `predictions[${place}] has ${probabilities.length} probabilities for ${categories} categories. Give one for each`,
  );
};

const classification = ({ predictions, categories, fileOf }: PredictionTask): PredictionScores => {
  const columns = columnsOf(UNCERTAINTIES, predictions.length);
  for (const [frame, [prediction]] of predictions.entries()) {
    if (prediction === undefined) continue;
    const { probabilities } = prediction;
    if (probabilities === undefined)
      throw malformed(
        fileOf(frame),
        'predictions[0] has no probabilities, without which nobody knows how sure it is. Predict them',
      );
    requireDistribution(probabilities, categories.length, fileOf(frame), 0);
    const [scores] = classificationScores([probabilities]);
    for (const name of UNCERTAINTIES) columns.get(name)![frame] = scores![name];
  }
  return columns;
};

const detection = ({ predictions, categories, fileOf }: PredictionTask): PredictionScores => {
  const placeOf = new Map(categories.map(({ id }, place) => [id, place]));
  const objects = predictions.map((each, frame) =>
    each.map((prediction, place): DetectedObject => {
      if (prediction.probabilities !== undefined)
        requireDistribution(prediction.probabilities, categories.length, fileOf(frame), place);
      return objectOf(prediction, placeOf.get(prediction.category_id)!, categories.length);
    }),
  );
  const columns = columnsOf(DETECTION_SCORES, predictions.length);
  for (const [frame, scores] of detectionScores(objects).entries())
    for (const name of DETECTION_SCORES) columns.get(name)![frame] = scores[name];
  return columns;
};

/** Its score is objectness × largest probability; without probabilities its class is certain, without a score it is. */
const objectOf = (
  { score = 1, probabilities }: Prediction,
  category: number,
  categories: number,
): DetectedObject => {
  if (probabilities === undefined) {
    const certain = Array.from({ length: Math.max(2, categories) }, (_, place) =>
      place === category ? 1 : 0,
    );
    return { objectness: score, probabilities: certain };
  }
  const most = Math.max(...probabilities);
  // One class has a second that is nothing, so that there is something to be unsure of.
  const padded = probabilities.length === 1 ? [most, 1 - most] : probabilities;
  return { objectness: most === 0 ? 0 : Math.min(1, score / most), probabilities: padded };
};

const keypoints = ({ predictions, fileOf }: PredictionTask): Float64Array =>
  Float64Array.from(predictions, (each, frame) =>
    keypointScore(each.flatMap((prediction, place) => confidencesOf(prediction, fileOf(frame), place))),
  );

/** Every third number. */
const confidencesOf = ({ keypoints = [] }: Prediction, file: string, place: number): readonly number[] => {
  if (keypoints.length > 0) return keypoints.filter((_, i) => i % 3 === 2);
  throw malformed(
    file,
    `predictions[${place}] has no keypoints, without which nobody knows how sure it is. Predict them`,
  );
};

const requireDistribution = (
  probabilities: readonly number[],
  categories: number,
  file: string,
  place: number,
): void => {
  requireLength(probabilities, categories, file, place);
  const sum = probabilities.reduce((total, each) => total + each, 0);
  if (categories === 1 || Math.abs(sum - 1) <= SUM_TOLERANCE) return;
  throw malformed(file, `predictions[${place}].probabilities sum to ${sum}, and must sum to 1. Correct them`);
};

const columnsOf = (names: readonly string[], frames: number): Map<string, Float64Array> =>
  new Map(names.map((name) => [name, new Float64Array(frames)]));
