import { FramesiftError } from '../base/errors.ts';
import type { Doubt } from '../video/frame-index.ts';
import { mediaContentKey } from '../video/media-file.ts';
import type { IndexedVideo } from '../video/scan.ts';
import type { WorkerPool } from '../worker/pool.ts';
import { indexInWorker } from '../worker/tasks.ts';
import type { ReadingOptions } from './reading-options.ts';
import { pathOf } from './source.ts';
import type { TrainingFrames } from './training-frames.ts';

/** Packets of all indexes that are kept: about 100 MB. Others come from their files again, in milliseconds. */
const MOST_PACKETS = 2_000_000;

/** Indexes of videos that are read again and again. */
export class VideoIndexes {
  readonly #frames: TrainingFrames;
  readonly #pool: WorkerPool;
  readonly #options: Pick<ReadingOptions, 'stream' | 'cache' | 'signal'>;
  /** By place of the file; the longest unused first. */
  readonly #kept = new Map<number, IndexedVideo>();
  readonly #doubts = new Map<number, Doubt>();
  #packets = 0;

  constructor(
    frames: TrainingFrames,
    pool: WorkerPool,
    options: Pick<ReadingOptions, 'stream' | 'cache' | 'signal'>,
  ) {
    this.#frames = frames;
    this.#pool = pool;
    this.#options = options;
  }

  /** What proved wrong of a video's index so far. */
  doubtOf(file: number): Doubt | undefined {
    return this.#doubts.get(file);
  }

  /**
   * @param file its place among all
   * @param doubt what has just proved wrong of its index
   * @throws the errors of `indexVideo`, ERR_FILE_CHANGED when it is not the file that was listed
   */
  async get(file: number, doubt: Doubt | undefined): Promise<IndexedVideo> {
    if (doubt !== undefined) {
      this.#doubts.set(file, doubt);
      this.#drop(file);
    }
    const kept = this.#kept.get(file);
    this.#drop(file);
    const video = kept ?? (await this.#load(file));
    this.#drop(file);
    this.#kept.set(file, video);
    this.#packets += video.index.packets.count;
    for (const oldest of this.#kept.keys()) {
      if (this.#packets <= MOST_PACKETS || oldest === file) break;
      this.#drop(oldest);
    }
    return video;
  }

  async #load(file: number): Promise<IndexedVideo> {
    const { file: name, contentKey } = this.#frames.files[file]!;
    const path = pathOf(this.#frames.source, name);
    const { stream, cache, signal } = this.#options;
    const doubt = this.#doubts.get(file);
    // What proves wrong now stays in the cache: whoever goes on with this training is to find the same list of frames.
    const options = doubt === undefined ? { stream, cache } : ({ stream, cache: false, doubt } as const);
    const video = await indexInWorker(this.#pool, path, options);
    if ((await mediaContentKey(path, signal)) === contentKey) return video;
    throw new FramesiftError('ERR_FILE_CHANGED', `${path}: has changed since its frames were listed.`, {
      facts: { path },
    });
  }

  #drop(file: number): void {
    this.#packets -= this.#kept.get(file)?.index.packets.count ?? 0;
    this.#kept.delete(file);
  }
}
