import type { ProjectOptions, ProjectOutcome } from '../../project.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { type CliOptions, operand, optional, toggle } from '../option.ts';
import { formatElapsed, formatUnits } from '../quantities.ts';
import { conclude, watchOf } from '../session.ts';
import { oneOf, positiveNumber, someText, wholeNumber } from '../value-readers.ts';

const group = 'Projection';
const METHODS = ['pca', 'umap'] as const;

const options = {
  file: operand({ term: 'FILE', help: "a table of embeddings: CSV in Lightly's format, or Parquet" }),
  out: optional(
    {
      name: 'out',
      placeholder: 'FILE',
      help: 'the table of coordinates: CSV, or Parquet if it ends in .parquet (default: FILE_pca or FILE_umap, in the format of FILE)',
      group,
      completes: 'file',
    },
    someText,
  ),
  method: optional(
    {
      name: 'method',
      placeholder: METHODS.join('|'),
      help: 'principal components, or UMAP, which keeps neighbours together (default: pca)',
      group,
      choices: METHODS,
    },
    oneOf(METHODS),
  ),
  nComponents: optional(
    { name: 'components', placeholder: 'N', help: 'coordinates of each row (default: 2)', group },
    wholeNumber(1),
  ),
  fraction: optional(
    {
      name: 'fraction',
      placeholder: 'F',
      help: 'fit to this share of the rows, 0.1 say (default: all)',
      group,
    },
    positiveNumber,
  ),
  nNeighbors: optional(
    {
      name: 'neighbors',
      placeholder: 'N',
      help: 'neighbours that hold a point, for umap (default: 15)',
      group,
    },
    wholeNumber(2),
  ),
  seed: optional(
    { name: 'seed', placeholder: 'N', help: 'another seed, another sample and layout (default: 0)', group },
    wholeNumber(0),
  ),
  force: toggle({ name: 'force', help: 'replace a table that is there', group }),
  signal: null,
  onProgress: null,
} satisfies CliOptions<ProjectOptions>;

export const command = defineCommand({
  usage: 'FILE [options]',
  description:
    'Projects a table of embeddings onto few dimensions, and writes the coordinates as a table with the same names and labels.',
  options,
  examples: [
    { what: 'two principal components', line: 'project embeddings.csv' },
    { what: 'a map for the eye', line: 'project embeddings.csv --method umap --out map.csv' },
    {
      what: 'ten components, from a tenth of the rows',
      line: 'project embeddings.csv --components 10 --fraction 0.1',
    },
  ],
  run: async (values, session) => {
    const { projectEmbeddings } = await import('../../project.ts');
    const outcome = await projectEmbeddings({ ...values, ...watchOf(session) });
    const elapsedMs = session.io.clock.now() - session.startedAt;
    if (session.json) {
      await session.results.record('summary', { ...outcome, seconds: Math.round(elapsedMs) / 1000 });
    } else {
      await session.results.line(outcome.table);
    }
    conclude(session, `${summary(outcome)}, ${formatElapsed(elapsedMs)}`);
    return EXIT.done;
  },
});

const summary = ({
  rows,
  dimensions,
  nComponents,
  explainedVarianceRatio: ratio,
}: ProjectOutcome): string => {
  const explained = ratio?.reduce((sum, share) => sum + share, 0);
  const told =
    explained === undefined ? '' : `, which explain ${Math.round(explained * 100)} % of the variance`;
  return `${formatUnits(rows, 'rows')} of ${dimensions} values to ${nComponents}${told}`;
};
