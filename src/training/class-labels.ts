// Which class a frame is of: by its video, by the folder that is in, or as a table says.
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { compareCodePoints } from '../base/code-points.ts';
import { FramesiftError } from '../base/errors.ts';
import { readChunks, readError } from '../base/file-chunks.ts';
import { frameOfSample, type TrainingFrames } from '../dataset/training-frames.ts';
import { CsvReader, type CsvRecord } from '../formats/csv-reader.ts';
import { frameKey } from '../frame/frame-key.ts';

/** Samples of known classes. */
export interface ClassLabels {
  /** Names of classes, in order; a class is its place. */
  readonly classes: readonly string[];
  /** Ascending. */
  readonly samples: readonly number[];
  /** Of each sample. */
  readonly labels: readonly number[];
}

/** The same for the same classes of the same samples. */
export const keyOfLabels = ({ classes, samples, labels }: ClassLabels): string =>
  createHash('sha256')
    .update(JSON.stringify([classes, samples, labels]))
    .digest('hex');

const NAME_COLUMNS = ['filenames', 'filename', 'file_name', 'name'];
const LABEL_COLUMNS = ['labels', 'label', 'category', 'class'];

/** Says the class of a sample; undefined where nobody knows it. */
export type ClassOf = (frames: TrainingFrames, sample: number) => string | undefined;

/**
 * @param labels `video`, `folder`, or the path of a CSV file with a column of frame names (`filenames`) and one of labels
 *   (`labels`, `category`), such as a table of embeddings or what `annotate import` writes
 * @throws ERR_NOT_FOUND, ERR_READ; ERR_METADATA for a file without such columns
 */
export const readClasses = async (labels: string): Promise<ClassOf> => {
  if (labels === 'video') return (frames, sample) => frameOfSample(frames, sample).file;
  if (labels === 'folder') return (frames, sample) => dirname(frameOfSample(frames, sample).file);
  const table = await readTable(labels);
  return (frames, sample) => table.get(frameKey(frameOfSample(frames, sample).name));
};

/**
 * @param labels where `classOf` is from, for messages
 * @throws ERR_METADATA where none of the frames has a class; ERR_OPTION where there are not two classes, or none has two
 *   frames
 */
export const classLabels = (labels: string, classOf: ClassOf, frames: TrainingFrames): ClassLabels => {
  const named: { readonly sample: number; readonly name: string }[] = [];
  for (let sample = 0; sample < frames.count; sample++) {
    const name = classOf(frames, sample);
    if (name !== undefined) named.push({ sample, name });
  }
  if (named.length === 0) {
    throw new FramesiftError(
      'ERR_METADATA',
      `${labels}: names none of the frames that are trained on. Its names must be those that framesift list shows.`,
      { facts: { path: labels } },
    );
  }
  const classes = [...new Set(named.map(({ name }) => name))].sort(compareCodePoints);
  if (classes.length < 2) {
    throw new FramesiftError(
      'ERR_OPTION',
      `labels ${labels}: all frames are of one class (${classes[0]}). At least two are needed to tell apart.`,
      { facts: { labels } },
    );
  }
  if (classes.length === named.length) {
    throw new FramesiftError(
      'ERR_OPTION',
      `labels ${labels}: every class has one frame. At least one must have two: one that is looked up, one to be found.`,
      { facts: { labels } },
    );
  }
  const places = new Map(classes.map((name, place) => [name, place]));
  return {
    classes,
    samples: named.map(({ sample }) => sample),
    labels: named.map(({ name }) => places.get(name)!),
  };
};

/** Labels by the keys of frames; where a frame has several, the first. */
const readTable = async (path: string): Promise<ReadonlyMap<string, string>> => {
  const reader = new CsvReader();
  const table = new Map<string, string>();
  let columns: readonly [number, number] | undefined;
  const take = (record: CsvRecord): void => {
    if (record.length === 0) return;
    if (columns === undefined) {
      columns = columnsOf(record, path);
      return;
    }
    const [name, label] = columns;
    if (record.length <= Math.max(name, label) || record.text(label) === '') return;
    const key = frameKey(record.text(name));
    if (!table.has(key)) table.set(key, record.text(label));
  };
  try {
    for await (const chunk of readChunks(path)) for (const record of reader.push(chunk)) take(record);
  } catch (error) {
    throw readError(path, error);
  }
  for (const record of reader.end()) take(record);
  if (columns === undefined) throw noColumns(path);
  return table;
};

const columnsOf = (header: CsvRecord, path: string): readonly [number, number] => {
  const names = Array.from({ length: header.length }, (_, column) =>
    header.text(column).trim().toLowerCase(),
  );
  const placeOf = (wanted: readonly string[]): number =>
    wanted.map((name) => names.indexOf(name)).find((place) => place >= 0) ?? -1;
  const places = [placeOf(NAME_COLUMNS), placeOf(LABEL_COLUMNS)] as const;
  if (places.every((place) => place >= 0)) return places;
  throw noColumns(path);
};

const noColumns = (path: string): FramesiftError =>
  new FramesiftError(
    'ERR_METADATA',
    `${path}: has no columns for names and labels. Its first line must have one of ${NAME_COLUMNS.join(', ')} and one of ${LABEL_COLUMNS.join(', ')}.`,
    { facts: { path } },
  );
