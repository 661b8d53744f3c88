// The names of a dataset's frames: all of them, or those that a rule takes.
import { forEachConcurrent } from './base/concurrency.ts';
import { type Failure, failureOf, type Outcome } from './base/outcome.ts';
import type { FolderReadingOptions } from './dataset/reading-options.ts';
import { openSource, pathOf, problemsOf } from './dataset/source.ts';
import { formatFrameName } from './frame/name.ts';
import { checkSampler, type Sampler, sampleFrames } from './frame/selector.ts';
import { timingOf } from './video/timing.ts';
import { WorkerPool } from './worker/pool.ts';
import { indexInWorker } from './worker/tasks.ts';

export interface ListOptions extends FolderReadingOptions {
  /** A folder of videos (or of images), or one of them. */
  readonly input: string;
  /** Which frames of each video; an empty sampler takes all. */
  readonly sampler: Sampler;
}

export interface ListedFrame {
  readonly name: string;
  readonly frame: number;
  /** As a player shows it. */
  readonly seconds: number;
}

/** The frames that were taken from one video. */
export interface ListedVideo {
  readonly video: string;
  readonly frameCount: number;
  readonly takenCount: number;
  /** Made while they are read, so that millions of names need no memory. */
  readonly frames: Iterable<ListedFrame>;
}

/**
 * Lists frames, videos in order of their paths, frames in order of their numbers.
 *
 * @throws ERR_NOT_FOUND, ERR_NO_INPUT, ERR_OPTION, or the signal's reason
 */
export const listFrames = async (options: ListOptions): Promise<Outcome<ListedVideo>> => {
  checkSampler(options.sampler);
  const source = await openSource(options.input, options);
  if (source.kind === 'images')
    return { done: [listImages(source.files, options.sampler)], failed: problemsOf(source) };
  using pool = new WorkerPool(options);
  const listed = new Map<string, ListedVideo>();
  const failed = new Map<string, Failure>();
  await forEachConcurrent(source.files, pool.size + 1, async (video) => {
    try {
      const indexed = await indexInWorker(pool, pathOf(source, video), options);
      const timing = timingOf(indexed);
      const { frameCount, secondsAt } = timing;
      const taken = Uint32Array.from(sampleFrames(timing, options.sampler));
      const frames = framesOf(taken, (frame) => ({
        name: formatFrameName(video, frame, frameCount),
        frame,
        seconds: secondsAt(frame),
      }));
      listed.set(video, { video, frameCount, takenCount: taken.length, frames });
    } catch (error) {
      options.signal?.throwIfAborted();
      failed.set(video, failureOf(video, error));
    }
    const done = listed.size + failed.size;
    options.onProgress?.({
      stage: 'counting frames',
      done,
      total: source.files.length,
      failed: failed.size,
      unit: 'videos',
      item: video,
    });
  });
  const inOrder = <T>(found: ReadonlyMap<string, T>): T[] =>
    source.files.flatMap((video) => found.get(video) ?? []);
  return { done: inOrder(listed), failed: [...problemsOf(source), ...inOrder(failed)] };
};

const framesOf = (taken: Uint32Array, frameOf: (frame: number) => ListedFrame): Iterable<ListedFrame> => ({
  *[Symbol.iterator]() {
    for (const frame of taken) yield frameOf(frame);
  },
});

/** A folder of images is one sequence without a clock. */
const listImages = (files: readonly string[], sampler: Sampler): ListedVideo => {
  const frameCount = files.length;
  const sequence = {
    frameCount,
    averageFps: 0,
    keyframes: [],
    endSeconds: 0,
    secondsAt: (i: number) => i,
    indexAtSeconds: Math.floor,
  };
  const taken = Uint32Array.from(sampleFrames(sequence, sampler));
  const frames = framesOf(taken, (frame) => ({ name: files[frame]!, frame, seconds: 0 }));
  return { video: '', frameCount, takenCount: taken.length, frames };
};
