import type { SelectFramesOptions, SelectFramesOutcome } from '../../select.ts';
import { defineCommand } from '../command.ts';
import { exitCodeOfOutcome, recordFailures, tellFailures } from '../failures.ts';
import { cache, jobs, stream } from '../input-options.ts';
import { type CliOptions, operand, optional, toggle } from '../option.ts';
import { formatCount, formatDecimal, formatElapsed, formatUnits } from '../quantities.ts';
import { metadataFrom, selectionOptions } from '../selection-options.ts';
import { conclude, type Session, watchOf } from '../session.ts';
import { STOP_REASONS } from '../stop-reasons.ts';
import { someText } from '../value-readers.ts';

const known = 'What is known of the frames';
const earlier = 'Selected earlier';
const group = 'Writing';

const options = {
  embeddings: operand({
    term: 'TABLE',
    help: "a table of embeddings: CSV in Lightly's format (also with masked and selected), or Parquet",
  }),
  ...selectionOptions,
  metadata: metadataFrom,
  videos: optional(
    {
      name: 'videos',
      placeholder: 'DIR',
      help: 'the folder of the videos, to know exactly when frames are shown',
      group: known,
      completes: 'folder',
    },
    someText,
  ),
  datapool: optional(
    {
      name: 'datapool',
      placeholder: 'DIR',
      help: 'a folder that remembers what was ever selected; -n counts what is added',
      group: earlier,
      completes: 'folder',
    },
    someText,
  ),
  out: optional(
    {
      name: 'out',
      placeholder: 'FILE',
      help: 'the list of names, or a folder for sampled_filenames.txt; selection.csv and other files go beside it (default: only the names, to standard output)',
      group,
      completes: 'file',
    },
    someText,
  ),
  force: toggle({ name: 'force', help: 'replace files that are there', group }),
  stream,
  jobs,
  cache,
  continues: null,
  signal: null,
  onProgress: null,
} satisfies CliOptions<SelectFramesOptions>;

export const command = defineCommand({
  usage: 'TABLE -n N [--out FILE] [--strategy NAME] [options]',
  description:
    'Selects the frames of a table of embeddings that are worth labelling, one at a time, so that every beginning of the list is a good selection, too. By default each frame is the one that is most unlike all before it. Strategies multiply, as Lightly documents it.',
  options,
  examples: [
    {
      what: 'the 200 frames that differ most',
      line: 'select embeddings.csv -n 200 --out sampled_filenames.txt',
    },
    {
      what: 'straight into image files',
      line: 'select embeddings.csv -n 200 | framesift extract videos/ --filenames - --out frames/',
    },
    {
      what: 'sharp ones, at least 2 seconds apart, at most 20 of each video',
      line: 'select embeddings.csv -n 200 --weight sharpness --min-gap 2 --max-per-video 20',
    },
    {
      what: 'no black and no blurred ones, and none twice',
      line: 'select embeddings.csv --filter black --filter blurred=80 --min-distance 0.1',
    },
    {
      what: '100 more, unlike those that are labelled already',
      line: 'select embeddings.csv -n 300 --preselected labelled.txt --out more/sampled_filenames.txt',
    },
    { what: "Lightly's own configuration", line: 'select embeddings.csv --config selection.json' },
  ],
  run: async (values, session) => {
    const { selectFrames } = await import('../../select.ts');
    const outcome = await selectFrames({ ...values, ...watchOf(session) });
    session.progress.close();
    await writeResults(outcome, session);
    tellFailures(outcome.failed, session);
    conclude(session, summary(outcome, values, session.io.clock.now() - session.startedAt));
    return exitCodeOfOutcome(outcome.frames.length, outcome.failed.length);
  },
});

const writeResults = async (
  { frames, removed, failed, files, ...outcome }: SelectFramesOutcome,
  { results, json, io, startedAt }: Session,
): Promise<void> => {
  if (!json) {
    for (const line of files.length > 0 ? files : frames.map(({ filename }) => filename))
      await results.line(line);
    return;
  }
  for (const frame of frames) await results.record('frame', frame);
  for (const frame of removed) await results.record('removed', frame);
  await recordFailures(failed, results);
  const seconds = Math.round(io.clock.now() - startedAt) / 1000;
  const counts = { frames: frames.length, removed: removed.length, failed: failed.length };
  await results.record('summary', { ...counts, ...outcome, files, seconds });
};

const summary = (
  { frames, preselected, candidates, removed, stoppedBy, coverageRadius }: SelectFramesOutcome,
  { embeddings, nSamples: wanted }: { readonly embeddings: string; readonly nSamples?: number },
  elapsedMs: number,
): string => {
  const already = preselected === 0 ? '' : ` (${formatCount(preselected)} were selected earlier)`;
  if (frames.length === 0) {
    const enough = wanted !== undefined && preselected >= wanted;
    const why = enough ? 'as many as were asked for; raise -n for more' : 'no frame may be picked';
    return `nothing to select in ${embeddings}${already}: ${why}`;
  }
  const left = removed.length === 0 ? '' : `, ${formatCount(removed.length)} filtered out`;
  const radius =
    coverageRadius === undefined
      ? ''
      : `; none is further than ${formatDecimal(coverageRadius)} from one of them`;
  return `${formatCount(frames.length)} of ${formatUnits(candidates, 'frames')} selected${already}${left}, ${formatElapsed(elapsedMs)}${STOP_REASONS[stoppedBy]}${radius}`;
};
