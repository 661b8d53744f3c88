// What models predicted for frames, as columns to select by: scores of active learning, counts and classes.
import { join } from 'node:path';
import { FramesiftError } from '../base/errors.ts';
import { matrixOf } from '../base/matrix.ts';
import { nearest } from '../base/nearest.ts';
import { quote, quoteFirst } from '../base/quote.ts';
import type { ClassShares } from '../selection/candidates.ts';
import { classificationScores } from '../selection/classification-scores.ts';
import { type DetectedObject, detectionScores, keypointScore } from '../selection/scores.ts';
import { folderWith, readJsonFile } from './json-file.ts';
import { malformed, type Prediction, type PredictionTask, readPredictionTask } from './prediction-task.ts';

const SHOWN = 20;

/**
 * Opens a folder of predictions in Lightly's layout: `tasks.json`, and for each task `schema.json` and a document for
 * each frame, named like it.
 *
 * @param path the folder `predictions`, `.lightly`, or the one that holds it
 * @param filenames the frames, as their table names them
 * @throws ERR_NOT_FOUND for a folder without `tasks.json`, ERR_READ, ERR_METADATA for one that is malformed
 */
export const openFramePredictions = async (
  path: string,
  filenames: readonly string[],
  signal?: AbortSignal | undefined,
): Promise<FramePredictions> => {
  const folder = await folderWith('tasks.json', [
    path,
    join(path, 'predictions'),
    join(path, '.lightly', 'predictions'),
  ]);
  if (folder === undefined)
    throw new FramesiftError(
      'ERR_NOT_FOUND',
      `${path}: there is no tasks.json of predictions in this folder. Give the folder predictions that Lightly's worker reads.`,
      { facts: { path } },
    );
  const file = join(folder, 'tasks.json');
  const tasks = await readJsonFile(file, 'ERR_METADATA');
  if (!Array.isArray(tasks) || !tasks.every((task) => typeof task === 'string'))
    throw malformed(file, 'must be a list of names of tasks. Correct it');
  return new FramePredictions(folder, tasks, filenames, signal);
};

/** Entry `i` of every column is of frame `i`. Tasks are read when they are asked for. */
export class FramePredictions {
  readonly tasks: readonly string[];
  readonly #folder: string;
  readonly #filenames: readonly string[];
  readonly #signal: AbortSignal | undefined;
  readonly #read = new Map<string, Promise<PredictionTask>>();

  constructor(
    folder: string,
    tasks: readonly string[],
    filenames: readonly string[],
    signal: AbortSignal | undefined,
  ) {
    this.#folder = folder;
    this.tasks = tasks;
    this.#filenames = filenames;
    this.#signal = signal;
  }

  /**
   * A score of active learning: those of `classificationScores` for classification, of `detectionScores` for detection
   * and for segmentation, whose masks count as objects, and `keypoint_least_confidence` for keypoints. Frames without
   * predictions have 0, detected frames the score of an image without objects.
   *
   * An object's `score` is objectness × largest probability. Where a file has no probabilities, the objectness is the
   * score, and the class certain.
   *
   * @throws ERR_OPTION for a task or score that there is not, ERR_METADATA, ERR_NOT_FOUND, ERR_READ
   */
  async scores(task: string, score: string): Promise<Float64Array> {
    const all = scoresOf(await this.#open(task));
    const names = Object.keys(all);
    const found = all[score];
    if (found !== undefined) return found;
    throw unknown(`task ${quote(task)} has no score`, score, names);
  }

  /**
   * How many predictions there are of some categories.
   *
   * @throws ERR_OPTION for a category that there is not; as {@link scores}
   */
  async categoryCounts(task: string, categories: readonly string[]): Promise<Float64Array> {
    const opened = await this.#open(task);
    const names = opened.categories.map(({ name }) => name);
    const stranger = categories.find((category) => !names.includes(category));
    if (stranger !== undefined) throw unknown(`task ${quote(task)} has no category`, stranger, names);
    const ids = new Set(
      opened.categories.filter(({ name }) => categories.includes(name)).map(({ id }) => id),
    );
    return Float64Array.from(
      opened.predictions,
      (each) => each.filter(({ category_id: id }) => ids.has(id)).length,
    );
  }

  /**
   * What each frame shows of each category: the probabilities of a classification (1 for its category where there are
   * none), the number of objects otherwise.
   *
   * @throws as {@link scores}
   */
  async classDistribution(task: string): Promise<ClassShares> {
    const { type, categories, predictions, fileOf } = await this.#open(task);
    const places = new Map(categories.map(({ id }, place) => [id, place]));
    const data = new Float32Array(predictions.length * categories.length);
    for (const [frame, each] of predictions.entries()) {
      const row = data.subarray(frame * categories.length, (frame + 1) * categories.length);
      for (const { category_id: id, probabilities } of each) {
        if (type !== 'classification' || probabilities === undefined) row[places.get(id)!]! += 1;
        else if (probabilities.length === categories.length) row.set(probabilities);
        else throw wrongLength(fileOf(frame), probabilities, categories.length);
      }
    }
    return {
      names: categories.map(({ name }) => name),
      rows: matrixOf(data, predictions.length, categories.length),
    };
  }

  #open(task: string): Promise<PredictionTask> {
    if (!this.tasks.includes(task)) throw unknown(`${this.#folder} has no task`, task, this.tasks);
    const read =
      this.#read.get(task) ?? readPredictionTask(this.#folder, task, this.#filenames, this.#signal);
    this.#read.set(task, read);
    return read;
  }
}

