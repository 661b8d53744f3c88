import { join } from 'node:path';
import { shownAddress } from '../../base/address.ts';
import type { ExtractOutcome, ExtractPlan } from '../../dataset/extraction.ts';
import type { ExtractOptions } from '../../extract.ts';
import { defineCommand } from '../command.ts';
import { exitCodeOfOutcome, recordFailures, tellFailures } from '../failures.ts';
import { frameChoice } from '../frame-choice.ts';
import { imageOptions } from '../image-options.ts';
import { inputOptions } from '../input-options.ts';
import { type CliOptions, operand, optional, required, toggle } from '../option.ts';
import { formatCount, formatElapsed, formatUnits } from '../quantities.ts';
import { queue } from '../queue-options.ts';
import { conclude, type Session, watchOf } from '../session.ts';
import { someText } from '../value-readers.ts';

const group = 'Writing';

const options = {
  input: operand({
    term: 'INPUT',
    help: 'a folder of videos or of images, or one of them; also https://… and s3://…',
  }),
  outDir: required(
    {
      name: 'out',
      placeholder: 'DIR',
      help: 'the folder for the images; made if need be',
      group,
      completes: 'folder',
    },
    someText,
  ),
  choice: frameChoice,
  ...imageOptions,
  manifest: optional(
    {
      name: 'manifest',
      placeholder: 'FILE',
      help: 'list the images there, as records (NDJSON) with frame number, time, size and SHA-256',
      group,
      completes: 'file',
    },
    someText,
  ),
  force: toggle({
    name: 'force',
    help: 'write images again, and over files that framesift did not write',
    group,
  }),
  dryRun: toggle({ name: 'dry-run', help: 'only say what would be done', group }),
  ...inputOptions,
  queue,
  onNotice: null,
  signal: null,
  onProgress: null,
  onLog: null,
} satisfies CliOptions<ExtractOptions>;

export const command = defineCommand({
  usage: 'INPUT --out DIR (--filenames FILE | --frames NUMBERS | --every N | ...) [options]',
  description:
    'Writes exactly the frames that you choose as image files, each under its own name. What is there already is not written again: the same command continues an interrupted run.',
  options,
  examples: [
    {
      what: 'the frames named in a list, as Lightly writes it',
      line: 'extract videos/ --filenames selected.txt --out frames/',
    },
    {
      what: 'one frame for each second of video, as JPEG',
      line: 'extract videos/ --fps 1 --format jpg --out frames/',
    },
    {
      what: 'what another program picks from all names',
      line: 'list videos/ | shuf -n 500 | framesift extract videos/ --filenames - --out frames/',
    },
    { what: 'what this would take', line: 'extract videos/ --every 30 --out frames/ --dry-run' },
  ],
  isResumable: true,
  run: async (values, session) => {
    const { extractFrames } = await import('../../extract.ts');
    const outcome = await extractFrames({
      ...values,
      ...watchOf(session),
      onNotice: (notice) => session.screen.say(`note: ${notice}`),
    });
    const { done, failed, plan } = outcome;
    const elapsedMs = session.io.clock.now() - session.startedAt;
    // What was extracted is extracted, whether or not somebody still reads its name.
    await session.results.whileRead(() => writeResults(outcome, values.outDir, elapsedMs, session));
    tellFailures(failed, session);
    if (plan !== undefined) return exitCodeOfOutcome(plan.frames, failed.length);
    conclude(session, summary(outcome, values, elapsedMs));
    return exitCodeOfOutcome(done.length, failed.length);
  },
});

const writeResults = async (
  { done, failed, resumed, stats, plan }: ExtractOutcome,
  outDir: string,
  elapsedMs: number,
  { results, json }: Session,
): Promise<void> => {
  for (const frame of done) {
    const path = join(outDir, frame.file);
    await (json ? results.record('frame', { ...frame, path }) : results.line(path));
  }
  if (plan !== undefined && !json) await results.line(planSentence(plan, outDir));
  if (!json) return;
  await recordFailures(failed, results);
  const counts = {
    frames: done.length,
    resumed,
    failed: failed.length,
    seconds: Math.round(elapsedMs) / 1000,
  };
  await results.record('summary', { ...counts, stats, ...(plan && { plan }) });
};

const planSentence = ({ frames, videos, framesToDecode }: ExtractPlan, outDir: string): string =>
  `would write ${formatUnits(frames, 'frames')} of ${formatUnits(videos, 'videos')} to ${outDir}, decoding ${formatUnits(framesToDecode, 'pictures')}`;

const summary = (
  { done, failed, resumed }: ExtractOutcome,
  { input, outDir }: { readonly input: string; readonly outDir: string },
  elapsedMs: number,
): string => {
  if (done.length === 0 && failed.length === 0) {
    return `nothing matched: ${shownAddress(input)} has no frame of those that were asked for`;
  }
  const already =
    resumed === 0 ? '' : ` (${formatCount(resumed)} ${resumed === 1 ? 'was' : 'were'} there already)`;
  const missed = failed.length === 0 ? '' : `, ${formatCount(failed.length)} failed`;
  return `${formatUnits(done.length, 'frames')} written to ${outDir}${already}${missed}, ${formatElapsed(elapsedMs)}`;
};
