// `info` on many machines: a job for each video, whose report comes back through the queue.
import { randomUUID } from 'node:crypto';
import { errorFromJSON, type FramesiftError } from '../base/errors.ts';
import { openJobQueue } from '../native/bullmq.ts';
import type { WorkersOptions } from './finish-shards.ts';
import { type InfoRequest, jobId, queueName } from './jobs.ts';
import { sharedPath } from './shared-path.ts';
import { givenUp, type SubmittedJob, submit } from './submit.ts';

export interface InfoOnWorkersOptions extends Omit<WorkersOptions, 'onProgress'> {
  readonly verify?: boolean | undefined;
  readonly stream?: number | undefined;
}

/** What a worker says of a video. */
export type InfoResult<R> =
  | { readonly report: R; readonly error?: undefined }
  | { readonly error: Parameters<typeof errorFromJSON>[0] };

/**
 * Hands all videos to workers.
 *
 * @returns for each the promise of its report, which is rejected with the video's error, or when workers have given it up
 * @throws ERR_OPTION, ERR_MISSING_DEPENDENCY
 */
export const describeOnWorkers = async <R>(
  paths: readonly string[],
  { queue: url, verify = false, stream, signal, onNotice }: InfoOnWorkersOptions,
): Promise<ReadonlyMap<string, Promise<R>>> => {
  const answers = new Map(paths.map((path) => [path, deferred<R>()]));
  const queue = await openJobQueue(url, queueName(), () => undefined);
  const run = async (): Promise<void> => {
    try {
      // Files change: what was said of them an hour ago is no answer.
      const now = randomUUID();
      const jobs = paths.map((path): SubmittedJob => {
        const request: InfoRequest = { kind: 'info', path: sharedPath(path), verify, stream };
        return { id: jobId(request, now), title: path, weight: 1, data: { kind: 'info', request } };
      });
      let said: string | undefined;
      await submit<InfoResult<R>>(jobs, queue, {
        resultOf: async ({ id }) => (await queue.resultOf(id)) as InfoResult<R> | undefined,
        onDone: ({ title }, result) => {
          const answer = answers.get(title)!;
          if (result.error === undefined) answer.resolve(result.report);
          else answer.reject(errorFromJSON(result.error));
        },
        onFailed: ({ title }, reason) => answers.get(title)!.reject(givenUp([{ title, reason }], 1)),
        onState: ({ notice }) => {
          if (notice !== undefined && notice !== said) onNotice?.(notice);
          said = notice;
        },
        signal,
      });
    } finally {
      await queue.close().catch(() => undefined);
    }
  };
  run().catch((error: unknown) => {
    for (const { reject } of answers.values()) reject(error);
  });
  return new Map([...answers].map(([path, { promise }]) => [path, promise]));
};

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: FramesiftError | unknown): void;
}

const deferred = <T>(): Deferred<T> => {
  let [accept, refuse] = [(_: T): void => undefined, (_: unknown): void => undefined];
  const promise = new Promise<T>((resolve, reject) => {
    [accept, refuse] = [resolve, reject];
  });
  // Whoever waits for it comes later, perhaps never.
  promise.catch(() => undefined);
  return { promise, resolve: accept, reject: refuse };
};
