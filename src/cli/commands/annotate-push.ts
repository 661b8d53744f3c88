import { readFile } from 'node:fs/promises';
import { readError } from '../../base/file-chunks.ts';
import { PUSH_TARGET_NAMES, TOKEN_VARIABLES } from '../../delivery/push-target-names.ts';
import type { PushOptions, PushOutcome } from '../../push.ts';
import { annotationOptions, from } from '../annotation-options.ts';
import { defineCommand } from '../command.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { recordFailures, tellFailures } from '../failures.ts';
import { type CliOption, type CliOptions, optional, readGiven, required, toggle } from '../option.ts';
import { formatElapsed, formatUnits } from '../quantities.ts';
import { conclude, type Session, watchOf } from '../session.ts';
import { oneOf, someText, wholeNumber } from '../value-readers.ts';

const group = 'Where to';

const to = required(
  {
    name: 'to',
    placeholder: 'TARGET',
    help: `what it is: ${PUSH_TARGET_NAMES.join(', ')}`,
    group,
    choices: PUSH_TARGET_NAMES,
  },
  oneOf(PUSH_TARGET_NAMES),
);

/** From the environment or a file, and from nowhere else: what stands on a command line can be read by others. */
const token: CliOption<string | undefined> = {
  flags: [
    {
      kind: 'value',
      name: 'token-file',
      placeholder: 'FILE',
      help: `a file with the token, or the secret of a webhook (default: the variable ${Object.values(TOKEN_VARIABLES).join(', ')})`,
      group,
      completes: 'file',
    },
  ],
  read: async (given, io) => {
    const path = readGiven(given.flags.get('token-file'), someText);
    if (path === undefined) {
      const target = await to.read(given, io);
      return target === 'queue' ? undefined : io.env[TOKEN_VARIABLES[target]];
    }
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw readError(path, error);
    });
    return text.trim();
  },
};

const options = {
  from,
  to,
  url: required(
    {
      name: 'url',
      placeholder: 'URL',
      help: 'the address of the server, the webhook, or the queue: redis://host:6379, postgres://user@host/database',
      group,
    },
    someText,
  ),
  project: optional(
    {
      name: 'project',
      placeholder: 'N',
      help: 'the number of the project there (label-studio; cvat, where no --category is given)',
      group,
    },
    someText,
  ),
  token,
  organization: optional(
    { name: 'organization', placeholder: 'NAME', help: 'cvat: the short name of the organisation', group },
    someText,
  ),
  upload: toggle({
    name: 'upload',
    help: 'cvat: send the images, too, which are on its share otherwise, behind --prefix',
    group,
  }),
  queueName: optional(
    {
      name: 'queue-name',
      placeholder: 'NAME',
      help: 'queue: what it is called (default: annotation)',
      group,
    },
    someText,
  ),
  segmentSize: optional(
    { name: 'segment-size', placeholder: 'N', help: 'cvat: images of a job', group },
    wholeNumber(1),
  ),
  batchSize: optional(
    {
      name: 'batch',
      placeholder: 'N',
      help: 'frames that are sent at once; of cvat the images of a task (default: 1000; webhook, queue: 100)',
      group,
    },
    wholeNumber(1),
  ),
  ledger: optional(
    {
      name: 'ledger',
      placeholder: 'DIR',
      help: 'the folder that remembers what was pushed where (default: .framesift/pushed beside the frames)',
      group,
      completes: 'folder',
    },
    someText,
  ),
  dryRun: toggle({ name: 'dry-run', help: 'only say what would be sent, and ask nobody', group }),
  ...annotationOptions,
  patience: null,
  signal: null,
  onProgress: null,
} satisfies CliOptions<PushOptions> & { readonly dryRun: unknown };

export const command = defineCommand({
  usage: 'FROM --to TARGET --url URL [options]',
  description:
    'Sends frames to an annotation server, in the order in which they were picked. Each frame is there once, however often the command is run and whatever breaks on the way: what was sent is remembered, and where an answer was lost the server is asked before anything is sent again.',
  options,
  examples: [
    {
      what: 'tasks into a project of Label Studio; the token is in LABEL_STUDIO_API_KEY',
      line: 'annotate push selected/ --to label-studio --url http://localhost:8080 --project 3 --prefix "/data/local-files/?d=selected/frames/"',
    },
    {
      what: 'images into CVAT, 500 a task',
      line: 'annotate push selected/ --to cvat --url https://app.cvat.ai --project 7 --upload --batch 500',
    },
    {
      what: 'batches as jobs of a queue, for workers of your own',
      line: 'annotate push selected/ --to queue --url redis://queue-host:6379',
    },
    {
      what: 'what would be sent to an address of your own',
      line: 'annotate push selected/ --to webhook --url https://host/frames --dry-run',
    },
  ],
  isResumable: true,
  run: async ({ dryRun = false, ...values }, session) => {
    const { planPush, pushFrames } = await import('../../push.ts');
    if (dryRun) {
      const { first, failed, ...plan } = await planPush(values);
      if (session.json) {
        await recordFailures(failed, session.results);
        await session.results.record('plan', { ...plan, first: first ?? null, failed: failed.length });
      } else if (first !== undefined) {
        await session.results.line(`${first.method} ${first.url}`);
        await session.results.line(JSON.stringify(first.body, null, 2));
      }
      tellFailures(failed, session);
      const { frames, already, batches, target } = plan;
      conclude(
        session,
        `would send ${formatUnits(frames - already, 'frames')} to ${target} in ${batches} ${batches === 1 ? 'batch' : 'batches'}${already > 0 ? `; ${already} are there` : ''}`,
      );
      return failed.length > 0 ? EXIT.failures : frames === 0 ? EXIT.nothingMatched : EXIT.done;
    }
    const outcome = await pushFrames({ ...values, ...watchOf(session) });
    await session.results.whileRead(() => writeResults(outcome, session));
    tellFailures(outcome.failed, session);
    const elapsedMs = session.io.clock.now() - session.startedAt;
    conclude(session, `${summaryOf(outcome, values.from)}, ${formatElapsed(elapsedMs)}`);
    const { frames, sent, already, failed } = outcome;
    // All were refused: then it is the server that does.
    if (frames > 0 && sent + already === 0) return exitCodeOf('ERR_REMOTE');
    return failed.length > 0 ? EXIT.failures : frames === 0 ? EXIT.nothingMatched : EXIT.done;
  },
});

const summaryOf = ({ frames, sent, already, removed, target }: PushOutcome, from: string): string => {
  if (frames === 0) return `nothing matched: ${from} has no frame with an image`;
  const parts = [`${formatUnits(sent, 'frames')} sent to ${target}`];
  if (already > 0) parts.push(`${already} ${already === 1 ? 'was' : 'were'} there`);
  if (removed > 0) parts.push(`${removed} that came twice removed`);
  return parts.join('; ');
};

const writeResults = async (
  { failed, ...outcome }: PushOutcome,
  { results, json, io, startedAt }: Session,
): Promise<void> => {
  if (!json) {
    if (outcome.page !== undefined) await results.line(outcome.page);
    return;
  }
  await recordFailures(failed, results);
  const seconds = Math.round(io.clock.now() - startedAt) / 1000;
  await results.record('summary', { ...outcome, failed: failed.length, seconds });
};