type Scores = Readonly<Record<string, Float64Array>>;

const scoresOf = (task: PredictionTask): Scores => {
  switch (task.type) {
    case 'classification':
      return classification(task);
    case 'keypoint-detection':
      return { keypoint_least_confidence: Float64Array.from(task.predictions, keypoints) };
    default:
      return detection(task);
  }
};

const classification = ({ predictions, categories, fileOf }: PredictionTask): Scores => {
  const names = ['uncertainty_least_confidence', 'uncertainty_margin', 'uncertainty_entropy'] as const;
  const columns = Object.fromEntries(names.map((name) => [name, new Float64Array(predictions.length)]));
  for (const [frame, [prediction]] of predictions.entries()) {
    if (prediction === undefined) continue;
    const { probabilities } = prediction;
    if (probabilities === undefined)
      throw malformed(
        fileOf(frame),
        'has no probabilities, without which nobody knows how sure it is. Predict them',
      );
    if (probabilities.length !== categories.length)
      throw wrongLength(fileOf(frame), probabilities, categories.length);
    const [scores] = inFile(
      () => fileOf(frame),
      () => classificationScores([probabilities]),
    );
    for (const name of names) columns[name]![frame] = scores![name];
  }
  return columns;
};

const detection = ({ predictions, categories, fileOf }: PredictionTask): Scores => {
  const places = new Map(categories.map(({ id }, place) => [id, place]));
  // One class has a second that is nothing, so that there is something to be unsure of.
  const width = Math.max(2, categories.length);
  const objects = predictions.map((each, frame) =>
    each.map((prediction): DetectedObject => {
      const { score = 1, probabilities, category_id: id } = prediction;
      if (probabilities === undefined) {
        const certain = Array.from({ length: width }, (_, place) => (place === places.get(id) ? 1 : 0));
        return { objectness: score, probabilities: certain };
      }
      if (probabilities.length !== categories.length)
        throw wrongLength(fileOf(frame), probabilities, categories.length);
      const most = Math.max(...probabilities);
      const padded = probabilities.length === 1 ? [most, 1 - most] : probabilities;
      return { objectness: most === 0 ? 0 : Math.min(1, score / most), probabilities: padded };
    }),
  );
  const scores = inFile(fileOf, () => detectionScores(objects));
  const names = Object.keys(scores[0] ?? {}) as (keyof (typeof scores)[number])[];
  return Object.fromEntries(names.map((name) => [name, Float64Array.from(scores, (each) => each[name])]));
};

/** Every third number is a confidence. */
const keypoints = (predictions: readonly Prediction[]): number =>
  keypointScore(predictions.flatMap(({ keypoints: all = [] }) => all.filter((_, i) => i % 3 === 2)));

/** Errors of what a file holds, with the file in front. */
const inFile = <T>(fileOf: (sample: number) => string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FramesiftError)) throw error;
    const file = fileOf(Number(error.facts['sample'] ?? 0));
    throw new FramesiftError('ERR_METADATA', `${file}: ${error.message}`, { facts: error.facts });
  }
};

const wrongLength = (file: string, probabilities: readonly number[], wanted: number): FramesiftError =>
  malformed(file, `has ${probabilities.length} probabilities for ${wanted} categories. Give one for each`);

const unknown = (where: string, name: string, known: readonly string[]): FramesiftError => {
  const suggestion = nearest(name, known);
  const hint =
    suggestion === undefined
      ? ` There are: ${quoteFirst(known, SHOWN)}.`
      : ` Did you mean ${quote(suggestion)}?`;
  return new FramesiftError('ERR_OPTION', `${where} ${quote(name)}.${hint}`, {
    facts: { name, suggestion: suggestion ?? null },
  });
};
