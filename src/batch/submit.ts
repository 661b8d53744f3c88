// Work for other machines: handed to the queue, watched until it is done, whatever becomes of queue and workers.
import { setTimeout as sleep } from 'node:timers/promises';
import { untilAborted } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import type { JobQueue, QueuedJob } from '../native/bullmq.ts';

export interface SubmittedJob extends QueuedJob {
  /** What people call it. */
  readonly title: string;
  /** How much of the work it is. */
  readonly weight: number;
}

export interface SubmitOptions<R> {
  /** What came of a job; undefined while it is not done. Asked without the queue where it can be. */
  readonly resultOf: (job: SubmittedJob, queue: JobQueue) => Promise<R | undefined>;
  readonly onDone: (job: SubmittedJob, result: R) => void | Promise<void>;
  /** @param reason why the workers have given it up */
  readonly onFailed: (job: SubmittedJob, reason: string) => void;
  /** Hears what goes on: who works, and what is wrong. */
  readonly onState?: ((state: SubmitState) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SubmitState {
  readonly doneWeight: number;
  readonly totalWeight: number;
  readonly failed: number;
  /** What people should know: no worker is there, the queue is out of reach. */
  readonly notice: string | undefined;
}

const LOOK_MS = 400;
/** The queue is asked about all jobs now and then: it may have forgotten some when it was restarted. */
const LOOKS_PER_QUESTION = 5;

/**
 * Returns when each job is done or given up. Jobs that the queue has forgotten are handed to it again; while it is out of
 * reach, what workers finish is seen all the same where they leave it on disk. When aborted, what nobody works on yet is
 * taken back.
 *
 * @throws the signal's reason, or what the listeners throw
 */
export const submit = async <R>(
  jobs: readonly SubmittedJob[],
  queue: JobQueue,
  { resultOf, onDone, onFailed, onState, signal }: SubmitOptions<R>,
): Promise<void> => {
  const open = new Map(jobs.map((job) => [job.id, job]));
  const totalWeight = jobs.reduce((sum, { weight }) => sum + weight, 0);
  let [doneWeight, failed] = [0, 0];
  let notice: string | undefined;
  let isBegun = false;
  const finish = (job: SubmittedJob): void => {
    open.delete(job.id);
    doneWeight += job.weight;
  };
  try {
    for (let look = 0; open.size > 0; look++) {
      signal?.throwIfAborted();
      const looks = [...open.values()].map(async (job) => ({ job, result: await resultOf(job, queue) }));
      for (const { job, result } of (await untilAborted(signal, withinTime(Promise.all(looks)))) ?? []) {
        if (result === undefined) continue;
        await onDone(job, result);
        finish(job);
      }
      if (look % LOOKS_PER_QUESTION === 0 && open.size > 0) {
        const asked: Answered | undefined = await untilAborted(
          signal,
          withinTime(question([...open.values()], queue, resultOf, isBegun)),
        );
        isBegun ||= asked !== undefined;
        notice = asked === undefined ? 'the queue is out of reach; waiting for it' : asked.notice;
        for (const { job, reason } of asked?.failed ?? []) {
          onFailed(job, reason);
          failed++;
          finish(job);
        }
      }
      onState?.({ doneWeight, totalWeight, failed, notice });
      if (open.size > 0) await sleep(LOOK_MS, undefined, signal === undefined ? undefined : { signal });
    }
  } catch (error) {
    if (signal?.aborted)
      await withinTime(Promise.all([...open.keys()].map((id) => queue.remove(id))), LEAVE_MS);
    signal?.throwIfAborted();
    throw error;
  }
};

interface Answered {
  readonly failed: readonly { readonly job: SubmittedJob; readonly reason: string }[];
  readonly notice: string | undefined;
}

const question = async (
  jobs: readonly SubmittedJob[],
  queue: JobQueue,
  resultOf: SubmitOptions<unknown>['resultOf'],
  isBegun: boolean,
): Promise<Answered> => {
  const states = await Promise.all(jobs.map(async (job) => ({ job, state: await queue.stateOf(job.id) })));
  const lost: SubmittedJob[] = [];
  for (const { job, state } of states) {
    if (state === 'unknown') lost.push(job);
    // What failed when it was submitted before is tried anew. What is completed and left nothing is of a folder that
    // somebody has removed.
    const isOfBefore = state === 'failed' && !isBegun;
    const isGone = state === 'completed' && (await resultOf(job, queue)) === undefined;
    if (!isOfBefore && !isGone) continue;
    await queue.remove(job.id);
    lost.push(job);
  }
  if (lost.length > 0) await queue.add(lost);
  const failed = await Promise.all(
    states
      .filter(({ job, state }) => state === 'failed' && !lost.includes(job))
      .map(async ({ job }) => ({ job, reason: (await queue.reasonOf(job.id)) ?? 'for an unknown reason' })),
  );
  const workers = await queue.workerCount();
  return { failed, notice: workers === 0 ? NO_WORKER : undefined };
};

const NO_WORKER = 'no worker of this version is there; start some with framesift worker --queue URL';
const ANSWER_MS = 10_000;
/** Whoever is asked to stop does not wait long for a queue. */
const LEAVE_MS = 2000;

/** @returns undefined where the queue does not answer */
const withinTime = async <T>(work: Promise<T>, ms = ANSWER_MS): Promise<T | undefined> => {
  const limit = new AbortController();
  try {
    return await Promise.race([
      work.catch(() => undefined),
      sleep(ms, undefined, { signal: limit.signal }).catch(() => undefined),
    ]);
  } finally {
    limit.abort();
  }
};

/** What a run ends with when workers have given jobs up. */
export const givenUp = (
  failures: readonly { readonly title: string; readonly reason: string }[],
  count: number,
): FramesiftError => {
  const [first] = failures;
  const others = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
  return new FramesiftError(
    'ERR_REMOTE',
    `${failures.length} of ${count} jobs were given up by the workers. ${first?.title}: ${first?.reason}${others}. What is done is kept: correct that, and run the same command again.`,
    { facts: { failed: failures.length, jobs: count } },
  );
};
