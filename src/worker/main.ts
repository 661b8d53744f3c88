// A worker process: takes one job at a time, decodes on its own thread, and dies alone when a decoder crashes.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Backlog } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import { writeError } from '../base/files.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { centerCrop } from '../image/crop.ts';
import { listenToLog } from '../native/libav.ts';
import { loadIndex } from '../video/index-cache.ts';
import { decodeIndex, encodeIndex } from '../video/index-file.ts';
import type { Run } from '../video/plan.ts';
import { FrameReader, IndexDisagreement, type ReadFrame, type ReadOptions } from '../video/reader.ts';
import type {
  ErrorData,
  ExtractJob,
  IndexJob,
  Job,
  JobResult,
  PixelsJob,
  Reply,
  Request,
  VerifyJob,
} from './job.ts';

const send = (reply: Reply): void => {
  process.send?.(reply);
};

const perform = async (job: Job, isVerbose: boolean): Promise<JobResult> => {
  const stop = isVerbose ? listenToLog(({ text }) => send({ type: 'log', line: text })) : undefined;
  try {
    return await performJob(job);
  } finally {
    await nextTurn(); // the last lines of the log are still on their way
    stop?.();
  }
};

const performJob = (job: Job): Promise<JobResult> => {
  switch (job.kind) {
    case 'index':
      return index(job);
    case 'verify':
      return verify(job);
    case 'extract':
      return extract(job);
    case 'pixels':
      return pixels(job);
  }
};

const index = async ({ path, options }: IndexJob): Promise<JobResult> => {
  const onProgress = (share: number): void => send({ type: 'progress', share });
  const video = await loadIndex(path, { ...options, onProgress });
  return { type: 'indexed', index: encodeIndex(video) };
};

const verify = async (job: VerifyJob): Promise<JobResult> =>
  readRuns(job, { size: { width: 16, height: 16 } }, async ({ rank }) => send({ type: 'sound', rank }));

/** Pixels that may wait for their encoder: a bound in bytes, so that wide frames do not fill the memory. */
const MOST_WAITING_BYTES = 12 * 1024 * 1024;

/** Files that may wait for the main process to record them. They are lost when it dies before. */
const MOST_UNRECORDED = 32;

/** Those who wait for the main process to take care of what they sent, in the order of their messages. */
const untaken: (() => void)[] = [];

const sendUntilTaken = (event: Extract<Reply, { type: 'written' | 'pixels' }>): Promise<void> => {
  send(event);
  return new Promise((resolve) => untaken.push(resolve));
};

const extract = async (job: ExtractJob): Promise<JobResult> => {
  const { encodeRgb } = await import('../native/sharp.ts');
  const memory = new PixelMemory();
  const pixels = new Backlog(MOST_WAITING_BYTES);
  const files = new Backlog(MOST_UNRECORDED);
  const underway = new Set<Promise<void>>();

  const encode = async (image: RgbImage): Promise<Uint8Array> => {
    pixels.add(image.data.length);
    try {
      return await encodeRgb(image, job.encode);
    } finally {
      pixels.remove(image.data.length);
      memory.giveBack(image.data);
    }
  };
  const write = async (rank: number, image: RgbImage): Promise<void> => {
    const { width, height } = image;
    const file = `${job.filePrefix}${rank}`;
    files.add(1);
    try {
      const bytes = await encode(image);
      await writeFile(file, bytes).catch((error: unknown) => {
        throw writeError(file, error);
      });
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const frame = { rank, file, width, height, sizeBytes: bytes.length, sha256 };
      await sendUntilTaken({ type: 'written', frame });
    } catch (error) {
      sendFailure(rank, error);
    } finally {
      files.remove(1);
    }
  };

  const { size, keepDamaged } = job;
  const allocate = (sizeBytes: number): Uint8Array => memory.take(sizeBytes);
  const result = await readRuns(job, { size, keepDamaged, allocate }, async ({ rank, image }) => {
    const writing: Promise<void> = write(rank, image).finally(() => underway.delete(writing));
    underway.add(writing);
    await pixels.room();
    await files.room();
  });
  await Promise.all(underway);
  return result;
};

