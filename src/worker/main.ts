// A worker process: takes one job at a time, decodes on its own thread, and dies alone when a decoder crashes.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FramesiftError } from '../base/errors.ts';
import { listenToLog } from '../native/libav.ts';
import { loadIndex } from '../video/index-cache.ts';
import { encodeIndex } from '../video/index-file.ts';
import { dataOf, send, taken } from './channel.ts';
import { extract } from './extract.ts';
import type { IndexJob, Job, JobResult, Request, VerifyJob } from './job.ts';
import { readRuns } from './read-runs.ts';

const perform = async (job: Job, isVerbose: boolean): Promise<JobResult> => {
  const stop = isVerbose ? listenToLog(({ text }) => send({ type: 'log', line: text })) : undefined;
  try {
    return await performJob(job);
  } finally {
    await nextTurn(); // the last lines of the log are still on their way
    stop?.();
  }
};

const performJob = async (job: Job): Promise<JobResult> => {
  switch (job.kind) {
    case 'index':
      return index(job);
    case 'verify':
      return verify(job);
    case 'extract':
      return extract(job);
    case 'shots':
      return (await import('./shots.ts')).findCuts(job);
    case 'pictures':
    case 'images':
      return (await import('./pictures.ts')).pictures(job);
  }
};

const index = async ({ path, options }: IndexJob): Promise<JobResult> => {
  const onProgress = (share: number): void => send({ type: 'progress', share });
  const video = await loadIndex(path, { ...options, onProgress });
  return { type: 'indexed', index: encodeIndex(video) };
};

const verify = async (job: VerifyJob): Promise<JobResult> =>
  readRuns(job, { size: { width: 16, height: 16 } }, async ({ rank }) => send({ type: 'sound', rank }));

process.on('message', (request: Request) => {
  if (request.type === 'taken') {
    taken();
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
