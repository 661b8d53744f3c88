import type { CheckedFile, CheckOptions, FileProblem } from '../../check.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { exitCodeOfOutcome, recordFailures, tellFailures } from '../failures.ts';
import { type CliOptions, operands, toggle } from '../option.ts';
import { printable } from '../printable.ts';
import { formatCount, formatElapsed, formatUnits } from '../quantities.ts';
import { conclude, type Session, watchOf } from '../session.ts';
import { type Column, tableLines } from '../table.ts';

const options = {
  files: operands({
    term: 'FILE...',
    help: 'embeddings (CSV, Parquet, .npy), frame lists, metadata, predictions',
  }),
  fix: toggle({
    name: 'fix',
    help: 'remove a byte order mark, blank rows, and columns that do not belong to a table of embeddings',
    group: 'What to do',
  }),
  signal: null,
  onProgress: null,
} satisfies CliOptions<CheckOptions>;

export const command = defineCommand({
  usage: 'FILE... [options]',
  description:
    "Says what files are and what is wrong with them: tables of embeddings, lists of frames, and Lightly's metadata, predictions, schemas and tasks in JSON.",
  options,
  examples: [
    { what: 'a table of embeddings, before it is used', line: 'check embeddings.csv' },
    { what: 'rid it of masked, selected and blank rows', line: 'check embeddings.csv --fix' },
    { what: 'everything that is wrong, for a program', line: 'check embeddings.csv selected.txt --json' },
  ],
  run: async (values, session) => {
    const { checkFiles } = await import('../../check.ts');
    const { done, failed } = await checkFiles({ ...values, ...watchOf(session) });
    session.progress.close();
    const faulty = done.filter(({ problemCount }) => problemCount > 0).length;
    const elapsedMs = session.io.clock.now() - session.startedAt;
    if (session.json) {
      for (const file of done) await session.results.record('file', file);
      await recordFailures(failed, session.results);
      const counts = { files: done.length, faulty, failed: failed.length };
      await session.results.record('summary', { ...counts, seconds: Math.round(elapsedMs) / 1000 });
    } else {
      await writeFiles(done, session);
    }
    tellFailures(failed, session);
    const missed = failed.length === 0 ? '' : `, ${formatCount(failed.length)} failed`;
    const wrong = `${formatCount(faulty)} with problems`;
    conclude(session, `${formatUnits(done.length, 'files')}, ${wrong}${missed}, ${formatElapsed(elapsedMs)}`);
    return faulty > 0 ? EXIT.failures : exitCodeOfOutcome(done.length, failed.length);
  },
});

const LAYOUT: readonly Column[] = [
  { title: 'file', canShrink: true },
  { title: 'kind' },
  { title: 'size' },
  { title: 'notes' },
];

const SHOWN = 10;

/** A line for each file; below the table what is wrong with which of them. */
const writeFiles = async (
  files: readonly CheckedFile[],
  { results, io, verbose }: Session,
): Promise<void> => {
  if (files.length === 0) return;
  const columns = io.stdout.isTTY ? io.stdout.columns || 80 : Number.POSITIVE_INFINITY;
  const rows = files.map((file) => [file.path, file.kind, sizeOf(file), notesOf(file)]);
  for (const line of tableLines(LAYOUT, rows, columns)) await results.line(line);
  for (const { path, problems, problemCount } of files) {
    if (problemCount === 0) continue;
    const shown = verbose ? problems : problems.slice(0, SHOWN);
    await results.line('');
    for (const problem of shown)
      await results.line(printable(`${path}${placeOf(problem)}: ${problem.message}`));
    const more = problemCount - shown.length;
    if (more > 0) await results.line(printable(`${path}: … and ${formatCount(more)} more`));
  }
};

const sizeOf = ({ size, unit, dimensions }: CheckedFile): string =>
  dimensions === null ? formatUnits(size, unit) : `${formatCount(size)} x ${formatCount(dimensions)}`;

const notesOf = ({ problemCount, notes, fixes }: CheckedFile): string =>
  [problemCount === 0 ? 'sound' : formatUnits(problemCount, 'problems'), ...fixes, ...notes].join('; ');

const placeOf = ({ row, column, place }: FileProblem): string =>
  [
    row === null ? '' : `, row ${row}`,
    column === null ? '' : `, column ${column}`,
    place === null ? '' : `, ${place}`,
  ].join('');
