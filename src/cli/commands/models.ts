import { FramesiftError } from '../../base/errors.ts';
import type { CachedModel } from '../../model/hub-cached.ts';
import type { KnownModel, ModelReport } from '../../models.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { dtype } from '../model-options.ts';
import type { CliOption } from '../option.ts';
import { formatBytes, formatDecimal, formatUnits } from '../quantities.ts';
import { watchOf } from '../session.ts';
import { tableLines } from '../table.ts';

const ACTION = 'show';

/** Nothing, or `show` and a model. */
const shown: CliOption<string | undefined> = {
  flags: [],
  operand: { term: 'show MODEL...', help: 'say what this model takes and gives', isRepeatable: true },
  read: ({ operands: [action, model, ...others] }) => {
    if (action === undefined) return undefined;
    if (action === ACTION && model !== undefined && others.length === 0) return model;
    throw new FramesiftError('ERR_OPTION', `framesift models takes nothing, or ${ACTION} and one model.`, {
      facts: { action },
    });
  },
};

export const command = defineCommand({
  usage: '[show MODEL]',
  description: 'Lists models that embed can use, or says what one of them takes and gives.',
  options: { model: shown, dtype },
  examples: [
    { what: 'what is built in, and what else is good', line: 'models' },
    { what: "a model's inputs and outputs", line: 'models show dinov2-small/' },
    {
      what: 'the same of one on the hub, which is downloaded for that',
      line: 'models show hf:Xenova/clip-vit-base-patch32',
    },
  ],
  run: async ({ model, dtype: weights }, session) => {
    const { results, json, io, screen } = session;
    const { cachedModels, describeModel, knownModels } = await import('../../models.ts');
    if (model === undefined) {
      const [known, cached] = [await knownModels(), await cachedModels()];
      const { columns } = io.stdout;
      if (json) for (const each of [...known, ...cached]) await results.record('model', each);
      else
        for (const line of [...listLines(known, columns), ...cachedLines(cached, columns)])
          await results.line(line);
      return EXIT.done;
    }
    const onNotice = (notice: string): void => screen.say(`note: ${notice}`);
    const report = await describeModel(model, { dtype: weights, ...watchOf(session), onNotice });
    session.progress.close();
    if (json) await results.record('model', report);
    else for (const line of reportLines(report)) await results.line(line);
    return EXIT.done;
  },
});

const listLines = (models: readonly KnownModel[], columns: number | undefined): string[] => [
  ...tableLines(
    [
      { title: 'model' },
      { title: 'values', side: 'right' },
      { title: 'size', side: 'right' },
      { title: 'good for', canShrink: true },
    ],
    models.map(({ name, dimensions, sizeBytes, goodFor }) => [
      name,
      String(dimensions),
      formatBytes(sizeBytes),
      name.startsWith('hf:') ? goodFor : `${goodFor} (built in)`,
    ]),
    columns,
  ),
  '',
  'embed --model NAME downloads those of the hub once. Any other model in ONNX does as well: a file, a folder, or hf:ORG/NAME.',
];

const cachedLines = (models: readonly CachedModel[], columns: number | undefined): string[] =>
  models.length === 0
    ? []
    : [
        '',
        ...tableLines(
          [{ title: 'downloaded' }, { title: 'size', side: 'right' }, { title: 'weights', canShrink: true }],
          models.map(({ name, sizeBytes, weights }) => [name, formatBytes(sizeBytes), weights.join(', ')]),
          columns,
        ),
      ];

const reportLines = (report: ModelReport): string[] => {
  const { name, path, sizeBytes, inputs, outputs, parameters, operators } = report;
  return tableLines(
    [{ title: 'model' }, { title: name }],
    [
      ['file', `${path}, ${formatBytes(sizeBytes)}`],
      ['inputs', listed(inputs)],
      ['outputs', listed(outputs)],
      ['holds', formatUnits(parameters, 'numbers')],
      [
        'operators',
        Object.entries(operators)
          .map(([operator, count]) => `${operator} ${count}`)
          .join(', '),
      ],
      ...embeddingLines(report),
    ],
  );
};

const MOST_LISTED = 8;

/** A step of training has hundreds. */
const listed = (values: readonly string[]): string =>
  values.length <= MOST_LISTED
    ? values.join(', ')
    : `${values.slice(0, MOST_LISTED).join(', ')}, and ${values.length - MOST_LISTED} more (--json has all)`;

const embeddingLines = ({ input, output, pooling, dimensions, problem }: ModelReport): string[][] => {
  if (input === undefined) return [['embedding', `none: ${problem ?? ''}`]];
  const { width, height, shortSide, interpolation, scale, mean, std } = input;
  const numbers = (values: readonly number[]): string => values.map(formatDecimal).join(', ');
  const resized =
    shortSide === undefined
      ? `resized to ${width}×${height}`
      : `shorter side resized to ${shortSide}, the middle ${width}×${height} cut out`;
  return [
    ['picture', `${resized} (${interpolation})`],
    ['values', `(v / ${formatDecimal(1 / scale)} − [${numbers(mean)}]) / [${numbers(std)}]`],
    ['embedding', `${dimensions} values of ${output}, pooling ${pooling}`],
  ];
};
