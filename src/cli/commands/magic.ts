import type { MagicOptions } from '../../magic.ts';
import { defineCommand } from '../command.ts';
import { exitCodeOfOutcome, recordFailures, tellFailures } from '../failures.ts';
import { frameChoiceOrAll } from '../frame-choice.ts';
import { inputOptions } from '../input-options.ts';
import { device } from '../model-options.ts';
import { type CliOptions, operand, optional, required, toggle } from '../option.ts';
import { formatUnits } from '../quantities.ts';
import { conclude, watchOf } from '../session.ts';
import { settingsOptions, trainingWorkOptions } from '../training-options.ts';
import { someText, wholeNumber } from '../value-readers.ts';
import { trainingSummary } from './train.ts';

const options = {
  input: operand({
    term: 'INPUT',
    help: 'a folder of videos or of images, or one of them; also https://… and s3://…',
  }),
  outDir: required(
    {
      name: 'out',
      placeholder: 'DIR',
      help: 'the folder for training/ and embeddings.csv; made if need be',
      group: 'Writing',
      completes: 'folder',
    },
    someText,
  ),
  choice: frameChoiceOrAll,
  ...settingsOptions,
  epochs: optional(
    {
      name: 'epochs',
      placeholder: 'N',
      help: 'how often all frames are gone through (default: 100); 0 to train nothing, and embed with the built-in model',
      group: 'How to learn',
    },
    wholeNumber(0),
  ),
  ...trainingWorkOptions,
  normalize: toggle({ name: 'normalize', help: 'scale every embedding to length 1', group: 'Writing' }),
  device,
  ...inputOptions,
  signal: null,
  onProgress: null,
  onNotice: null,
  onLog: null,
  checkpointEveryMs: null,
} satisfies CliOptions<MagicOptions>;

export const command = defineCommand({
  usage: 'INPUT --out DIR [--epochs N] [--fps F | --every N | ...] [options]',
  description:
    'Trains an encoder on your own frames, as train does, then embeds the same frames with it. The same command continues what was interrupted.',
  options,
  examples: [
    { what: 'a frame a second of every video', line: 'magic videos/ --fps 1 --out magic/' },
    { what: 'without training', line: 'magic videos/ --fps 1 --epochs 0 --out magic/' },
  ],
  isResumable: true,
  run: async (values, session) => {
    const { magic } = await import('../../magic.ts');
    const { training, embedding } = await magic({
      ...values,
      ...watchOf(session),
      onNotice: (notice) => session.screen.say(`note: ${notice}`),
    });
    const elapsedMs = session.io.clock.now() - session.startedAt;
    const failed = [
      ...new Map(
        [...(training?.failed ?? []), ...embedding.failed].map((each) => [each.item, each]),
      ).values(),
    ];
    await session.results.whileRead(async () => {
      if (session.json) {
        await recordFailures(failed, session.results);
        const seconds = Math.round(elapsedMs) / 1000;
        const counted = {
          training: training && { ...training, failed: training.failed.length },
          embedding: { ...embedding, failed: embedding.failed.length },
        };
        await session.results.record('summary', { ...counted, failed: failed.length, seconds });
        return;
      }
      if (training !== undefined) await session.results.line(training.encoder);
      if (embedding.table !== undefined) await session.results.line(embedding.table);
      if (embedding.pca !== undefined) await session.results.line(embedding.pca.path);
    });
    tellFailures(failed, session);
    const embedded = `${formatUnits(embedding.rows, 'embeddings')} of ${embedding.dimensions} values`;
    conclude(
      session,
      training === undefined ? embedded : `${trainingSummary(training, elapsedMs)}; ${embedded}`,
    );
    return exitCodeOfOutcome(embedding.rows, failed.length);
  },
});
