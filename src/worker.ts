// One machine of many: takes jobs from a queue and does them by the same functions as the command line.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAddress } from './base/address.ts';
import { type ErrorCode, FramesiftError, messageOf } from './base/errors.ts';
import { isThere } from './base/files.ts';
import {
  type EmbedRequest,
  type ExtractRequest,
  type InfoRequest,
  type JobData,
  queueName,
} from './batch/jobs.ts';
import { ShardFolder } from './batch/shard-folder.ts';
import { extractFrom } from './dataset/extraction.ts';
import { pathOf, type Source } from './dataset/source.ts';
import { embedSource } from './embed.ts';
import { describeVideos } from './info.ts';
import { takeJobs, type Verdict } from './native/bullmq.ts';
import { mediaContentKey } from './video/media-file.ts';

export interface WorkerOptions {
  /** `redis://…` (or Valkey) or `postgres://…`. */
  readonly queue: string;
  /** Jobs at once. Default 1: each uses `jobs` processes. */
  readonly concurrency?: number | undefined;
  /** Processes of a job; default: as many as the machine has processors. */
  readonly jobs?: number | undefined;
  /** Folder for frame indexes; `false` for none; the user's cache folder when left out. */
  readonly cache?: string | false | undefined;
  /** Ends the worker: jobs under way go back to the queue. */
  readonly signal: AbortSignal;
  readonly onEvent?: ((event: WorkerEvent) => void) | undefined;
}

export type WorkerEvent =
  | { readonly type: 'begun' | 'done' | 'given back'; readonly job: string }
  | { readonly type: 'failed'; readonly job: string; readonly error: string; readonly isFinal: boolean }
  | { readonly type: 'trouble'; readonly what: string };

/** This machine lacks something that another one may have: then that one is to take the job. */
const LACKING: readonly ErrorCode[] = [
  'ERR_NOT_FOUND',
  'ERR_NO_INPUT',
  'ERR_MODEL',
  'ERR_DEVICE',
  'ERR_HUB',
  'ERR_WRITE',
  'ERR_READ',
  'ERR_REMOTE',
  'ERR_MISSING_DEPENDENCY',
  'ERR_OUTPUT_BUSY',
  'ERR_DECODER_CRASHED',
];
/** So long a machine that lacks something leaves jobs to others. */
const PAUSE_MS = 3000;

/**
 * Takes jobs until the signal is aborted. A job that this machine cannot do is left to others and tried again; one that
 * nobody can do fails for good. If the process dies, its job is somebody else's within seconds.
 *
 * @throws ERR_OPTION for another address, ERR_MISSING_DEPENDENCY
 */
export const runWorker = async (options: WorkerOptions): Promise<void> => {
  const { queue, concurrency = 1, signal, onEvent = () => undefined } = options;
  // The same trouble is had again and again, and told once.
  let told: string | undefined;
  const work = async (data: unknown, ended: AbortSignal): Promise<Verdict> => {
    const job = data as JobData;
    const title = titleOf(job);
    told = undefined;
    onEvent({ type: 'begun', job: title });
    const stopped = AbortSignal.any([signal, ended]);
    try {
      const result = await doJob(job, options, stopped);
      onEvent({ type: 'done', job: title });
      return { kind: 'done', result };
    } catch (error) {
      if (signal.aborted) {
        onEvent({ type: 'given back', job: title });
        return { kind: 'given back' };
      }
      const reason = messageOf(error);
      const mayPass = error instanceof FramesiftError && LACKING.includes(error.code);
      onEvent({ type: 'failed', job: title, error: reason, isFinal: !mayPass });
      if (mayPass) await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
      return { kind: mayPass ? 'again' : 'never', reason };
    }
  };
  const onTrouble = (what: string): void => {
    if (what !== told) onEvent({ type: 'trouble', what });
    told = what;
  };
  const taker = await takeJobs(queue, queueName(), work, { concurrency, onTrouble });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await taker.close();
};

const titleOf = (job: JobData): string =>
  job.kind === 'info' ? `info ${job.request.path}` : `${job.id} in ${job.folder}`;

const doJob = async (job: JobData, options: WorkerOptions, signal: AbortSignal): Promise<unknown> => {
  if (job.kind === 'info') return describe(job.request, options, signal);
  const shard = new ShardFolder(job.folder, job.id);
  // Somebody who seemed dead was not.
  if (await shard.isDone()) return undefined;
  const request = await shard.readRequest();
  await requireFiles(request.source, signal);
  await shard.make((folder) =>
    request.kind === 'extract'
      ? extractShard(request, folder, options, signal)
      : embedShard(request, folder, options, signal),
  );
  return undefined;
};

/** What cannot be reached from here must not look as if it were broken. */
const requireFiles = async (request: ExtractRequest['source'], signal: AbortSignal): Promise<void> => {
  const source = sourceOf(request);
  for (const file of source.files) {
    const path = pathOf(source, file);
    if (isAddress(path)) await mediaContentKey(path, signal);
    if (isAddress(path) || (await isThere(path))) continue;
    throw new FramesiftError(
      'ERR_NOT_FOUND',
      `${path}: is not there: the folder of the videos is not shared with this machine, under the same path.`,
      { facts: { path } },
    );
  }
};

const extractShard = async (
  { source, names, options }: ExtractRequest,
  folder: string,
  { jobs, cache }: WorkerOptions,
  signal: AbortSignal,
): Promise<void> => {
  const choice = { kind: 'names', list: names } as const;
  await extractFrom(sourceOf(source), { ...options, outDir: folder, choice, jobs, cache, signal });
};

const embedShard = async (
  { source, names, options }: EmbedRequest,
  folder: string,
  { jobs, cache }: WorkerOptions,
  signal: AbortSignal,
): Promise<void> => {
  const [out, store] = [join(folder, 'rows.csv'), join(folder, 'store')];
  const choice = { kind: 'names', list: names } as const;
  await embedSource(sourceOf(source), { ...options, out, store, choice, pca: false, jobs, cache, signal });
};

const sourceOf = (shared: ExtractRequest['source']): Source => ({ ...shared, problems: [] });

const describe = async (
  { path, verify, stream }: InfoRequest,
  { jobs, cache }: WorkerOptions,
  signal: AbortSignal,
): Promise<unknown> => {
  for await (const { report, error } of describeVideos({
    inputs: [path],
    verify,
    stream,
    jobs,
    cache,
    signal,
  }))
    return report === undefined ? { error: error.toJSON() } : { report };
  return undefined;
};
