// Chosen frames of a source as pictures in memory, in no particular order: several videos are decoded side by side.
import { forEachConcurrent } from '../base/concurrency.ts';
import { errorFromJSON, FramesiftError } from '../base/errors.ts';
import { contentKey } from '../base/files.ts';
import { type Failure, failureOf } from '../base/outcome.ts';
import type { Interpolation, RgbImage } from '../base/rgb-image.ts';
import { formatFrameName } from '../frame/name.ts';
import { centerCrop } from '../image/crop.ts';
import { resolveSize, type Size, type SizeRequest } from '../image/size.ts';
import type { IndexedVideo } from '../video/scan.ts';
import { timingOf } from '../video/timing.ts';
import type { WorkerPool } from '../worker/pool.ts';
import { indexInWorker, Renumber, readInWorkers } from '../worker/tasks.ts';
import { chooseFrames, type FrameChoice, type VideoChoice } from './choice.ts';
import { chooseImages } from './extract-images.ts';
import { pathOf, type Source } from './source.ts';

/** How pictures are to come. */
export interface PictureRequest {
  readonly size: SizeRequest;
  /** What is cut out of the middle after resizing. */
  readonly crop: Size | undefined;
  readonly interpolation: Interpolation;
}

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
}

export interface PictureListener {
  /** Of the frames wanted of a file, those that are still to be decoded. */
  select(media: WantedMedia): readonly number[];
  /** Decoding waits while the promise is pending. */
  onPicture(media: WantedMedia, frame: number, image: RgbImage): Promise<void>;
  onFailure(failure: Failure): void;
}

export interface PictureStreamOptions {
  readonly stream?: number | undefined;
  readonly cache?: string | false | undefined;
}

/**
 * Decodes chosen frames.
 *
 * @returns what was wanted, in order of the source's files
 * @throws ERR_OPTION for a choice that fits no file, the listener's errors, or the signal's reason
 */
export const streamPictures = async (
  source: Source,
  choice: FrameChoice,
  request: PictureRequest,
  options: PictureStreamOptions,
  pool: WorkerPool,
  signal: AbortSignal,
  listener: PictureListener,
): Promise<readonly WantedMedia[]> => {
  const stream = new PictureStream(source, request, options, pool, signal, listener);
  return source.kind === 'images' ? stream.images(choice) : stream.videos(choice);
};

class PictureStream {
  readonly #source: Source;
  readonly #request: PictureRequest;
  readonly #options: PictureStreamOptions;
  readonly #pool: WorkerPool;
  readonly #signal: AbortSignal;
  readonly #listener: PictureListener;
  readonly #wanted = new Map<string, WantedMedia>();

  constructor(
    source: Source,
    request: PictureRequest,
    options: PictureStreamOptions,
    pool: WorkerPool,
    signal: AbortSignal,
    listener: PictureListener,
  ) {
    this.#source = source;
    this.#request = request;
    this.#options = options;
    this.#pool = pool;
    this.#signal = signal;
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
    await forEachConcurrent(images, this.#pool.size + 1, (image) => this.#image(image));
    return this.#inOrder();
  }

  #inOrder(): readonly WantedMedia[] {
    return this.#source.files.flatMap((file) => this.#wanted.get(file) ?? []);
  }

  async #video(choice: VideoChoice): Promise<void> {
    try {
      try {
        await this.#read(choice, false);
      } catch (error) {
        if (!(error instanceof Renumber)) throw error;
        await this.#read(choice, true);
      }
    } catch (error) {
      this.#signal.throwIfAborted();
      // Before anything is known of the video, what was asked for by name has failed name by name.
      const isUnread = !this.#wanted.has(choice.video) && choice.names.length > 0;
      for (const item of isUnread ? choice.names : [choice.video])
        this.#listener.onFailure(failureOf(item, error));
    }
  }

  async #read(choice: VideoChoice, forceDecoding: boolean): Promise<void> {
    const path = pathOf(this.#source, choice.video);
    const content = await contentKey(path).catch(() => '');
    const video = await indexInWorker(this.#pool, path, { ...this.#options, forceDecoding });
    const media = this.#mediaOf(choice, video, `${content} ${video.index.orderSource}`);
    const targets = this.#listener.select(media);
    if (targets.length === 0) return;
    const task = { kind: 'pixels', path, ...this.#request } as const;
    await readInWorkers(this.#pool, video, targets, task, (event) => {
      if (event.type === 'pixels') return this.#listener.onPicture(media, event.rank, event.image);
      if (event.type === 'failed')
        this.#listener.onFailure({ item: media.nameOf(event.rank), error: errorFromJSON(event.error) });
      return undefined;
    });
  }

  #mediaOf(choice: VideoChoice, video: IndexedVideo, key: string): WantedMedia {
    const timing = timingOf(video);
    const { wanted, failed } = choice.resolve(timing);
    for (const failure of failed) this.#listener.onFailure(failure);
    const media = {
      file: choice.video,
      key,
      frames: [...wanted.keys()].sort((a, b) => a - b),
      nameOf: (frame: number) => formatFrameName(choice.video, frame, timing.frameCount),
    };
    this.#wanted.set(choice.video, media);
    return media;
  }

  async #image(file: string): Promise<void> {
    try {
      const path = pathOf(this.#source, file);
      const key = await contentKey(path).catch((error: unknown) => {
        throw new FramesiftError('ERR_IMAGE_OPEN', `${path}: cannot be read.`, {
          facts: { path },
          cause: error,
        });
      });
      const media = { file, key, frames: [0], nameOf: () => file };
      this.#wanted.set(file, media);
      if (this.#listener.select(media).length === 0) return;
      const { decodeRgb, imageSize } = await import('../native/sharp.ts');
      const { size, crop, interpolation } = this.#request;
      const image = await decodeRgb(path, resolveSize(await imageSize(path), size), interpolation);
      this.#signal.throwIfAborted();
      await this.#listener.onPicture(media, 0, crop === undefined ? image : centerCrop(image, crop));
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#listener.onFailure(failureOf(file, error));
    }
  }
}
