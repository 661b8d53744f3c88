// What models predicted for frames, as columns to select by: scores of active learning, counts and classes.
import { join } from 'node:path';
import { FramesiftError } from '../base/errors.ts';
import { isInside } from '../base/files.ts';
import { matrixOf } from '../base/matrix.ts';
import { nearest } from '../base/nearest.ts';
import { quote, quoteFirst } from '../base/quote.ts';
import type { ClassShares } from '../selection/candidates.ts';
import { folderWith, readDocument } from './json-file.ts';
import { requireLength, scoresOf } from './prediction-scores.ts';
import { malformed, type PredictionTask, readPredictionTask } from './prediction-task.ts';

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
  const tasks = await readDocument(file);
  if (!Array.isArray(tasks) || !tasks.every((task) => typeof task === 'string'))
    throw malformed(file, 'must be a list of names of tasks. Correct it');
  const outside = tasks.find((task) => !isInside(task));
  if (outside !== undefined)
    throw malformed(file, `${quote(outside)} is no name of a folder beside this file. Correct it`);
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
   * and for segmentation, whose masks count as objects, and `keypoint_least_confidence`, 1 − the mean confidence, for
   * keypoints. Frames without predictions have 0, in detection the scores of an image without objects.
   *
   * An object's `score` is objectness × largest probability, as Lightly takes it. Where a file has no probabilities, the
   * objectness is the score, and the class certain; without a score the object is. A classification without probabilities
   * says nothing of how sure it is, and has no scores.
   *
   * @throws ERR_OPTION for a task or score that there is not; ERR_METADATA naming the file that is malformed, or has no
   *   such scores; ERR_NOT_FOUND, ERR_READ
   */
  async scores(task: string, score: string): Promise<Float64Array> {
    const all = scoresOf(await this.#open(task));
    const found = all.get(score);
    if (found !== undefined) return found;
    throw unknown(`task ${quote(task)} has no score`, score, [...all.keys()]);
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
      for (const [place, { category_id: id, probabilities }] of each.entries()) {
        if (type !== 'classification' || probabilities === undefined) {
          row[places.get(id)!]! += 1;
          continue;
        }
        requireLength(probabilities, categories.length, fileOf(frame), place);
        row.set(probabilities);
      }
    }
    return {
      names: categories.map(({ name }) => name),
      rows: matrixOf(data, predictions.length, categories.length),
    };
  }

  /** All that is predicted of a task. @throws as {@link scores} */
  task(name: string): Promise<PredictionTask> {
    return this.#open(name);
  }

  #open(task: string): Promise<PredictionTask> {
    if (!this.tasks.includes(task)) throw unknown(`${this.#folder} has no task`, task, this.tasks);
    const read =
      this.#read.get(task) ?? readPredictionTask(this.#folder, task, this.#filenames, this.#signal);
    this.#read.set(task, read);
    return read;
  }
}

const unknown = (where: string, name: string, known: readonly string[]): FramesiftError => {
  const suggestion = nearest(name, known);
  const hint = suggestion === undefined ? '' : ` Did you mean ${quote(suggestion)}?`;
  return new FramesiftError(
    'ERR_OPTION',
    `${where} ${quote(name)}.${hint} There are: ${quoteFirst(known, SHOWN)}.`,
    { facts: { name, suggestion: suggestion ?? null } },
  );
};
