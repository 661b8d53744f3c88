// What annotators said of frames, back from their tools: as predictions in Lightly's layout, which `select` takes.
import { join } from 'node:path';
import { cocoLabels } from './annotation/coco-labels.ts';
import { cvatLabels } from './annotation/cvat-labels.ts';
import { labelStudioLabels } from './annotation/label-studio-labels.ts';
import { isFields, type LabelDocument, labelError } from './annotation/labels.ts';
import { FramesiftError } from './base/errors.ts';
import type { Failure } from './base/outcome.ts';
import { findItems } from './curation/annotation-items.ts';
import { type LabelledFrame, type LabelTask, tasksOf, writeLabels } from './curation/label-files.ts';
import { labelTaskOf, writeLabelledTable } from './curation/label-table.ts';
import { frameFinder, type LabelledPlace } from './curation/labelled-frames.ts';
import { frameKey } from './frame/frame-key.ts';
import { parseJsonText, readWholeText } from './table/json-file.ts';

export interface ImportLabelsOptions {
  /** Exports of Label Studio (JSON), of CVAT (XML), or COCO. What a later one says of a frame goes before earlier ones. */
  readonly files: readonly string[];
  /** A folder for predictions in Lightly's layout; made if need be. */
  readonly outDir: string;
  /**
   * The frames that were to be labelled: the folder of a run, a folder of images that `extract` wrote, or its manifest.
   * Labels are joined to them by key, name, or the end of their path. Default: names and paths are believed.
   */
  readonly frames?: string | undefined;
  /** What was put before the paths of images. */
  readonly prefix?: string | undefined;
  /** A table of embeddings: its labelled rows are written with the number of their class. */
  readonly embeddings?: string | undefined;
  /** The task that these numbers are of. Default: the first of whole frames, else the first. */
  readonly labelTask?: string | undefined;
  /** Write beside what is in the folder already. */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ImportLabelsOutcome {
  /** Frames that were labelled, those on which nothing was found included. */
  readonly frames: number;
  readonly tasks: readonly LabelTask[];
  /** Marks that are no classes and no boxes, by kind. */
  readonly passedOver: Readonly<Record<string, number>>;
  /** Rows of the table with labels, where one was asked for. */
  readonly labelledRows: number | undefined;
  readonly files: readonly string[];
  readonly failed: readonly Failure[];
}

/**
 * Reads labels and joins them to frames. Writes a task of predictions for each control, `labels.csv` with all of them,
 * and `labelled_filenames.txt`. They can then balance a selection (`classes:TASK`), filter or weigh it
 * (`count:TASK/CATEGORY`), or say what to look for.
 *
 * @throws ERR_NOT_FOUND, ERR_READ, ERR_METADATA for what is no export or has no labels; ERR_OPTION, ERR_OUTPUT_EXISTS,
 *   ERR_WRITE, or the signal's reason; images that are no frames are in the outcome
 */
export const importLabels = async (options: ImportLabelsOptions): Promise<ImportLabelsOutcome> => {
  const { files, outDir, prefix, embeddings, labelTask, force = false, signal } = options;
  const given = options.frames === undefined ? undefined : await findItems({ from: options.frames });
  const find = frameFinder(prefix, given);
  const byFrame = new Map<string, LabelledFrame>();
  const failed: Failure[] = [];
  const declared = new Map<string, Set<string>>();
  const passedOver = new Map<string, number>();
  for (const file of files) {
    signal?.throwIfAborted();
    const document = parseLabels(await readWholeText(file, 'ERR_METADATA'), file);
    for (const image of document.images) {
      try {
        const place = find(image, file);
        byFrame.set(frameKey(place.filename), { ...place, labels: image.labels });
      } catch (error) {
        if (!(error instanceof FramesiftError)) throw error;
        failed.push({ item: image.file ?? image.name ?? image.place, error });
      }
    }
    for (const [task, names] of document.declared)
      declared.set(task, new Set([...(declared.get(task) ?? []), ...names]));
    for (const [kind, many] of document.passedOver) passedOver.set(kind, (passedOver.get(kind) ?? 0) + many);
  }
  const frames = [...byFrame.values()].sort(inOrder);
  const tasks = tasksOf(frames, declared);
  const about = { frames: frames.length, tasks, passedOver: Object.fromEntries(passedOver), failed };
  if (frames.length === 0) return { ...about, labelledRows: undefined, files: [] };
  if (tasks.length === 0) throw nothingLabelled(files);
  const task = embeddings === undefined ? undefined : labelTaskOf(tasks, labelTask);
  const written = await writeLabels(outDir, frames, tasks, { force, signal });
  if (embeddings === undefined || task === undefined)
    return { ...about, labelledRows: undefined, files: written };
  const table = join(outDir, 'embeddings.csv');
  const labelledRows = await writeLabelledTable(table, embeddings, frames, task, signal);
  return { ...about, labelledRows, files: [...written, table] };
};

/** By video and number; images that are no frames by name. */
const inOrder = (a: LabelledPlace, b: LabelledPlace): number => {
  const [videoA, videoB] = [a.video ?? a.filename, b.video ?? b.filename];
  return videoA === videoB ? (a.frame ?? 0) - (b.frame ?? 0) : videoA < videoB ? -1 : 1;
};

/** @throws ERR_METADATA */
const parseLabels = (text: string, file: string): LabelDocument => {
  if (text.startsWith('PK\u0003\u0004'))
    throw labelError(file, '', 'is a zip archive. Unpack it, and give the file inside.');
  if (/^\uFEFF?\s*</.test(text)) return cvatLabels(text.replace(/^\uFEFF/, ''), file);
  const document = parseJsonText(text, file, 'ERR_METADATA');
  if (Array.isArray(document)) return labelStudioLabels(document, file);
  if (isFields(document) && 'images' in document) return cocoLabels(document, file);
  throw labelError(
    file,
    '',
    'is no export of Label Studio (JSON), no COCO and no XML of CVAT. Export the labels as one of these.',
  );
};

const nothingLabelled = (files: readonly string[]): FramesiftError =>
  new FramesiftError(
    'ERR_METADATA',
    `${files.join(', ')}: no frame has a label that is a class or a box. Export what was annotated.`,
    { facts: { files: [...files] } },
  );
