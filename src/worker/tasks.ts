// Whole tasks over one video, spread over the workers of a pool.
import { FramesiftError } from '../base/errors.ts';
import { type Doubt, doubtOf } from '../video/frame-index.ts';
import { cachedIndex, type IndexOptions } from '../video/index-cache.ts';
import { decodeIndex, encodeIndex } from '../video/index-file.ts';
import { planPieces, planRuns, type Run } from '../video/plan.ts';
import type { ReadStats } from '../video/reader.ts';
import type { IndexedVideo } from '../video/scan.ts';
import type {
  ExtractJob,
  ImagesJob,
  JobEvent,
  JobResult,
  PictureRequest,
  PicturesJob,
  ShotsJob,
  VerifyJob,
} from './job.ts';
import type { JobListener, WorkerPool } from './pool.ts';

/** Numbers a video's frames: from the cache, or in a worker. @throws the errors of `indexVideo` */
export const indexInWorker = async (
  pool: WorkerPool,
  path: string,
  options: IndexJobOptions,
  onProgress?: (share: number) => void,
): Promise<IndexedVideo> => {
  const cached = options.doubt !== undefined ? undefined : await cachedIndex(path, options);
  if (cached !== undefined) return cached;
  const { stream, cache, doubt } = options;
  const job = { kind: 'index', path, options: { stream, cache, doubt, threads: pool.size } } as const;
  const result = await pool.run(job, (event) => {
    if (event.type === 'progress') onProgress?.(event.share);
  });
  const video = result.type === 'indexed' ? decodeIndex(result.index) : undefined;
  if (video === undefined) throw new Error('the index did not arrive whole');
  return video;
};

export type IndexJobOptions = Pick<IndexOptions, 'stream' | 'cache' | 'doubt'>;

/** What a worker is to do with the frames it decodes: a job without what this module fills in. */
export type ReadTask =
  | Omit<ExtractJob, 'index' | 'runs' | 'threads'>
  | Omit<PicturesJob, 'index' | 'runs' | 'threads'>
  | Omit<VerifyJob, 'index' | 'runs' | 'threads'>;

/** Frames that must at least be decoded for a piece to be worth a job of its own. */
const SMALLEST_PIECE = 50;

/** Pieces for each worker: stretches that take longer than planned then hold up no other. */
export const PIECES_PER_WORKER = 4;

/** A stretch is given up after so many crashes without a frame in between. */
const CRASHES_TO_GIVE_UP = 2;

const APART = { runOnPackets: -1 };

/** The frames of the video are others than the index lists. */
class Renumber extends Error {
  /** What is wrong with the index. */
  readonly doubt: Doubt;

  constructor({ index }: IndexedVideo) {
    super();
    this.doubt = doubtOf(index);
  }
}

/** Does something with a video; where its frames prove to be others than they were numbered as, again without what proved wrong. */
export const renumbering = async <T>(work: (doubt: Doubt | undefined) => Promise<T>): Promise<T> => {
  for (let doubt: Doubt | undefined; ; ) {
    try {
      return await work(doubt);
    } catch (error) {
      if (!(error instanceof Renumber) || doubt === 'timestamps') throw error;
      doubt = error.doubt;
    }
  }
};

/**
 * Decodes frames of one video on as many workers as that pays for. Each target is answered by exactly one
 * `written`, `pixels`, `embedding`, `sound` or `failed` event, also when decoders crash. A listener that returns a promise is
 * not overrun: workers wait until it is fulfilled.
 *
 * @param targets ascending and distinct
 * @param mostPieces into which the work may be cut: fewer where other videos are decoded at the same time, since every
 *   piece takes the whole index along
 * @throws what {@link renumbering} catches, ERR_FILE_CHANGED, ERR_NO_DECODER, or the signal's reason
 */
