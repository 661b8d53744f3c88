// Chosen frames of a source as pictures or as what a model makes of them, in no particular order: several videos are
// decoded side by side.

import { forEachConcurrent } from '../base/concurrency.ts';
import { errorFromJSON, FramesiftError } from '../base/errors.ts';
import { type Failure, failureOf } from '../base/outcome.ts';
import { formatFrameName } from '../frame/name.ts';
import type { Doubt } from '../video/frame-index.ts';
import { mediaContentKey } from '../video/media-file.ts';
import type { IndexedVideo } from '../video/scan.ts';
import { timingOf } from '../video/timing.ts';
import type { JobEvent, PictureRequest } from '../worker/job.ts';
import { WorkerPool } from '../worker/pool.ts';
import { indexInWorker, readImagesInWorker, readInWorkers, renumbering } from '../worker/tasks.ts';
import { chooseFrames, type FrameChoice, type VideoChoice } from './choice.ts';
import { chooseImages } from './extract-images.ts';
import { imageContentKey } from './image-key.ts';
import type { ReadingOptions } from './reading-options.ts';
import { pathOf, type Source } from './source.ts';

/** What is wanted of one file, once it is known which frames it has. An image is a file of one frame. */
export interface WantedMedia {
  /** Below the source's root. */
  readonly file: string;
  /** Changes when the file's content does, or the numbering of its frames. */
  readonly key: string;
  /** Ascending. */
  readonly frames: readonly number[];
  /** The name of a frame in Lightly's grammar. */
  nameOf(frame: number): string;
  /** When each of them is shown, in seconds; undefined for an image. */
  readonly seconds: Float64Array | undefined;
}

/** What became of one frame: its picture, or its embedding where an engine was asked for. */
export type PictureEvent = Extract<JobEvent, { type: 'pixels' | 'embedding' }>;

export interface PictureListener {
  /** Of the frames wanted of a file, those that are still to be decoded. */
  select(media: WantedMedia): readonly number[];
  /** A file is read to number its frames. @param share how far, in [0, 1] */
  onReading(file: string, share: number): void;
  /** Decoding waits while the promise is pending. An error ends the stream. */
  onPicture(media: WantedMedia, frame: number, event: PictureEvent): void | Promise<void>;
  onFailure(failure: Failure): void;
}

export type PictureStreamOptions = Omit<ReadingOptions, 'onProgress'>;

/**
 * Decodes chosen frames. A file's own failure is told to the listener; what would befall all files ends the stream at
 * once.
 *
 * @returns what was wanted, in order of the source's files
 * @throws ERR_OPTION for a choice that fits no file, the listener's errors, those of a network that cannot be run, or
 *   the signal's reason
 */
export const streamPictures = async (
  source: Source,
  choice: FrameChoice,
  request: PictureRequest,
  options: PictureStreamOptions,
  listener: PictureListener,
): Promise<readonly WantedMedia[]> => {
  const hopeless = new AbortController();
  const signal =
    options.signal === undefined ? hopeless.signal : AbortSignal.any([options.signal, hopeless.signal]);
  using pool = new WorkerPool({ ...options, signal });
  const giveUp = (error: unknown): never => {
    hopeless.abort(error);
    throw error;
  };
  const stream = new PictureStream(source, request, options, pool, signal, giveUp, listener);
  const wanted = await (source.kind === 'images' ? stream.images(choice) : stream.videos(choice));
  signal.throwIfAborted();
  return wanted;
};

class PictureStream {
  readonly #source: Source;
  readonly #request: PictureRequest;
  readonly #options: PictureStreamOptions;
  readonly #pool: WorkerPool;
  readonly #signal: AbortSignal;
  readonly #giveUp: (error: unknown) => never;
  readonly #listener: PictureListener;
  readonly #wanted = new Map<string, WantedMedia>();

  constructor(
    source: Source,
    request: PictureRequest,
    options: PictureStreamOptions,
    pool: WorkerPool,
    signal: AbortSignal,
    giveUp: (error: unknown) => never,
    listener: PictureListener,
  ) {
    this.#source = source;
    this.#request = request;
    this.#options = options;
    this.#pool = pool;
    this.#signal = signal;
    this.#giveUp = giveUp;
    this.#listener = listener;
  }

