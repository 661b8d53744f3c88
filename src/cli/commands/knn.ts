import { FramesiftError } from '../../base/errors.ts';
import type { KnnAccuracyOptions } from '../../knn.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { type CliOption, type CliOptions, optional } from '../option.ts';
import { formatElapsed, formatUnits } from '../quantities.ts';
import { conclude, watchOf } from '../session.ts';
import { positiveNumber, wholeNumber } from '../value-readers.ts';

const group = 'Classification';

/** One of the two tables; the first stands for both in help. */
const table = (position: 0 | 1): CliOption<string> => ({
  flags: [],
  ...(position === 0 && {
    operand: {
      term: 'TRAIN TEST...',
      help: 'two tables of embeddings, CSV or Parquet: with labels that are known, and with labels to be found',
      isRepeatable: true,
    },
  }),
  read: ({ operands }) => {
    const path = operands[position];
    if (path !== undefined && operands.length === 2) return path;
    throw new FramesiftError(
      'ERR_OPTION',
      'two tables are needed: TRAIN, whose labels are known, and TEST.',
      {
        facts: { given: operands.length },
      },
    );
  },
});

const options = {
  train: table(0),
  test: table(1),
  k: optional(
    { name: 'neighbors', placeholder: 'N', help: 'neighbours that vote (default: 200, or all)', group },
    wholeNumber(1),
  ),
  temperature: optional(
    {
      name: 'temperature',
      placeholder: 'T',
      help: 'the lower, the more the nearest neighbours count (default: 0.1)',
      group,
    },
    positiveNumber,
  ),
  signal: null,
} satisfies CliOptions<KnnAccuracyOptions>;

export const command = defineCommand({
  usage: 'TRAIN TEST [options]',
  description:
    'Says how well embeddings tell labels apart: each row of TEST is classified by a vote of its nearest neighbours in TRAIN, and compared with its own label.',
  options,
  examples: [
    { what: 'of frames from other days', line: 'knn monday.csv tuesday.csv' },
    { what: 'by the five nearest', line: 'knn monday.csv tuesday.csv --neighbors 5' },
  ],
  run: async (values, session) => {
    const { knnAccuracy } = await import('../../knn.ts');
    const found = await knnAccuracy({ ...values, signal: watchOf(session).signal });
    const elapsedMs = session.io.clock.now() - session.startedAt;
    const { trainRows, testRows, numClasses, k, top1, top5 } = found;
    if (session.json) {
      await session.results.record('summary', { ...found, seconds: Math.round(elapsedMs) / 1000 });
    } else {
      await session.results.line(`top-1 accuracy  ${(top1 * 100).toFixed(2)} %`);
      if (numClasses > 5) await session.results.line(`top-5 accuracy  ${(top5 * 100).toFixed(2)} %`);
    }
    conclude(
      session,
      `${formatUnits(testRows, 'rows')} by ${k} neighbours of ${formatUnits(trainRows, 'rows')}, ${numClasses} classes, ${formatElapsed(elapsedMs)}`,
    );
    return EXIT.done;
  },
});
