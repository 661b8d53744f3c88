// The predictions of one task for a list of frames, checked.
import { basename, join } from 'node:path';
import { forEachConcurrent } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import { checkDocument } from '../formats/document-check.ts';
import { documentPath, findFrameDocuments } from './frame-documents.ts';
import { readDocument } from './json-file.ts';

/** One prediction of a file, as Lightly has it. */
export interface Prediction {
  readonly category_id: number;
  /** In [0, 1]. */
  readonly score?: number;
  /** x, y, width and height in pixels. */
  readonly bbox?: readonly number[];
  /** One for each category, in the schema's order, in [0, 1]. */
  readonly probabilities?: readonly number[];
  /** x, y and confidence of each, one after the other; the confidence in [0, 1]. */
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
  const root = join(folder, name);
  const schemaPath = join(root, 'schema.json');
  const schema = await readDocument(schemaPath);
  requireKind(schema, schemaPath, 'prediction schema');
  const { task_type: type, categories } = schema as {
    readonly task_type: string;
    readonly categories: PredictionTask['categories'];
  };
  const known = new Set(categories.map(({ id }) => id));
  const documents = await findFrameDocuments(root, filenames, signal);
  const files = filenames.map((filename) => documents.ofFrame(filename));
  if (filenames.length > 0 && files.every((file) => file === undefined))
    throw malformed(
      root,
      `holds no predictions of any of the frames: there is no ${documentPath(root, filenames[0]!)}. Predict them first`,
    );
  const predictions: (readonly Prediction[])[] = filenames.map(() => []);
  await forEachConcurrent(files.entries(), FILES_AT_ONCE, async ([frame, file]) => {
    if (file === undefined) return;
    signal?.throwIfAborted();
    const document = await readDocument(file);
    requireKind(document, file, 'predictions');
    predictions[frame] = (document as { readonly predictions: readonly Prediction[] }).predictions;
    const stranger = predictions[frame].findIndex(({ category_id: id }) => !known.has(id));
    if (stranger !== -1)
      throw malformed(
        file,
        `predictions[${stranger}].category_id is ${predictions[frame][stranger]!.category_id}, which is the id of no category in ${schemaPath}. Correct it, or add the category there`,
      );
  });
  return { name, type, categories, predictions, fileOf: (frame) => files[frame] ?? root };
};

export const malformed = (path: string, problem: string): FramesiftError =>
  new FramesiftError('ERR_METADATA', `${path}: ${problem}.`, { facts: { path } });

const requireKind = (document: unknown, path: string, kind: 'prediction schema' | 'predictions'): void => {
  const report = checkDocument(document, basename(path));
  const [problem] = report?.problems ?? [];
  if (problem !== undefined) throw malformed(path, `${problem.place} ${problem.message.replace(/\.$/, '')}`);
  if (report?.kind !== kind)
    throw malformed(path, `is no ${kind.replace('prediction ', '')} of Lightly. Correct it`);
};
