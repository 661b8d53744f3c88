import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { type CliOption, operand } from '../option.ts';
import { formatUnits } from '../quantities.ts';
import { neededQueue } from '../queue-options.ts';
import { conclude } from '../session.ts';
import { oneOf } from '../value-readers.ts';

const ACTIONS = ['status', 'retry', 'drain'] as const;

const place = operand({
  term: 'ACTION',
  help: 'status: what waits, what is done, what failed; retry: put back what failed; drain: forget what waits and what failed',
  choices: ACTIONS,
});
const action: CliOption<(typeof ACTIONS)[number]> = {
  ...place,
  read: async (given, io) => oneOf(ACTIONS)(await place.read(given, io)),
};

export const command = defineCommand({
  usage: 'status|retry|drain --queue URL',
  description: 'Looks after a queue that workers take jobs from.',
  options: { action, queue: neededQueue },
  examples: [
    { what: 'how far the workers are', line: 'queue status --queue redis://queue-host:6379' },
    { what: 'once more what failed', line: 'queue retry --queue redis://queue-host:6379' },
  ],
  run: async ({ action: chosen, queue }, session) => {
    const { drainQueue, queueStatus, retryQueue } = await import('../../queue.ts');
    const { results, json } = session;
    if (chosen !== 'status') {
      const jobs = await (chosen === 'retry' ? retryQueue({ queue }) : drainQueue({ queue }));
      if (json) await results.record('summary', { action: chosen, jobs });
      conclude(session, `${formatUnits(jobs, 'jobs')} ${chosen === 'retry' ? 'put back' : 'forgotten'}`);
      return EXIT.done;
    }
    const status = await queueStatus({ queue });
    if (json) {
      await results.record('queue', status);
      return EXIT.done;
    }
    const { name, workers, waiting, active, completed, failed, failures } = status;
    await results.line(`${name}: ${formatUnits(workers, 'workers')}`);
    await results.line(`${waiting} waiting, ${active} under way, ${completed} done, ${failed} failed`);
    for (const { job, reason } of failures) await results.line(`failed: ${job}: ${reason}`);
    return EXIT.done;
  },
});