const pixels = async (job: PixelsJob): Promise<JobResult> => {
  const waiting = new Backlog(MOST_WAITING_BYTES);
  const underway = new Set<Promise<void>>();
  const { size, interpolation, crop } = job;
  const result = await readRuns(job, { size, interpolation }, async ({ rank, image: whole }) => {
    const image = crop === undefined ? whole : centerCrop(whole, crop);
    const sizeBytes = image.data.length;
    waiting.add(sizeBytes);
    const taking: Promise<void> = sendUntilTaken({ type: 'pixels', rank, image }).then(() => {
      waiting.remove(sizeBytes);
      underway.delete(taking);
    });
    underway.add(taking);
    await waiting.room();
  });
  await Promise.all(underway);
  return result;
};

/** Memory of pictures that are encoded, for those that come: fresh memory takes long to get, and its collection lags. */
class PixelMemory {
  readonly #free: Uint8Array[] = [];

  take(sizeBytes: number): Uint8Array {
    for (let memory = this.#free.pop(); memory !== undefined; memory = this.#free.pop())
      if (memory.length === sizeBytes) return memory;
    return new Uint8Array(sizeBytes);
  }

  giveBack(memory: Uint8Array): void {
    this.#free.push(memory);
  }
}

/** The reader of the last job, kept for the next piece of the same video. */
let lastReader: { readonly key: string; readonly reader: FrameReader } | undefined;

const readRuns = async (
  job: {
    readonly path: string;
    readonly index: Uint8Array;
    readonly runs: readonly Run[];
    readonly threads: number;
  },
  options: ReadOptions,
  onImage: (frame: Extract<ReadFrame, { image: RgbImage }>) => Promise<void>,
): Promise<JobResult> => {
  const reader = readerFor(job.path, job.index, job.threads);
  const before = { ...reader.stats };
  try {
    for await (const frame of reader.read(job.runs, options)) {
      if ('image' in frame) await onImage(frame);
      else sendFailure(frame.rank, frame.error);
    }
  } catch (error) {
    lastReader = undefined;
    reader[Symbol.dispose]();
    if (error instanceof IndexDisagreement) return { type: 'renumber' };
    throw error;
  }
  const { stats } = reader;
  return {
    type: 'read',
    stats: {
      seeks: stats.seeks - before.seeks,
      packetsSent: stats.packetsSent - before.packetsSent,
      framesDecoded: stats.framesDecoded - before.framesDecoded,
      framesSkipped: stats.framesSkipped - before.framesSkipped,
      backOffs: stats.backOffs - before.backOffs,
    },
  };
};

const readerFor = (path: string, bytes: Uint8Array, threads: number): FrameReader => {
  const key = `${threads} ${createHash('sha1').update(bytes).digest('hex')} ${path}`;
  if (lastReader?.key === key) return lastReader.reader;
  lastReader?.reader[Symbol.dispose]();
  lastReader = undefined;
  const video = decodeIndex(bytes);
  if (video === undefined) throw new Error('the index did not arrive whole');
  const reader = new FrameReader(path, video, { threads });
  lastReader = { key, reader };
  return reader;
};

const sendFailure = (rank: number, error: unknown): void => {
  if (!(error instanceof FramesiftError)) throw error;
  send({ type: 'failed', rank, error: dataOf(error) });
};

const dataOf = ({ code, message, facts }: FramesiftError): ErrorData => ({ code, message, facts });

process.on('message', (request: Request) => {
  if (request.type === 'taken') {
    untaken.shift()?.();
    return;
  }
  perform(request.job, request.isVerbose).then(
    (result) => send({ type: 'result', result }),
    (error: unknown) => {
      if (error instanceof FramesiftError) send({ type: 'error', error: dataOf(error) });
      else
        send({ type: 'bug', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    },
  );
});

// The main process decides when work stops: Ctrl-C reaches the whole group, and a dead parent means nobody waits.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
