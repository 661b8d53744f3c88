import { dirname } from 'node:path';
import { FramesiftError } from '../../base/errors.ts';
import type { TrainOptions, TrainOutcome } from '../../train.ts';
import { defineCommand } from '../command.ts';
import { exitCodeOfOutcome, recordFailures, tellFailures } from '../failures.ts';
import { frameChoiceOrAll } from '../frame-choice.ts';
import { inputOptions } from '../input-options.ts';
import { device } from '../model-options.ts';
import { type CliOption, type CliOptions, operand, optional } from '../option.ts';
import { formatElapsed, formatUnits } from '../quantities.ts';
import { conclude, watchOf } from '../session.ts';
import { settingsOptions, trainingWorkOptions } from '../training-options.ts';
import { someText } from '../value-readers.ts';

const SHOW_VIEWS = 'show-views';

const options = {
  input: operand({
    term: 'INPUT',
    help: 'a folder of videos or of images, or one of them; also https://… and s3://…',
  }),
  outDir: {
    flags: [
      {
        kind: 'value',
        name: 'out',
        placeholder: 'DIR',
        help: 'the folder for the encoder, its checkpoint and train.json; made if need be',
        group: 'Writing',
        completes: 'folder',
      },
    ],
    read: ({ flags }) => {
      const [out, shown] = [flags.get('out')?.value, flags.get(SHOW_VIEWS)?.value];
      if (typeof out === 'string' && out !== '') return out;
      if (typeof shown === 'string') return dirname(shown);
      throw new FramesiftError(
        'ERR_OPTION',
        '--out DIR is missing: the folder for the encoder and its checkpoint.',
        {
          facts: { missing: '--out DIR' },
        },
      );
    },
  } satisfies CliOption<string>,
  choice: frameChoiceOrAll,
  ...settingsOptions,
  showViews: optional(
    {
      name: SHOW_VIEWS,
      placeholder: 'FILE',
      help: 'train nothing, but write a picture of what views of some frames look like (.png, .jpg or .webp)',
      group: 'Views',
      completes: 'file',
    },
    someText,
  ),
  ...trainingWorkOptions,
  device,
  ...inputOptions,
  signal: null,
  onProgress: null,
  onNotice: null,
  onLog: null,
  checkpointEveryMs: null,
} satisfies CliOptions<TrainOptions> & { showViews: CliOption<string | undefined> };

export const command = defineCommand({
  usage: 'INPUT --out DIR [--method M] [--epochs N] [--fps F | --every N | ...] [options]',
  description:
    'Trains an encoder on your own frames, without labels: two views of a frame (crops, colours, blur) are to have like embeddings, and not those of other frames. Writes an ONNX model that embed takes. The same command continues an interrupted training, to the same losses.',
  options,
  examples: [
    { what: 'a frame a second of every video', line: 'train videos/ --fps 1 --out trained/' },
    { what: 'then use it', line: 'embed videos/ --fps 2 --model trained/encoder.onnx --out embeddings.csv' },
    {
      what: 'a small network for a processor, and how it gets on with labels',
      line: 'train videos/ --fps 1 --backbone resnet-9 --width 0.25 --labels labels.csv --out trained/',
    },
    { what: 'what the network gets to see', line: 'train videos/ --show-views views.png --hf-prob 0' },
    { what: "with Lightly's configuration", line: 'train videos/ --config config.yaml --out trained/' },
  ],
  isResumable: true,
  run: async ({ showViews, ...values }, session) => {
    const watch = {
      ...watchOf(session),
      onNotice: (notice: string) => session.screen.say(`note: ${notice}`),
    };
    if (showViews !== undefined) {
      const { writeViews } = await import('../../show-views.ts');
      const { frames, failed } = await writeViews({ ...values, ...watch, file: showViews });
      await session.results.whileRead(async () => {
        if (session.json) {
          await recordFailures(failed, session.results);
          const seconds = Math.round(session.io.clock.now() - session.startedAt) / 1000;
          const counts = { frames, failed: failed.length, seconds };
          await session.results.record('summary', { file: showViews, ...counts });
        } else if (frames > 0) await session.results.line(showViews);
      });
      tellFailures(failed, session);
      conclude(
        session,
        frames === 0
          ? 'no frame could be read: no picture is written'
          : `${formatUnits(frames, 'frames')}, each with its views`,
      );
      return exitCodeOfOutcome(frames, failed.length);
    }
    const { trainEncoder } = await import('../../train.ts');
    const outcome = await trainEncoder({ ...values, ...watch });
    const elapsedMs = session.io.clock.now() - session.startedAt;
    const { failed, encoder } = outcome;
    await session.results.whileRead(async () => {
      if (!session.json) return session.results.line(encoder);
      await recordFailures(failed, session.results);
      const seconds = Math.round(elapsedMs) / 1000;
      await session.results.record('summary', { ...outcome, failed: failed.length, seconds });
    });
    tellFailures(failed, session);
    conclude(session, trainingSummary(outcome, elapsedMs));
    return exitCodeOfOutcome(outcome.frames, failed.length);
  },
});

/** Spreads below this are those of networks that say nearly the same of all frames. */
const COLLAPSED = 0.2;

export const trainingSummary = (
  { settings, device, frames, steps, resumed, epochs, firstAccuracy, maxAccuracy }: TrainOutcome,
  elapsedMs: number,
): string => {
  const last = epochs.at(-1);
  const already = resumed === 0 ? '' : ` (${formatUnits(resumed, 'steps')} were done already)`;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  // A training that was begun without labels was not measured then.
  const before = firstAccuracy === undefined ? '' : `, ${percent(firstAccuracy)} before it was trained`;
  const accuracy =
    maxAccuracy === undefined ? '' : `; neighbours tell ${percent(maxAccuracy)} of labels at best${before}`;
  const collapsed =
    (last?.spread ?? 1) < COLLAPSED
      ? '; it says nearly the same of all frames (collapsed): lower the learning rate, or take another method'
      : '';
  return `${settings.method} on ${device}, ${formatUnits(epochs.length, 'epochs')} over ${formatUnits(frames, 'frames')}, ${formatUnits(steps, 'steps')}${already}, ${formatElapsed(elapsedMs)}; loss ${last?.loss.toFixed(3) ?? '?'}${accuracy}${collapsed}`;
};
