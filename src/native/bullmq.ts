// bullmq: a queue of jobs in Redis (or Valkey) or PostgreSQL, which several machines take from. It, ioredis and pg are
// loaded only when a queue is asked for: they are no dependencies of framesift's own.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Processor, Queue, QueueOptions, Worker, WorkerOptions } from 'bullmq';
import type { ClientConfig } from 'pg';
import { FramesiftError, messageOf } from '../base/errors.ts';

/** What is known of a job: `unknown` when the queue has forgotten it. */
export type JobState = 'waiting' | 'active' | 'completed' | 'failed' | 'unknown';

export interface QueuedJob {
  /** The same for the same work: a job that is there is not added again. Without `:`, and not of digits only. */
  readonly id: string;
  readonly data: unknown;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
}

export interface FailedJob {
  readonly id: string;
  readonly data: unknown;
  readonly reason: string;
}

export interface JobQueue {
  add(jobs: readonly QueuedJob[]): Promise<void>;
  stateOf(id: string): Promise<JobState>;
  /** What its worker returned; undefined for one that is not completed. */
  resultOf(id: string): Promise<unknown>;
  /** Why it failed for good. */
  reasonOf(id: string): Promise<string | undefined>;
  /** Forgets it, if nobody works on it. */
  remove(id: string): Promise<void>;
  counts(): Promise<QueueCounts>;
  workerCount(): Promise<number>;
  failed(): Promise<readonly FailedJob[]>;
  /** Puts all that failed back. */
  retryFailed(): Promise<void>;
  /** Forgets all that nobody works on. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** What came of a job, for the queue. */
export type Verdict =
  | { readonly kind: 'done'; readonly result: unknown }
  /** Another worker, or a later try, may manage it. */
  | { readonly kind: 'again'; readonly reason: string }
  | { readonly kind: 'never'; readonly reason: string }
  /** It was not tried to its end: somebody else takes it at once. */
  | { readonly kind: 'given back' };

export interface JobTaker {
  /** Takes no more jobs; resolves when the current ones are answered. */
  close(): Promise<void>;
}

export interface TakeOptions {
  readonly concurrency: number;
  /** The queue is out of reach, or back: a sentence for people. */
  readonly onTrouble: (what: string) => void;
}

/** A worker that says nothing for so long is dead, and its jobs are somebody else's. */
const LOCK_MS = 8000;
/** How often is looked for such. */
const STALLED_CHECK_MS = 4000;
/** A job that has killed so many workers is not given to another one. */
const DEATHS_TO_GIVE_UP = 5;
const TRIES = 5;
const FIRST_PAUSE_MS = 2000;
const DAY_SECONDS = 86_400;
const CLOSE_MS = 1500;
/** For jobs under way to be stopped and given back. */
const GIVE_BACK_MS = 5000;

/** @throws ERR_OPTION for another address, ERR_MISSING_DEPENDENCY */
export const openJobQueue = async (
  url: string,
  name: string,
  onTrouble: (what: string) => void,
): Promise<JobQueue> => {
  const { makeQueue, hangUp } = await backendOf(url);
  const queue = makeQueue(name, {
    skipVersionCheck: true,
    defaultJobOptions: {
      attempts: TRIES,
      backoff: { type: 'exponential', delay: FIRST_PAUSE_MS },
      removeOnComplete: { age: DAY_SECONDS, count: 100_000 },
      removeOnFail: { age: 7 * DAY_SECONDS },
    },
  });
  queue.on('error', (error: Error) => onTrouble(troubleOf(error)));
  return {
    add: async (jobs) => {
      await queue.addBulk(jobs.map(({ id, data }) => ({ name: 'job', data, opts: { jobId: id } })));
    },
    stateOf: async (id) => plainState(await queue.getJobState(id)),
    resultOf: async (id) => ((await queue.getJob(id))?.returnvalue ?? undefined) as unknown,
    reasonOf: async (id) => (await queue.getJob(id))?.failedReason,
    remove: async (id) => {
      // Refused while somebody works on it.
      await queue.remove(id).catch(() => undefined);
    },
    counts: async () => {
      const counts = await queue.getJobCounts(
        'wait',
        'prioritized',
        'delayed',
        'active',
        'completed',
        'failed',
      );
      const { wait = 0, prioritized = 0, delayed = 0, active = 0, completed = 0, failed = 0 } = counts;
      return { waiting: wait + prioritized + delayed, active, completed, failed };
    },
    workerCount: () => queue.getWorkersCount(),
    failed: async () =>
      (await queue.getFailed()).map(({ id, data, failedReason }) => ({
        id: id ?? '',
        data: data as unknown,
        reason: failedReason,
      })),
    retryFailed: () => queue.retryJobs({ state: 'failed' }),
    drain: async () => {
      await queue.drain(true);
      await queue.clean(0, 0, 'failed');
    },
    close: async () => {
      await within(CLOSE_MS, queue.close());
      hangUp();
    },
  };
};

/** Takes jobs until it is closed. @throws as {@link openJobQueue} */
export const takeJobs = async (
  url: string,
  name: string,
  work: (data: unknown, signal: AbortSignal) => Promise<Verdict>,
  { concurrency, onTrouble }: TakeOptions,
): Promise<JobTaker> => {
  const { bullmq, makeWorker, hangUp } = await backendOf(url);
  const worker = makeWorker(
    name,
    async (job, token, signal) => {
      const verdict = await work(job.data, signal ?? new AbortController().signal);
      switch (verdict.kind) {
        case 'done':
          return verdict.result;
        case 'never':
          throw new bullmq.UnrecoverableError(verdict.reason);
        case 'given back':
          await job.moveToDelayed(Date.now(), token);
          throw new bullmq.DelayedError();
        case 'again':
          throw new Error(verdict.reason);
      }
    },
    {
      concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: DEATHS_TO_GIVE_UP,
    },
  );
  worker.on('error', (error: Error) => onTrouble(troubleOf(error)));
  return {
    close: async () => {
      await within(GIVE_BACK_MS, worker.close());
      hangUp();
    },
  };
};

/** A server that is gone must not keep anybody from leaving. */
const within = async (ms: number, work: Promise<void>): Promise<void> => {
  await Promise.race([work.catch(() => undefined), sleep(ms, undefined, { ref: false })]);
};

const backendOf = async (url: string) => {
  const kind = kindOf(url);
  const bullmq = await optional('bullmq', import('bullmq'));
  if (kind === 'redis') {
    await optional('ioredis', import('ioredis'));
    // Commands wait for a server that is gone, instead of failing.
    const connection = { url, maxRetriesPerRequest: null };
    return {
      bullmq,
      makeQueue: (name: string, options: Options<QueueOptions>): AnyQueue =>
        new bullmq.Queue(name, { ...options, connection }),
      makeWorker: (name: string, work: Processor, options: Options<WorkerOptions>): AnyWorker =>
        new bullmq.Worker(name, work, { ...options, connection }),
      hangUp: () => undefined,
    };
  }
  const { default: pg } = await optional('pg', import('pg'));
  const { Queue, Worker } = bullmq.withBackend(bullmq.createPostgresBackend);
  // Where the connection of a client breaks that is in use, its queries fail; that it says so, too, nobody hears, and the
  // process would end.
  const clients = new Set<InstanceType<typeof pg.Client>>();
  class HeardClient extends pg.Client {
    constructor(config?: string | ClientConfig) {
      super(config);
      this.on('error', () => undefined);
      clients.add(this);
      this.once('end', () => clients.delete(this));
    }
  }
  // A client that waits for an answer would keep what it has locked at the server, and its pool from closing.
  const hangUp = (): void => {
    for (const client of clients) void client.end().catch(() => undefined);
  };
  const connection = { connectionString: url, migrate: true, Client: HeardClient };
  return {
    bullmq,
    makeQueue: (name: string, options: Options<QueueOptions>): AnyQueue =>
      new Queue(name, { ...options, connection }),
    makeWorker: (name: string, work: Processor, options: Options<WorkerOptions>): AnyWorker =>
      new Worker(name, work, { ...options, connection }),
    hangUp,
  };
};

type Options<T> = Omit<T, 'connection'>;

/** What both backends have. */
type AnyQueue = Pick<
  Queue,
  | 'addBulk'
  | 'clean'
  | 'close'
  | 'drain'
  | 'getFailed'
  | 'getJob'
  | 'getJobCounts'
  | 'getJobState'
  | 'getWorkersCount'
  | 'remove'
  | 'retryJobs'
> & { on(event: 'error', listener: (error: Error) => void): unknown };

type AnyWorker = Pick<Worker, 'close'> & { on(event: 'error', listener: (error: Error) => void): unknown };

const kindOf = (url: string): 'redis' | 'postgres' => {
  if (/^rediss?:\/\//.test(url)) return 'redis';
  if (/^postgres(?:ql)?:\/\//.test(url)) return 'postgres';
  throw new FramesiftError(
    'ERR_OPTION',
    'the queue is no address that is known: write redis://host:6379 (also for Valkey) or postgres://user@host/database.',
  );
};

const optional = async <T>(name: string, loading: Promise<T>): Promise<T> => {
  try {
    return await loading;
  } catch (error) {
    throw new FramesiftError(
      'ERR_MISSING_DEPENDENCY',
      `a queue needs the package ${name}, which is not installed. Run npm install bullmq ioredis (Redis, Valkey), or npm install bullmq pg (PostgreSQL), where framesift is installed.`,
      { facts: { package: name }, cause: error },
    );
  }
};

const plainState = (state: string): JobState => {
  if (state === 'active' || state === 'completed' || state === 'failed') return state;
  return state === 'unknown' ? 'unknown' : 'waiting';
};

const troubleOf = (error: Error): string => messageOf(error).split('\n', 1)[0] ?? '';
