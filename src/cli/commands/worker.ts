import type { WorkerEvent, WorkerOptions } from '../../worker.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { cache, jobs } from '../input-options.ts';
import { type CliOptions, optional } from '../option.ts';
import { neededQueue } from '../queue-options.ts';
import type { Session } from '../session.ts';
import { wholeNumber } from '../value-readers.ts';

const options = {
  queue: neededQueue,
  concurrency: optional(
    {
      name: 'concurrency',
      placeholder: 'N',
      help: 'jobs at once (default: 1; each uses all processors)',
      group: 'How to work',
    },
    wholeNumber(1),
  ),
  jobs,
  cache,
  signal: null,
  onEvent: null,
} satisfies CliOptions<WorkerOptions>;

export const command = defineCommand({
  usage: '--queue URL [options]',
  description:
    'Takes work from a queue and does it, until it is stopped: what extract, embed, info and run submit with --queue, on any machine. It must see the same folders under the same paths. When it is stopped (Ctrl-C, SIGTERM) or killed, others go on with its jobs.',
  options,
  examples: [
    { what: 'a worker', line: 'worker --queue redis://queue-host:6379' },
    {
      what: 'on a machine with many processors',
      line: 'worker --queue redis://queue-host:6379 --concurrency 4 --jobs 8',
    },
  ],
  run: async (values, session) => {
    const { runWorker } = await import('../../worker.ts');
    const { signal } = session;
    if (!session.quiet) session.screen.say('waiting for jobs; Ctrl-C ends');
    // A worker goes on when nobody reads any more what it says.
    const onEvent = (event: WorkerEvent): void => void tell(event, session).catch(() => undefined);
    await runWorker({ ...values, signal, onEvent });
    return EXIT.done;
  },
});

const tell = async (event: WorkerEvent, { results, json, quiet, screen }: Session): Promise<void> => {
  if (json) return results.record(event.type, { ...event, pid: process.pid });
  if (event.type === 'trouble') screen.say(`queue: ${event.what}`);
  else if (event.type === 'failed')
    screen.say(`${event.job}: ${event.error}${event.isFinal ? '' : ' It is left to other workers.'}`, {
      text: 'failed:',
      style: 'red',
    });
  else if (!quiet) screen.say(`${event.type}: ${event.job}`);
};