  async videos(choice: FrameChoice): Promise<readonly WantedMedia[]> {
    const { videos, failed } = chooseFrames(this.#source, choice);
    for (const failure of failed) this.#listener.onFailure(failure);
    await forEachConcurrent(videos, this.#pool.size + 1, (video) => this.#video(video));
    return this.#inOrder();
  }

  async images(choice: FrameChoice): Promise<readonly WantedMedia[]> {
    const { images, failed } = chooseImages(this.#source, choice);
    for (const failure of failed) this.#listener.onFailure(failure);
    const chunks = chunksOf(images, IMAGES_PER_JOB);
    await forEachConcurrent(chunks, this.#pool.size + 1, (chunk) => this.#images(chunk));
    return this.#inOrder();
  }

  #inOrder(): readonly WantedMedia[] {
    return this.#source.files.flatMap((file) => this.#wanted.get(file) ?? []);
  }

  async #video(choice: VideoChoice): Promise<void> {
    try {
      await renumbering((doubt) => this.#read(choice, doubt));
    } catch (error) {
      this.#signal.throwIfAborted();
      if (isOfTheEngine(error)) this.#giveUp(error);
      // Before anything is known of the video, what was asked for by name has failed name by name.
      const isUnread = !this.#wanted.has(choice.video) && choice.names.length > 0;
      for (const item of isUnread ? choice.names : [choice.video])
        this.#listener.onFailure(failureOf(item, error));
    }
  }

  async #read(choice: VideoChoice, doubt: Doubt | undefined): Promise<void> {
    const path = pathOf(this.#source, choice.video);
    const content = await mediaContentKey(path, this.#signal);
    const video = await indexInWorker(this.#pool, path, { ...this.#options, doubt }, (share) =>
      this.#listener.onReading(choice.video, share),
    );
    const media = this.#mediaOf(choice, video, `${content} ${video.index.orderSource}`);
    const targets = this.#listener.select(media);
    if (targets.length === 0) return;
    const task = { kind: 'pictures', path, ...this.#request } as const;
    await readInWorkers(this.#pool, video, targets, task, (event) => {
      if ('rank' in event) return this.#tell(media, event.rank, event);
      return undefined;
    });
  }

  #tell(media: WantedMedia, frame: number, event: JobEvent): void | Promise<void> {
    if (event.type === 'pixels' || event.type === 'embedding') {
      try {
        return this.#listener.onPicture(media, frame, event)?.catch(this.#giveUp);
      } catch (error) {
        this.#giveUp(error);
      }
    }
    if (event.type === 'failed')
      this.#listener.onFailure({ item: media.nameOf(frame), error: errorFromJSON(event.error) });
    return undefined;
  }

  #mediaOf(choice: VideoChoice, video: IndexedVideo, key: string): WantedMedia {
    const timing = timingOf(video);
    const { wanted, failed } = choice.resolve(timing);
    for (const failure of failed) this.#listener.onFailure(failure);
    const frames = [...wanted.keys()].sort((a, b) => a - b);
    const seconds = Float64Array.from(frames, (frame) => timing.secondsAt(frame));
    const media = mediaOfVideo(choice.video, key, frames, seconds, timing.frameCount);
    this.#wanted.set(choice.video, media);
    return media;
  }

  /** Some images in one job: a worker's answer to each alone would take longer than many images do. */
  async #images(files: readonly string[]): Promise<void> {
    const wanted: WantedMedia[] = [];
    for (const file of files) {
      try {
        const media = await this.#mediaOfImage(file);
        if (this.#listener.select(media).length > 0) wanted.push(media);
      } catch (error) {
        this.#signal.throwIfAborted();
        this.#listener.onFailure(failureOf(file, error));
      }
    }
    const paths = wanted.map(({ file }) => pathOf(this.#source, file));
    try {
      await readImagesInWorker(this.#pool, paths, this.#request, (event) =>
        'rank' in event ? this.#tell(wanted[event.rank]!, 0, event) : undefined,
      );
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#giveUp(error);
    }
  }

  async #mediaOfImage(file: string): Promise<WantedMedia> {
    const path = pathOf(this.#source, file);
    const key = await imageContentKey(path);
    const media = { file, key, frames: [0], nameOf: () => file, seconds: undefined };
    this.#wanted.set(file, media);
    return media;
  }
}

/** A network that cannot be run for one file cannot be run for the others. */
const isOfTheEngine = (error: unknown): boolean =>
  error instanceof FramesiftError && (error.code === 'ERR_MODEL' || error.code === 'ERR_DEVICE');

/** Apart from where the index is at hand, so that nothing of it is kept: media are remembered for the whole folder. */
const mediaOfVideo = (
  file: string,
  key: string,
  frames: readonly number[],
  seconds: Float64Array,
  frameCount: number,
): WantedMedia => ({
  file,
  key,
  frames,
  seconds,
  nameOf: (frame) => formatFrameName(file, frame, frameCount),
});

/** Few enough that all workers end at about the same time, and what a crash takes along is soon done again. */
const IMAGES_PER_JOB = 16;

function* chunksOf<T>(items: readonly T[], length: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += length) yield items.slice(start, start + length);
}