export const readInWorkers = async (
  pool: WorkerPool,
  video: IndexedVideo,
  targets: readonly number[],
  task: ReadTask,
  onEvent: JobListener,
  mostPieces: number = pool.size * PIECES_PER_WORKER,
): Promise<ReadStats> => {
  const index = encodeIndex(video);
  const stats: ReadStats = { seeks: 0, packetsSent: 0, framesDecoded: 0, framesSkipped: 0, backOffs: 0 };
  const whole = planRuns(video.index, targets);
  const work = costOf(whole);
  const count = Math.min(mostPieces, Math.max(1, Math.floor(work / SMALLEST_PIECE)));
  const pieces =
    count > 1 ? planPieces(video.index, targets, count).sort((a, b) => costOf(b) - costOf(a)) : [whole];
  // Where the file offers fewer places to start from than there are workers, the decoder's own threads help.
  const workers = Math.min(pool.size, count);
  const threads = pieces.length < workers ? Math.ceil(workers / pieces.length) : 1;

  const readPiece = async (runs: readonly Run[], tries = CRASHES_TO_GIVE_UP): Promise<void> => {
    const open = new Set(runs.flatMap((run) => run.targets));
    const wantedCount = open.size;
    const answer = (event: JobEvent): void | Promise<void> => {
      if (event.type === 'written') open.delete(event.frame.rank);
      else if ('rank' in event) open.delete(event.rank);
      return onEvent(event);
    };
    try {
      addStats(stats, await pool.run({ ...task, index, runs, threads }, answer), video);
    } catch (error) {
      if (!isCrash(error)) throw error;
      const left = [...open].sort((a, b) => a - b);
      const isStuck = runs.length === 1 && left.length === wantedCount;
      if (isStuck && tries <= 1) giveUp(left, error);
      // Key by key, so that what comes behind the next key is not lost with what crashes before it.
      else
        for (const run of planRuns(video.index, left, APART))
          await readPiece([run], isStuck ? tries - 1 : tries);
    }
  };

  const giveUp = (ranks: readonly number[], { code, message, facts }: FramesiftError): void => {
    for (const rank of ranks) void onEvent({ type: 'failed', rank, error: { code, message, facts } });
  };

  await Promise.all(pieces.map((runs) => readPiece(runs)));
  return stats;
};

/**
 * Decodes image files in one worker. Each is answered by exactly one `pixels`, `embedding` or `failed` event, also
 * when the worker dies of one of them.
 *
 * @throws the listener's error, or the signal's reason
 */
export const readImagesInWorker = async (
  pool: WorkerPool,
  paths: readonly string[],
  request: PictureRequest,
  onEvent: JobListener,
): Promise<void> => {
  const readSome = async (ranks: readonly number[]): Promise<void> => {
    const open = new Set(ranks);
    const job: ImagesJob = {
      ...request,
      kind: 'images',
      path: paths[ranks[0]!]!,
      paths: ranks.map((rank) => paths[rank]!),
    };
    try {
      await pool.run(job, (event) => {
        if (!('rank' in event)) return undefined;
        const rank = ranks[event.rank]!;
        open.delete(rank);
        return onEvent({ ...event, rank });
      });
    } catch (error) {
      if (!isCrash(error)) throw error;
      const { code, message, facts } = error;
      if (ranks.length === 1)
        void onEvent({ type: 'failed', rank: ranks[0]!, error: { code, message, facts } });
      else for (const rank of open) await readSome([rank]);
    }
  };
  if (paths.length > 0) await readSome([...paths.keys()]);
};

/**
 * Finds the cuts of one video in one worker.
 *
 * @param threads of the decoder
 * @param onEvent hears of progress, and of frames that cannot be decoded: the detector does without these
 * @throws what {@link renumbering} catches, ERR_FILE_CHANGED, ERR_NO_DECODER, ERR_DECODER_CRASHED, ERR_OPTION, or the signal's reason
 */
export const findCutsInWorker = async (
  pool: WorkerPool,
  video: IndexedVideo,
  task: Pick<ShotsJob, 'path' | 'size' | 'detector' | 'options' | 'threads'>,
  onEvent: JobListener,
): Promise<readonly number[]> => {
  const runs = planRuns(
    video.index,
    Array.from({ length: video.index.frameCount }, (_, rank) => rank),
  );
  const result = await pool.run({ ...task, kind: 'shots', index: encodeIndex(video), runs }, onEvent);
  if (result.type === 'renumber') throw new Renumber(video);
  if (result.type !== 'cuts') throw new Error(`a worker answered ${result.type}`);
  return result.cuts;
};

const costOf = (runs: readonly Run[]): number => runs.reduce((sum, run) => sum + run.decodeCount, 0);

const isCrash = (error: unknown): error is FramesiftError =>
  error instanceof FramesiftError && error.code === 'ERR_DECODER_CRASHED';

const addStats = (sum: ReadStats, result: JobResult, video: IndexedVideo): void => {
  if (result.type === 'renumber') throw new Renumber(video);
  if (result.type !== 'read') throw new Error(`a worker answered ${result.type}`);
  for (const key of Object.keys(sum) as (keyof ReadStats)[]) sum[key] += result.stats[key];
};
