// When the frames of a table are shown, by the indexes of their videos.
import { forEachConcurrent } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import { type Failure, failureOf } from '../base/outcome.ts';
import type { ReadingOptions } from '../dataset/reading-options.ts';
import { openSource, pathOf } from '../dataset/source.ts';
import { timingOf } from '../video/timing.ts';
import { WorkerPool } from '../worker/pool.ts';
import { indexInWorker } from '../worker/tasks.ts';
import type { FramePlaces } from './frame-places.ts';

export interface FrameTimesOptions extends Omit<ReadingOptions, 'onLog'> {
  /** The folder that the table's videos are in, or the one video. */
  readonly videos: string;
}

/** Entry `i` of each array is of name `i`. */
export interface FrameTimes {
  /** NaN where the frame is not there. */
  readonly seconds: Float64Array;
  /** In the stream's time base; undefined where the frame is not there. */
  readonly pts: readonly (bigint | undefined)[];
  /** Videos that cannot be read, and frames that they do not have. */
  readonly failed: readonly Failure[];
}

/**
 * @param required names before this position must be there; those behind it may be of other folders
 * @throws ERR_NOT_FOUND, ERR_NO_INPUT, ERR_OPTION, or the signal's reason
 */
export const frameTimes = async (
  filenames: readonly string[],
  { refs }: FramePlaces,
  required: number,
  options: FrameTimesOptions,
): Promise<FrameTimes> => {
  const source = await openSource(options.videos);
  const only = source.files.length === 1 ? source.files[0] : undefined;
  const known = new Map(source.files.map((file) => [file.normalize('NFC'), file]));
  const seconds = new Float64Array(filenames.length).fill(Number.NaN);
  const pts: (bigint | undefined)[] = filenames.map(() => undefined);
  const failed: Failure[] = [];
  const videos = [...rowsByVideo(refs)];
  using pool = new WorkerPool(options);
  let done = 0;
  await forEachConcurrent(videos, pool.size + 1, async ([video, rows]) => {
    try {
      const file = video === '' ? only : known.get(video.normalize('NFC'));
      if (file === undefined) throw missingVideo(video, options.videos);
      const indexed = await indexInWorker(pool, pathOf(source, file), options);
      const { secondsAt, frameCount } = timingOf(indexed);
      for (const row of rows) {
        const { index } = refs[row]!;
        if (index >= frameCount) {
          if (row < required) failed.push(failureOf(filenames[row]!, missingFrame(file, index, frameCount)));
          continue;
        }
        seconds[row] = secondsAt(index);
        pts[row] = indexed.index.pts[index];
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      if (rows.some((row) => row < required)) failed.push(failureOf(video, error));
    }
    const [total, item] = [videos.length, video];
    options.onProgress?.({
      stage: 'reading times',
      done: ++done,
      total,
      failed: failed.length,
      unit: 'videos',
      item,
    });
  });
  return { seconds, pts, failed };
};

const rowsByVideo = (refs: FramePlaces['refs']): Map<string, number[]> => {
  const groups = new Map<string, number[]>();
  for (const [row, ref] of refs.entries()) {
    if (ref === undefined) continue;
    const rows = groups.get(ref.video);
    if (rows === undefined) groups.set(ref.video, [row]);
    else rows.push(row);
  }
  return groups;
};

const missingVideo = (video: string, root: string): FramesiftError =>
  new FramesiftError(
    'ERR_NOT_FOUND',
    `${video}: there is no such video in ${root}. Give the folder that the table was made of.`,
    { facts: { video, root } },
  );

const missingFrame = (video: string, frame: number, frameCount: number): FramesiftError =>
  new FramesiftError(
    'ERR_FRAME_RANGE',
    `${video}: has no frame ${frame}; its frames are 0 to ${frameCount - 1}. Was the video changed since it was embedded?`,
    { facts: { video, frame, frameCount } },
  );
