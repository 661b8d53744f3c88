import { shownAddress } from '../../base/address.ts';
import type { EmbedOutcome } from '../../dataset/embedding-run.ts';
import type { EmbedOptions } from '../../embed.ts';
import { defineCommand } from '../command.ts';
import { exitCodeOfOutcome, recordFailures, tellFailures } from '../failures.ts';
import { frameChoiceOrAll } from '../frame-choice.ts';
import { inputOptions } from '../input-options.ts';
import { modelOptions } from '../model-options.ts';
import { type CliOptions, operand, optional, required, toggle } from '../option.ts';
import { formatCount, formatElapsed, formatRate, formatUnits } from '../quantities.ts';
import { queue } from '../queue-options.ts';
import { conclude, watchOf } from '../session.ts';
import { oneOf, someText } from '../value-readers.ts';

const group = 'Table';
const LABELS = ['video', 'folder'] as const;

const options = {
  input: operand({
    term: 'INPUT',
    help: 'a folder of videos or of images, or one of them; also https://… and s3://…',
  }),
  out: required(
    {
      name: 'out',
      placeholder: 'FILE',
      help: "the table: a CSV file in Lightly's format, or Parquet if it ends in .parquet; its folder is made if need be",
      group,
      completes: 'file',
    },
    someText,
  ),
  choice: frameChoiceOrAll,
  ...modelOptions,
  labels: optional(
    {
      name: 'labels',
      placeholder: LABELS.join('|'),
      help: 'what a label numbers: the video, or the folder that it is in (default: video)',
      group,
      choices: LABELS,
    },
    oneOf(LABELS),
  ),
  pca: toggle({
    name: 'pca',
    help: 'write the first two principal components beside the table',
    offHelp: 'write no principal components beside the table',
    group,
  }),
  metadata: toggle({
    name: 'metadata',
    help: 'measure every frame (sharpness, luminance, contrast, entropy, motion, perceptual hash, time) and write that beside the table, as custom metadata of Lightly',
    group,
  }),
  store: optional(
    {
      name: 'store',
      placeholder: 'DIR',
      help: 'keep all embeddings there, beside the table: later tables of the same videos compute only what is new',
      group,
      completes: 'folder',
    },
    someText,
  ),
  force: toggle({
    name: 'force',
    help: 'replace a table that is there; begin an unfinished one anew',
    group,
  }),
  ...inputOptions,
  queue,
  signal: null,
  onProgress: null,
  onNotice: null,
  onLog: null,
} satisfies CliOptions<EmbedOptions>;

export const command = defineCommand({
  usage: 'INPUT --out FILE [--filenames FILE | --frames NUMBERS | --every N | ...] [options]',
  description:
    "Computes an embedding of every frame, or of those that you choose, and writes them as a table in Lightly's format, with their first two principal components in a table beside it. The same command continues an interrupted run.",
  options,
  examples: [
    { what: 'two frames a second of every video', line: 'embed videos/ --fps 2 --out embeddings.csv' },
    {
      what: 'the frames of a list, with a model of your own',
      line: 'embed videos/ --filenames selected.txt --model dinov2.onnx --out selected.csv',
    },
    { what: 'a folder of images', line: 'embed images/ --out images.csv' },
    { what: 'for pandas, Polars or DuckDB', line: 'embed videos/ --fps 2 --out embeddings.parquet' },
  ],
  isResumable: true,
  run: async (values, session) => {
    const { embedFrames } = await import('../../embed.ts');
    const outcome = await embedFrames({
      ...values,
      ...watchOf(session),
      onNotice: (notice) => session.screen.say(`note: ${notice}`),
    });
    const elapsedMs = session.io.clock.now() - session.startedAt;
    const { rows, failed, table, pca, metadata } = outcome;
    await session.results.whileRead(async () => {
      if (session.json) {
        await recordFailures(failed, session.results);
        const { failed: _, ...counts } = outcome;
        const seconds = Math.round(elapsedMs) / 1000;
        await session.results.record('summary', { ...counts, failed: failed.length, seconds });
        return;
      }
      if (table !== undefined) await session.results.line(table);
      if (pca !== undefined) await session.results.line(pca.path);
      if (metadata !== undefined) await session.results.line(metadata);
    });
    tellFailures(failed, session);
    conclude(session, summary(outcome, values.input, elapsedMs));
    return exitCodeOfOutcome(rows, failed.length);
  },
});

const summary = (
  { rows, dimensions, failed, resumed, model: name, device: ran, pca }: EmbedOutcome,
  input: string,
  elapsedMs: number,
): string => {
  if (rows === 0 && failed.length === 0) {
    return `nothing matched: ${shownAddress(input)} has no frame of those that were asked for`;
  }
  const already =
    resumed === 0 ? '' : ` (${formatCount(resumed)} ${resumed === 1 ? 'was' : 'were'} there already)`;
  const missed = failed.length === 0 ? '' : `, ${formatCount(failed.length)} failed`;
  const rate = formatRate((rows - resumed) / Math.max(0.001, elapsedMs / 1000));
  const explained = pca?.explainedVarianceRatio.reduce((sum, share) => sum + share, 0);
  const projected =
    explained === undefined
      ? ''
      : `; two components explain ${Math.round(explained * 100)} % of the variance`;
  return `${formatUnits(rows, 'embeddings')} of ${dimensions} values${already}${missed}, ${name} on ${ran}, ${formatElapsed(elapsedMs)} (${rate} a second)${projected}`;
};
