// Labels of frames as files: predictions in Lightly's layout, and beside them one table of all labels, and the names of
// the frames that have any.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameLabel } from '../annotation/labels.ts';
import { compareCodePoints } from '../base/code-points.ts';
import { FramesiftError } from '../base/errors.ts';
import { writeChunksAtomic } from '../base/file-chunks.ts';
import { isThere, requireEmpty, writeAtomic } from '../base/files.ts';
import { csvRecord } from '../formats/csv.ts';
import { schemaJson, tasksJson } from '../formats/prediction-json.ts';
import { pythonJson } from '../formats/python-json.ts';
import { documentPath } from '../table/frame-documents.ts';
import { readDocument } from '../table/json-file.ts';
import type { LabelledPlace } from './labelled-frames.ts';

export interface LabelledFrame extends LabelledPlace {
  readonly labels: readonly FrameLabel[];
}

/** Labels of one kind: of whole frames, or of objects in them. */
export interface LabelTask {
  readonly name: string;
  readonly type: 'classification' | 'object-detection';
  /** The number of a category is its place. */
  readonly categories: readonly string[];
  /** How many labels there are. */
  readonly labelCount: number;
}

/** What the labels of frames belong to, by name. @param declared categories that no label need have, by task */
export const tasksOf = (
  frames: Iterable<LabelledFrame>,
  declared: ReadonlyMap<string, ReadonlySet<string>>,
): LabelTask[] => {
  const found = new Map<
    string,
    { task: string; hasBox: boolean; categories: Set<string>; labelCount: number }
  >();
  for (const { labels } of frames) {
    for (const { task, category, box } of labels) {
      const key = `${task}\0${box !== undefined}`;
      const each = found.get(key) ?? {
        task,
        hasBox: box !== undefined,
        categories: new Set(),
        labelCount: 0,
      };
      found.set(key, each);
      each.categories.add(category);
      each.labelCount++;
    }
  }
  const tasks = [...found.values()].map(({ task, hasBox, categories, labelCount }): LabelTask => {
    if (hasBox) for (const category of declared.get(task) ?? []) categories.add(category);
    return {
      name: nameOf(task, hasBox && found.has(`${task}\0false`)),
      type: hasBox ? 'object-detection' : 'classification',
      categories: [...categories].sort(compareCodePoints),
      labelCount,
    };
  });
  return tasks.sort((a, b) => compareCodePoints(a.name, b.name));
};

/** The labels of a frame that belong to a task. */
export const labelsIn = ({ labels }: LabelledFrame, { name, type }: LabelTask): FrameLabel[] =>
  labels.filter(({ task, box }) => {
    const hasBox = type === 'object-detection';
    return (
      (box !== undefined) === hasBox &&
      (nameOf(task, false) === name || (hasBox && nameOf(task, true) === name))
    );
  });

/** A task is a folder. Objects stand apart where one control speaks of whole frames, too. */
const nameOf = (task: string, isApart: boolean): string =>
  `${task.replace(/[/\\:\0]/g, '_').replace(/^\.+/, '_')}${isApart ? '-objects' : ''}`;

/** Which tasks of a folder are labels that were imported: others are left alone. */
interface ImportRecord {
  readonly tasks: readonly string[];
}

/**
 * Writes the labels. What an earlier import wrote into the folder goes; predictions of other origin stay.
 *
 * @returns the paths of `tasks.json`, `labels.csv` and `labelled_filenames.txt`
 * @throws ERR_OUTPUT_EXISTS for a folder with something in it that is not to be written into, or with a task of the same
 *   name; ERR_WRITE, ERR_METADATA
 */
export const writeLabels = async (
  folder: string,
  frames: readonly LabelledFrame[],
  tasks: readonly LabelTask[],
  { force, signal }: { readonly force: boolean; readonly signal: AbortSignal | undefined },
): Promise<string[]> => {
  const [recordFile, tasksFile] = [join(folder, '.framesift', 'labels.json'), join(folder, 'tasks.json')];
  const isOurs = await isThere(recordFile);
  if (!force && !isOurs) await requireEmpty(folder, 'is not empty, and no labels were imported into it');
  const before = isOurs ? ((await readDocument(recordFile)) as ImportRecord).tasks : [];
  const there = (await isThere(tasksFile)) ? ((await readDocument(tasksFile)) as readonly string[]) : [];
  const others = there.filter((name) => !before.includes(name));
  const names = tasks.map(({ name }) => name);
  const taken = names.find((name) => others.includes(name));
  if (taken !== undefined) throw taskIsTaken(folder, taken);
  await writeAtomic(recordFile, pythonJson({ tasks: [...new Set([...before, ...names])] }));
  for (const name of before) await rm(join(folder, name), { recursive: true, force: true });
  for (const task of tasks) {
    for (const frame of frames) {
      signal?.throwIfAborted();
      const predictions = labelsIn(frame, task).map((label) => predictionOf(label, task));
      const document = pythonJson({ file_name: frame.filename, predictions });
      await writeAtomic(documentPath(join(folder, task.name), frame.filename), document);
    }
    const { name, type, categories } = task;
    await writeAtomic(
      join(folder, name, 'schema.json'),
      schemaJson(type, [...categories.keys()], categories),
    );
  }
  const [table, list] = [join(folder, 'labels.csv'), join(folder, 'labelled_filenames.txt')];
  await writeChunksAtomic(table, tableOf(frames, tasks));
  await writeAtomic(list, frames.map(({ filename }) => `${filename}\n`).join(''));
  await writeAtomic(tasksFile, tasksJson([...others, ...names]));
  await writeAtomic(recordFile, pythonJson({ tasks: names }));
  return [tasksFile, table, list];
};

/** Annotators are sure. */
const predictionOf = ({ category, box }: FrameLabel, { categories }: LabelTask) => {
  const id = categories.indexOf(category);
  if (box !== undefined) return { category_id: id, bbox: box.map(thousandths), score: 1 };
  return { category_id: id, probabilities: categories.map((each) => (each === category ? 1 : 0)) };
};

const thousandths = (value: number): number => Math.round(value * 1000) / 1000;

function* tableOf(frames: readonly LabelledFrame[], tasks: readonly LabelTask[]): Generator<string> {
  yield csvRecord([
    'filenames',
    'video',
    'frame',
    'seconds',
    'task',
    'category',
    'x',
    'y',
    'width',
    'height',
  ]);
  for (const frame of frames) {
    const { filename, video = '', frame: number, seconds } = frame;
    const place = [filename, video, String(number ?? ''), String(seconds ?? '')];
    for (const task of tasks) {
      for (const { category, box } of labelsIn(frame, task)) {
        const sides = box?.map((side) => String(thousandths(side))) ?? ['', '', '', ''];
        yield csvRecord([...place, task.name, category, ...sides]);
      }
    }
  }
}

const taskIsTaken = (folder: string, name: string): FramesiftError =>
  new FramesiftError(
    'ERR_OUTPUT_EXISTS',
    `${join(folder, name)}: there are predictions of another origin under this name. Choose another --out.`,
    { facts: { path: folder, task: name } },
  );
