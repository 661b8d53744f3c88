// Frames that are wanted, cut into shards: parts of videos that begin at keys and are worth a journey.
import { forEachConcurrent } from '../base/concurrency.ts';
import { contentKey } from '../base/files.ts';
import { chooseFrames, type FrameChoice, type VideoChoice } from '../dataset/choice.ts';
import { chooseImages } from '../dataset/extract-images.ts';
import type { ReadingOptions } from '../dataset/reading-options.ts';
import { pathOf, type Source } from '../dataset/source.ts';
import { mediaContentKey } from '../video/media-file.ts';
import { planPieces, planRuns } from '../video/plan.ts';
import { timingOf } from '../video/timing.ts';
import { WorkerPool } from '../worker/pool.ts';
import { indexInWorker } from '../worker/tasks.ts';

export interface Shard {
  /** Files below the source's root: one video, or some images. */
  readonly files: readonly string[];
  readonly names: readonly string[];
  /** Pictures that have to be decoded. */
  readonly weight: number;
}

/** Some seconds of decoding: less would be spent on the way, more would be lost with a worker. */
const SHARD_FRAMES = 1500;
const IMAGES_PER_SHARD = 256;

/** Whether a frame is there already. @param key of the file's content and numbering */
export type IsDone = (file: string, key: string, frame: number, names: readonly string[]) => boolean;

/**
 * Numbers the videos (from the cache, where they were numbered before) and cuts what is wanted of them. What is wrong with
 * a video or a name is left to whoever puts the results together.
 *
 * @throws ERR_OPTION for a choice that fits no file, or the signal's reason
 */
export const shardsOf = async (
  source: Source,
  choice: FrameChoice,
  isDone: IsDone,
  options: ReadingOptions,
): Promise<readonly Shard[]> => {
  if (source.kind === 'images') return imageShards(source, choice, isDone);
  const { videos } = chooseFrames(source, choice);
  using pool = new WorkerPool(options);
  const byVideo = new Map<string, readonly Shard[]>();
  let done = 0;
  await forEachConcurrent(videos, pool.size + 1, async (video) => {
    try {
      byVideo.set(video.video, await videoShards(source, video, isDone, pool, options));
    } catch {
      options.signal?.throwIfAborted();
    }
    options.onProgress?.({
      stage: 'counting frames',
      done: ++done,
      total: videos.length,
      failed: 0,
      unit: 'videos',
      item: video.video,
    });
  });
  return videos.flatMap(({ video }) => byVideo.get(video) ?? []);
};

const videoShards = async (
  source: Source,
  choice: VideoChoice,
  isDone: IsDone,
  pool: WorkerPool,
  options: ReadingOptions,
): Promise<readonly Shard[]> => {
  const path = pathOf(source, choice.video);
  const content = await mediaContentKey(path, options.signal);
  const video = await indexInWorker(pool, path, options);
  const key = `${content} ${video.index.orderSource}`;
  const { wanted } = choice.resolve(timingOf(video));
  const targets = [...wanted.keys()]
    .filter((frame) => !isDone(choice.video, key, frame, wanted.get(frame) ?? []))
    .sort((a, b) => a - b);
  if (targets.length === 0) return [];
  const work = planRuns(video.index, targets).reduce((sum, run) => sum + run.decodeCount, 0);
  const pieces = planPieces(video.index, targets, Math.max(1, Math.round(work / SHARD_FRAMES)));
  return pieces.map((runs) => ({
    files: [choice.video],
    names: runs.flatMap((run) => run.targets.flatMap((frame) => wanted.get(frame) ?? [])),
    weight: runs.reduce((sum, run) => sum + run.decodeCount, 0),
  }));
};

const imageShards = async (
  source: Source,
  choice: FrameChoice,
  isDone: IsDone,
): Promise<readonly Shard[]> => {
  const { images } = chooseImages(source, choice);
  const open: string[] = [];
  for (const file of images) {
    const key = await contentKey(pathOf(source, file)).catch(() => undefined);
    if (key !== undefined && !isDone(file, key, 0, [file])) open.push(file);
  }
  return Array.from({ length: Math.ceil(open.length / IMAGES_PER_SHARD) }, (_, i) => {
    const files = open.slice(i * IMAGES_PER_SHARD, (i + 1) * IMAGES_PER_SHARD);
    return { files, names: files, weight: files.length };
  });
};
