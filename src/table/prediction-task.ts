// The predictions of one task for a list of frames, checked.
import { join } from 'node:path';
import { forEachConcurrent } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import { checkDocument } from '../formats/document-check.ts';
import { readJsonFile, readJsonFileIfThere } from './json-file.ts';

/** One prediction of a file, as Lightly has it. */
export interface Prediction {
  readonly category_id: number;
  readonly score?: number;
  readonly probabilities?: readonly number[];
  /** x, y and confidence of each, one after the other. */
  readonly keypoints?: readonly number[];
}

export interface PredictionTask {
  readonly name: string;
  /** `classification`, `object-detection`, … */
  readonly type: string;
  readonly categories: readonly { readonly id: number; readonly name: string }[];
  /** By frame; none where there is no file. */
  readonly predictions: readonly (readonly Prediction[])[];
  /** By frame: the file that its predictions are in, for messages. */
  fileOf(frame: number): string;
}

const FILES_AT_ONCE = 16;

/**
 * @param folder of all tasks
 * @throws ERR_NOT_FOUND, ERR_READ; ERR_METADATA for what is malformed, and when none of the frames has predictions; the
 *   signal's reason
 */
export const readPredictionTask = async (
  folder: string,
  name: string,
  filenames: readonly string[],
  signal?: AbortSignal | undefined,
): Promise<PredictionTask> => {
  const schemaPath = join(folder, name, 'schema.json');
  const schema = await readJsonFile(schemaPath, 'ERR_METADATA');
  requireKind(schema, schemaPath, 'prediction schema');
  const { task_type: type, categories } = schema as {
    readonly task_type: string;
    readonly categories: PredictionTask['categories'];
  };
  const fileOf = (frame: number): string =>
    join(folder, name, `${filenames[frame]!.replace(/\.[^./\\]*$/, '')}.json`);
  const known = new Set(categories.map(({ id }) => id));
  let found = 0;
  const predictions: (readonly Prediction[])[] = filenames.map(() => []);
  await forEachConcurrent(filenames.keys(), FILES_AT_ONCE, async (frame) => {
    signal?.throwIfAborted();
    if (!isInside(filenames[frame]!)) return;
    const file = fileOf(frame);
    const document = await readJsonFileIfThere(file, 'ERR_METADATA');
    if (document === undefined) return;
    requireKind(document, file, 'predictions');
    predictions[frame] = (document as { readonly predictions: readonly Prediction[] }).predictions;
    const stranger = predictions[frame].find(({ category_id: id }) => !known.has(id));
    if (stranger !== undefined)
      throw malformed(
        file,
        `has the category ${stranger.category_id}, which ${schemaPath} does not know. Correct one`,
      );
    found++;
  });
  if (found === 0 && filenames.length > 0)
    throw malformed(
      join(folder, name),
      `holds no predictions of any of the frames: there is no ${fileOf(0)}. Predict them first`,
    );
  return { name, type, categories, predictions, fileOf };
};

export const malformed = (path: string, problem: string): FramesiftError =>
  new FramesiftError('ERR_METADATA', `${path}: ${problem}.`, { facts: { path } });

const requireKind = (document: unknown, path: string, kind: 'prediction schema' | 'predictions'): void => {
  const report = checkDocument(document, path);
  const [problem] = report?.problems ?? [];
  if (problem !== undefined) throw malformed(path, `${problem.place} ${problem.message.replace(/\.$/, '')}`);
  if (report?.kind !== kind)
    throw malformed(path, `is no ${kind.replace('prediction ', '')} of Lightly. Correct it`);
};

/** Names that would lead out of the folder have no file. */
const isInside = (name: string): boolean => !/\0|^[a-z]:|^[/\\]|(?:^|[/\\])\.\.(?:[/\\]|$)/i.test(name);
