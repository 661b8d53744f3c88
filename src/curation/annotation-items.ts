// Selected frames with their images, in the order in which they were picked: out of the folder of a run, a folder of
// images, a list, or a manifest.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type AnnotationItem, frameKeyOf, type ItemPrediction } from '../annotation/item.ts';
import type { Box } from '../annotation/labels.ts';
import { compareCodePoints } from '../base/code-points.ts';
import { FramesiftError } from '../base/errors.ts';
import { readError } from '../base/file-chunks.ts';
import { isThere } from '../base/files.ts';
import type { Failure } from '../base/outcome.ts';
import { namesOf } from '../dataset/choice.ts';
import { frameKey } from '../frame/frame-key.ts';
import { type FrameList, readFrameList } from '../frame/list.ts';
import { type ExtractedFrame, writtenFrames } from '../image/frame-files.ts';
import { openFramePredictions } from '../table/frame-predictions.ts';
import type { Prediction, PredictionTask } from '../table/prediction-task.ts';
import { layoutOf } from './run-folder-layout.ts';
import { type PickedRow, readSelectionTable } from './selection-table.ts';

export interface AnnotationSource {
  /** The folder of a run, a folder of images that `extract` wrote, its manifest, or a list of frames. */
  readonly from: string;
  /** With a list: the folder of the images. */
  readonly images?: string | undefined;
  /** A folder of predictions in Lightly's layout, in pixels of the images, for tools that show them to annotators. */
  readonly predictions?: string | undefined;
}

export interface FoundItems {
  readonly items: readonly AnnotationItem[];
  /** Frames without an image. */
  readonly failed: readonly Failure[];
  /** Of the images; undefined where nobody says where they are. */
  readonly folder: string | undefined;
  /** Whether `from` is a folder. */
  readonly isFolder: boolean;
}

/**
 * @throws ERR_NOT_FOUND, ERR_READ, ERR_LIST, ERR_OPTION for a list without images; ERR_NO_INPUT for a folder into which
 *   framesift has written no images
 */
export const findItems = async (source: AnnotationSource): Promise<FoundItems> => {
  const found = await findFrames(source);
  if (source.predictions === undefined) return found;
  return { ...found, items: await withPredictions(found.items, source.predictions) };
};

const withPredictions = async (items: readonly AnnotationItem[], path: string): Promise<AnnotationItem[]> => {
  const opened = await openFramePredictions(
    path,
    items.map(({ name }) => name),
  );
  const tasks = await Promise.all(opened.tasks.map((name) => opened.task(name)));
  return items.map((item, i) => ({
    ...item,
    predictions: tasks.flatMap((task) =>
      task.predictions[i]!.flatMap((each) => predictionOf(each, task) ?? []),
    ),
  }));
};

/** @returns undefined for what is neither a class nor a box: a mask, points */
const predictionOf = (
  { category_id: id, score, probabilities, bbox }: Prediction,
  { name: task, type, categories }: PredictionTask,
): ItemPrediction | undefined => {
  const isOfFrame = type === 'classification';
  if (!isOfFrame && bbox === undefined) return undefined;
  const likeliest = isOfFrame && probabilities !== undefined ? Math.max(...probabilities) : undefined;
  const place =
    likeliest === undefined
      ? categories.findIndex((each) => each.id === id)
      : probabilities!.indexOf(likeliest);
  return {
    task,
    category: categories[place]!.name,
    box: isOfFrame ? undefined : (bbox as unknown as Box),
    score: likeliest ?? score ?? 1,
  };
};

const findFrames = async ({ from, images }: AnnotationSource): Promise<FoundItems> => {
  const isFolder = await stat(from).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder && /\.(?:jsonl|ndjson)$/i.test(from)) {
    const frames = await readManifest(from);
    if (frames !== undefined)
      return { items: frames.map((frame, i) => itemOf(frame, i + 1)), failed: [], folder: images, isFolder };
  }
  if (!isFolder) {
    if (images === undefined)
      throw new FramesiftError(
        'ERR_OPTION',
        `${from}: is a list, and where its images are is not said. Give the folder that extract wrote them to (--images DIR).`,
      );
    return { ...joined(await readFrameList(from), await imagesIn(images), images, undefined), isFolder };
  }
  const { list, frames } = layoutOf(from, 'csv');
  if ((await isThere(list)) && (await isThere(frames))) {
    const table = join(from, 'selection.csv');
    const picks = (await isThere(table)) ? await readSelectionTable(table) : undefined;
    return { ...joined(await readFrameList(list), await imagesIn(frames), frames, picks), isFolder };
  }
  const all = [...(await imagesIn(from)).values()];
  all.sort((a, b) => compareCodePoints(a.video, b.video) || a.frame - b.frame);
  return { items: all.map((frame, i) => itemOf(frame, i + 1)), failed: [], folder: from, isFolder };
};

/** By what all names of a frame have in common. */
const imagesIn = async (folder: string): Promise<ReadonlyMap<string, ExtractedFrame>> => {
  const written = await writtenFrames(folder);
  const there = new Map<string, ExtractedFrame>();
  for (const frame of written.values())
    if (await isThere(join(folder, frame.file))) there.set(frameKey(frame.name), frame);
  if (there.size > 0) return there;
  throw new FramesiftError(
    'ERR_NO_INPUT',
    `${folder}: holds no images that framesift wrote. Give the folder of a run, or the one that extract wrote to.`,
    { facts: { path: folder } },
  );
};

const joined = (
  list: FrameList,
  images: ReadonlyMap<string, ExtractedFrame>,
  folder: string,
  picks: ReadonlyMap<string, PickedRow> | undefined,
): Omit<FoundItems, 'isFolder'> => {
  const items: AnnotationItem[] = [];
  const failed: Failure[] = [];
  for (const [i, { name, place }] of namesOf(list).entries()) {
    const frame = images.get(frameKey(name));
    if (frame !== undefined) items.push(itemOf(frame, i + 1, picks?.get(frameKey(name))));
    else
      failed.push({
        item: name,
        error: new FramesiftError(
          'ERR_NOT_FOUND',
          `${place}${name}: has no image in ${folder}. Extract it first.`,
          {
            facts: { name, folder },
          },
        ),
      });
  }
  return { items, failed, folder };
};

const itemOf = (frame: ExtractedFrame, rank: number, pick?: PickedRow): AnnotationItem => {
  const { name, file, video, frame: number, pts, seconds, width, height, sha256, contentKey } = frame;
  return {
    frameKey: frameKeyOf(contentKey, number),
    ...{ name, file, video, frame: number, pts, seconds, width, height, sha256, rank },
    reason: pick?.reason,
    distance: pick?.distance,
  };
};

/** @returns undefined for records of something else */
const readManifest = async (path: string): Promise<ExtractedFrame[] | undefined> => {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw readError(path, error);
  });
  const frames: ExtractedFrame[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      const record = JSON.parse(line) as Partial<ExtractedFrame>;
      if (typeof record.file !== 'string' || typeof record.contentKey !== 'string') return undefined;
      frames.push(record as ExtractedFrame);
    } catch {
      return undefined;
    }
  }
  return frames;
};
