import type { ImportLabelsOptions, ImportLabelsOutcome } from '../../import-labels.ts';
import { prefix } from '../annotation-options.ts';
import { defineCommand } from '../command.ts';
import { exitCodeOfOutcome, tellFailures } from '../failures.ts';
import { writeFileResults } from '../file-results.ts';
import { type CliOptions, operands, optional, required, toggle } from '../option.ts';
import { formatCount, formatElapsed, formatUnits } from '../quantities.ts';
import { conclude } from '../session.ts';
import { someText } from '../value-readers.ts';

const group = 'Labels';

const options = {
  files: operands({
    term: 'FILE...',
    help: 'what was exported: Label Studio as JSON, CVAT as "CVAT for images 1.1" (XML), or COCO; later files go before earlier ones',
  }),
  outDir: required(
    {
      name: 'out',
      placeholder: 'DIR',
      help: "the folder for the labels, in Lightly's layout of predictions; made if need be",
      group,
      completes: 'folder',
    },
    someText,
  ),
  frames: optional(
    {
      name: 'frames',
      placeholder: 'FROM',
      help: 'the frames that were to be labelled (the folder of a run, of images that extract wrote, or a manifest): labels find them by key, name, or the end of their path (default: names and paths are believed)',
      group,
      completes: 'file',
    },
    someText,
  ),
  prefix,
  embeddings: optional(
    {
      name: 'embeddings',
      placeholder: 'TABLE',
      help: 'also write embeddings.csv: the labelled rows of this table, with the number of their class as label',
      group,
      completes: 'file',
    },
    someText,
  ),
  labelTask: optional(
    {
      name: 'label-task',
      placeholder: 'TASK',
      help: 'the task that these numbers are of (default: the first of whole frames, else the first)',
      group,
    },
    someText,
  ),
  force: toggle({ name: 'force', help: 'write beside what is in the folder already', group }),
  signal: null,
} satisfies CliOptions<ImportLabelsOptions>;

export const command = defineCommand({
  usage: 'FILE... --out DIR [options]',
  description:
    'Reads what annotators said of frames and writes it as predictions, which balance, weigh and filter a selection: classes of whole frames and boxes of objects, by the control of the tool that they belong to. labels.csv beside them holds all labels, labelled_filenames.txt the frames.',
  options,
  examples: [
    {
      what: 'labels of a run, out of Label Studio',
      line: 'annotate import project-1.json --frames selected/ --out labels/',
    },
    {
      what: 'a selection with as many of each class',
      line: 'select selected/embeddings.csv -n 100 --predictions labels/ --balance classes:objects',
    },
    {
      what: 'more frames like those that show a cyclist',
      line: 'select selected/embeddings.csv -n 100 --predictions labels/ --like objects/cyclist --preselected labels/labelled_filenames.txt',
    },
  ],
  run: async (values, session) => {
    const { importLabels } = await import('../../import-labels.ts');
    const outcome = await importLabels({ ...values, signal: session.signal });
    await session.results.whileRead(() => writeFileResults(outcome, session));
    tellFailures(outcome.failed, session);
    const { frames, failed, labelledRows } = outcome;
    const elapsedMs = session.io.clock.now() - session.startedAt;
    const rows = labelledRows === undefined ? '' : `, ${formatUnits(labelledRows, 'rows')} in embeddings.csv`;
    conclude(
      session,
      frames === 0
        ? `nothing matched: nobody has labelled a frame in ${values.files.join(', ')}`
        : `labels of ${formatUnits(frames, 'frames')} in ${values.outDir}${rows}, ${formatElapsed(elapsedMs)}\n${aboutTasks(outcome)}`,
    );
    return exitCodeOfOutcome(frames, failed.length);
  },
});

const aboutTasks = ({ tasks, passedOver }: ImportLabelsOutcome): string => {
  const lines = tasks.map(
    ({ name, type, categories, labelCount }) =>
      `${name} (${type}): ${formatCount(labelCount)} of ${categories.join(', ')}`,
  );
  const kinds = Object.entries(passedOver).map(([kind, many]) => `${formatCount(many)} ${kind}`);
  if (kinds.length > 0) lines.push(`passed over, being no class and no box: ${kinds.join(', ')}`);
  return lines.join('\n');
};
