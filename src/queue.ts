// What a queue holds, and what to do about what failed.
import { setTimeout as sleep } from 'node:timers/promises';
import { FramesiftError } from './base/errors.ts';
import { type JobData, queueName } from './batch/jobs.ts';
import { type JobQueue, openJobQueue, type QueueCounts } from './native/bullmq.ts';

export interface QueueOptions {
  /** `redis://…` (or Valkey) or `postgres://…`. */
  readonly queue: string;
}

export interface QueueStatus extends QueueCounts {
  /** Jobs of other versions of framesift are in queues of their own. */
  readonly name: string;
  readonly workers: number;
  readonly failures: readonly { readonly job: string; readonly reason: string }[];
}

/** @throws ERR_OPTION, ERR_MISSING_DEPENDENCY, ERR_REMOTE for a queue that does not answer */
export const queueStatus = ({ queue: url }: QueueOptions): Promise<QueueStatus> =>
  withQueue(url, async (queue) => {
    const [counts, workers, failed] = [await queue.counts(), await queue.workerCount(), await queue.failed()];
    const failures = failed.map(({ id, data, reason }) => ({ job: titleOf(data as JobData, id), reason }));
    return { name: queueName(), ...counts, workers, failures };
  });

/** Puts back what failed. @returns how many @throws as {@link queueStatus} */
export const retryQueue = ({ queue: url }: QueueOptions): Promise<number> =>
  withQueue(url, async (queue) => {
    const { failed } = await queue.counts();
    await queue.retryFailed();
    return failed;
  });

/** Forgets what waits and what failed; jobs under way are ended. @returns how many @throws as {@link queueStatus} */
export const drainQueue = ({ queue: url }: QueueOptions): Promise<number> =>
  withQueue(url, async (queue) => {
    const { waiting, failed } = await queue.counts();
    await queue.drain();
    return waiting + failed;
  });

const titleOf = (job: JobData, id: string): string =>
  job.kind === 'info' ? `info ${job.request.path}` : `${id} in ${job.folder}`;

const ANSWER_MS = 10_000;

const withQueue = async <T>(url: string, work: (queue: JobQueue) => Promise<T>): Promise<T> => {
  let trouble = 'it does not answer';
  const queue = await openJobQueue(url, queueName(), (what) => {
    trouble = what;
  });
  const limit = new AbortController();
  try {
    return await Promise.race([
      work(queue),
      sleep(ANSWER_MS, undefined, { signal: limit.signal }).then(() => {
        throw new FramesiftError(
          'ERR_REMOTE',
          `the queue is out of reach: ${trouble}. Check its address, and whether it runs.`,
        );
      }),
    ]);
  } finally {
    limit.abort();
    void queue.close().catch(() => undefined);
  }
};
