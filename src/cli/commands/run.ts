import { join } from 'node:path';
import type { RunOptions, RunOutcome, RunPlan } from '../../run.ts';
import { annotate } from '../annotation-options.ts';
import { defineCommand } from '../command.ts';
import { exitCodeOfOutcome, recordFailures, tellFailures } from '../failures.ts';
import { frameChoiceIfAny } from '../frame-choice.ts';
import { imageOptions } from '../image-options.ts';
import { inputOptions } from '../input-options.ts';
import { modelOptions } from '../model-options.ts';
import { type CliOptions, operand, optional, required, toggle } from '../option.ts';
import { formatCount, formatElapsed, formatUnits } from '../quantities.ts';
import { queue } from '../queue-options.ts';
import { metadataFrom, selectionOptions } from '../selection-options.ts';
import { conclude, type Session, watchOf } from '../session.ts';
import { STOP_REASONS } from '../stop-reasons.ts';
import { oneOf, someText } from '../value-readers.ts';

const group = 'Writing';
const TABLE_FORMATS = ['csv', 'parquet'] as const;

const options = {
  input: operand({
    term: 'INPUT',
    help: 'a folder of videos or of images, or one of them; also https://… and s3://…',
  }),
  outDir: required(
    {
      name: 'out',
      placeholder: 'DIR',
      help: 'the folder for everything: images, lists, embeddings, run.json; made if need be',
      group,
      completes: 'folder',
    },
    someText,
  ),
  ...selectionOptions,
  metadataFrom,
  choice: frameChoiceIfAny,
  ...modelOptions,
  labels: null,
  metadata: toggle({
    name: 'metadata',
    help: 'measure every frame (sharpness, luminance, …) even where nothing asks for it',
    group: 'What is known of the frames',
  }),
  tableFormat: optional(
    {
      name: 'table',
      placeholder: TABLE_FORMATS.join('|'),
      help: 'format of the table of embeddings (default: csv)',
      group,
      choices: TABLE_FORMATS,
    },
    oneOf(TABLE_FORMATS),
  ),
  ...imageOptions,
  annotate,
  force: toggle({
    name: 'force',
    help: 'select anew, and replace what is there; embeddings of the same model are kept',
    group,
  }),
  dryRun: toggle({
    name: 'dry-run',
    help: 'only say what would be done, and about how long it takes',
    group,
  }),
  ...inputOptions,
  queue,
  signal: null,
  onProgress: null,
  onNotice: null,
  onLog: null,
} satisfies CliOptions<RunOptions>;

export const command = defineCommand({
  usage: 'INPUT -n N --out DIR [--fps F | --every N | ...] [options]',
  description:
    'Goes the whole way: indexes videos, embeds a sample of their frames (one a second, unless you say otherwise), selects those worth labelling, and writes them as images. The same command continues what was interrupted. With more videos in INPUT, or a larger -n, it computes only what is new and extends the earlier selection.',
  options,
  examples: [
    { what: 'the 200 frames worth labelling', line: 'run videos/ -n 200 --out selected/' },
    { what: '100 more, later, when there are more videos', line: 'run videos/ -n 300 --out selected/' },
    {
      what: 'out of four frames a second, without black and blurred ones',
      line: 'run videos/ -n 200 --fps 4 --filter black --filter blurred=80 --out selected/',
    },
    { what: "with Lightly's own configuration", line: 'run videos/ --config selection.json --out selected/' },
    { what: 'what this would take', line: 'run videos/ -n 200 --out selected/ --dry-run' },
  ],
  isResumable: true,
  run: async (values, session) => {
    const { runPipeline } = await import('../../run.ts');
    const outcome = await runPipeline({
      ...values,
      ...watchOf(session),
      onNotice: (notice) => session.screen.say(`note: ${notice}`),
    });
    const { plan, failed, frames } = outcome;
    const elapsedMs = session.io.clock.now() - session.startedAt;
    await session.results.whileRead(() => writeResults(outcome, values.outDir, elapsedMs, session));
    tellFailures(failed, session);
    if (plan !== undefined) return exitCodeOfOutcome(plan.frames, failed.length);
    conclude(session, summary(outcome, values, elapsedMs));
    return exitCodeOfOutcome(frames.length, failed.length);
  },
});

const writeResults = async (
  { frames, images, failed, plan, ...outcome }: RunOutcome,
  outDir: string,
  elapsedMs: number,
  { results, json }: Session,
): Promise<void> => {
  if (!json) {
    await results.line(plan === undefined ? outDir : planSentence(plan, outDir));
    return;
  }
  const fileOf = new Map(images.map(({ name, file }) => [name, file]));
  for (const frame of frames) await results.record('frame', { ...frame, file: fileOf.get(frame.filename) });
  await recordFailures(failed, results);
  const counts = { frames: frames.length, images: images.length, failed: failed.length };
  const seconds = Math.round(elapsedMs) / 1000;
  await results.record('summary', { ...counts, ...outcome, ...(plan && { plan }), outDir, seconds });
};

const planSentence = (
  { videos, frames, framesToDecode, framesPerSecond }: RunPlan,
  outDir: string,
): string => {
  const from = videos === 0 ? '' : ` of ${formatUnits(videos, 'videos')}`;
  const decoding = framesToDecode === 0 ? '' : `, decoding ${formatUnits(framesToDecode, 'pictures')}`;
  const time =
    framesPerSecond === undefined
      ? ''
      : `, about ${formatElapsed((frames * 1000) / framesPerSecond)} on this machine`;
  return `would embed ${formatUnits(frames, 'frames')}${from}${decoding}${time}; then select, and write to ${outDir}`;
};

const summary = (
  {
    candidates,
    embedded,
    frames,
    selected,
    images,
    written,
    stoppedBy,
    failed,
    model: name,
    device: ran,
  }: RunOutcome,
  { outDir, nSamples: wanted }: { readonly outDir: string; readonly nSamples?: number },
  elapsedMs: number,
): string => {
  if (candidates === 0)
    return `nothing matched: there is no frame to choose from, ${formatElapsed(elapsedMs)}`;
  const missed = failed.length === 0 ? '' : `, ${formatCount(failed.length)} failed`;
  const there = `${formatUnits(frames.length, 'frames')} of ${formatUnits(candidates, 'candidates')} selected`;
  if (embedded === 0 && selected === 0 && written === 0 && failed.length === 0)
    return `nothing to do: ${there} already, their images are in ${join(outDir, 'frames')}, ${formatElapsed(elapsedMs)}`;
  const enough =
    selected === 0 && wanted !== undefined && frames.length >= wanted
      ? '; as many as were asked for: raise -n for more'
      : '';
  const few = selected === 0 ? '' : STOP_REASONS[stoppedBy];
  const added = selected < frames.length ? ` (${formatCount(selected)} now)` : '';
  return `${there}${added}, ${formatUnits(images.length, 'images')} in ${join(outDir, 'frames')}${missed}; ${formatUnits(embedded, 'embeddings')} computed by ${name} on ${ran}, ${formatElapsed(elapsedMs)}${enough}${few}`;
};
