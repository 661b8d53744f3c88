// Decodes samples of training in workers, at the size asked for.
import { errorFromJSON, FramesiftError } from '../base/errors.ts';
import type { Doubt } from '../video/frame-index.ts';
import type { ReadStats } from '../video/reader.ts';
import type { JobEvent, PictureRequest } from '../worker/job.ts';
import { WorkerPool } from '../worker/pool.ts';
import { PIECES_PER_WORKER, readImagesInWorker, readInWorkers, renumbering } from '../worker/tasks.ts';
import type { Picture } from './picture-cache.ts';
import { pictureSize } from './picture-sizes.ts';
import type { ReadingOptions } from './reading-options.ts';
import { pathOf } from './source.ts';
import { fileOfSample, type TrainingFrames } from './training-frames.ts';
import { VideoIndexes } from './video-indexes.ts';

/** Few enough that all workers end at about the same time, and what a crash takes along is soon done again. */
const IMAGES_PER_JOB = 16;

/** What can be decoded at once: samples of one video, or some images. Those that are needed first come first. */
export const decodingJobs = (frames: TrainingFrames, samples: readonly number[]): readonly number[][] => {
  const jobs = new Map<number, number[]>();
  for (const [i, sample] of samples.entries()) {
    const key =
      frames.source.kind === 'images' ? Math.floor(i / IMAGES_PER_JOB) : fileOfSample(frames, sample);
    const job = jobs.get(key);
    if (job === undefined) jobs.set(key, [sample]);
    else job.push(sample);
  }
  return [...jobs.values()].map((job) => job.sort((a, b) => a - b));
};

export type PictureReceiver = (sample: number, picture: Picture) => void;

export class FrameDecoder implements Disposable {
  /** What decoding of videos took so far. */
  readonly stats: ReadStats = { seeks: 0, packetsSent: 0, framesDecoded: 0, framesSkipped: 0, backOffs: 0 };
  readonly #frames: TrainingFrames;
  readonly #request: PictureRequest;
  readonly #signal: AbortSignal | undefined;
  readonly #pool: WorkerPool;
  readonly #indexes: VideoIndexes;
  readonly #onRenumbered: (file: number) => void;

  /** @param onRenumbered hears of a video of which pictures that came so far may be those of other frames */
  constructor(
    frames: TrainingFrames,
    shortSide: number,
    options: ReadingOptions,
    onRenumbered: (file: number) => void,
  ) {
    this.#frames = frames;
    this.#request = {
      size: pictureSize(shortSide),
      crop: undefined,
      interpolation: 'bilinear',
      isMeasured: false,
      engine: undefined,
    };
    this.#signal = options.signal;
    this.#pool = new WorkerPool(options);
    this.#onRenumbered = onRenumbered;
    this.#indexes = new VideoIndexes(frames, this.#pool, options);
  }

  /** Processes that decode side by side. */
  get workers(): number {
    return this.#pool.size;
  }

  /** Pieces to cut one job into, of so many that wait. */
  piecesOf(jobCount: number): number {
    return Math.ceil((this.#pool.size * PIECES_PER_WORKER) / jobCount);
  }

  /**
   * Decodes samples of one video, or of images. Each is answered once; only where a video proves to be numbered wrongly
   * is it answered again, with the right picture.
   *
   * @param samples ascending
   * @param mostPieces into which workers may share a video
   * @throws bugs, or the signal's reason: whatever is the matter with the files is an answer
   */
  async decode(samples: readonly number[], mostPieces: number, onPicture: PictureReceiver): Promise<void> {
    this.#signal?.throwIfAborted();
    const open = new Set(samples);
    const answer: PictureReceiver = (sample, picture) => {
      open.delete(sample);
      onPicture(sample, picture);
    };
    try {
      await (this.#frames.source.kind === 'images'
        ? this.#images(samples, answer)
        : renumbering((doubt) => this.#video(samples, doubt, mostPieces, answer)));
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (!(error instanceof FramesiftError)) throw error;
      for (const sample of open) onPicture(sample, error);
    }
  }

  /** Ends the processes. */
  [Symbol.dispose](): void {
    this.#pool[Symbol.dispose]();
  }

  async #video(
    samples: readonly number[],
    doubt: Doubt | undefined,
    mostPieces: number,
    answer: PictureReceiver,
  ): Promise<void> {
    const file = fileOfSample(this.#frames, samples[0]!);
    const { file: name, frames: numbers } = this.#frames.files[file]!;
    const offset = this.#frames.offsets[file]!;
    const path = pathOf(this.#frames.source, name);
    if (doubt !== undefined) this.#onRenumbered(file);
    const video = await this.#indexes.get(file, doubt);
    const believed = this.#indexes.doubtOf(file);
    const { frameCount } = video.index;
    const sampleOf = new Map(samples.map((sample) => [numbers[sample - offset]!, sample]));
    for (const [frame, sample] of sampleOf) if (frame >= frameCount) answer(sample, beyondEnd(path, frame));
    const targets = [...sampleOf.keys()].filter((frame) => frame < frameCount);
    if (targets.length === 0) return;
    const task = { kind: 'pictures', path, ...this.#request } as const;
    const onEvent = (event: JobEvent): void => {
      if ('rank' in event) tell(sampleOf.get(event.rank)!, event, answer);
    };
    const stats = await readInWorkers(this.#pool, video, targets, task, onEvent, mostPieces);
    for (const key of Object.keys(stats) as (keyof ReadStats)[]) this.stats[key] += stats[key];
    // Another job of the same video has found out meanwhile.
    if (this.#indexes.doubtOf(file) !== believed) await this.#video(samples, undefined, mostPieces, answer);
  }

  async #images(samples: readonly number[], answer: PictureReceiver): Promise<void> {
    const paths = samples.map((sample) => {
      const { file } = this.#frames.files[fileOfSample(this.#frames, sample)]!;
      return pathOf(this.#frames.source, file);
    });
    await readImagesInWorker(this.#pool, paths, this.#request, (event) => {
      if ('rank' in event) tell(samples[event.rank]!, event, answer);
    });
  }
}

const tell = (sample: number, event: JobEvent, answer: PictureReceiver): void => {
  if (event.type === 'failed') answer(sample, errorFromJSON(event.error));
  if (event.type !== 'pixels') return;
  const { width, height, data } = event.image;
  // As it came it is a part of its message, and would keep all of that in memory.
  answer(sample, { width, height, data: new Uint8Array(data) });
};

/** The video was numbered anew, and has fewer frames than when it was listed. */
const beyondEnd = (path: string, frame: number): FramesiftError =>
  new FramesiftError(
    'ERR_FRAME_RANGE',
    `${path}: has no frame ${frame}: its timestamps announce more frames than it shows.`,
    {
      facts: { path, frame },
    },
  );
