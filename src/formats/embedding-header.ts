// What the header of a table of embeddings must look like, and which of its columns belong to it.
import { FramesiftError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';
import { strip } from './python-parse.ts';

export const FILENAMES = 'filenames';
export const LABELS = 'labels';

/** Columns of Lightly beside the embedding: 1 for samples to be passed over, 1 for those selected before. */
export const FLAG_COLUMNS: readonly string[] = ['masked', 'selected'];

/** 1 or 0, as Python, pandas and spreadsheets write them; undefined for anything else. */
export const parseFlag = (text: string): number | undefined => {
  if (/^(?:1|1\.0|true)$/i.test(text)) return 1;
  return /^(?:0|0\.0|false)$/i.test(text) ? 0 : undefined;
};

// Lightly matches from the start only: `embedding_0foo` is an embedding column, too.
const EMBEDDING = /^embedding_\p{Nd}/u;
const KEPT = /^(?:filenames|labels|embedding_\p{Nd})/u;

/** Something wrong in a table. Rows and columns are counted from 1; the header is row 1. */
export interface TableProblem {
  readonly row: number;
  readonly column?: number;
  /** What is wrong, then what to do: whole sentences. */
  readonly message: string;
}

/** @param file what messages call the table */
export const tableError = (file: string, { row, column, message }: TableProblem): FramesiftError =>
  new FramesiftError(
    'ERR_EMBEDDINGS',
    `${file}, row ${row}${column === undefined ? '' : `, column ${column}`}: ${message}`,
    { facts: { path: file, row, column: column ?? null } },
  );

/** The first row of a table of `dimensions` values: `filenames,embedding_0,…,labels`. */
export const embeddingHeader = (dimensions: number): string[] => [
  FILENAMES,
  ...Array.from({ length: dimensions }, (_, i) => `embedding_${i}`),
  LABELS,
];

export const isEmbeddingColumn = (name: string): boolean => EMBEDDING.test(name);

/** Whether a column belongs to the table, or is one that {@link withoutAdditionalColumns} drops. */
export const isKeptColumn = (name: string): boolean => KEPT.test(name);

/**
 * The problems of a header, in the order in which Lightly looks for them: blanks around a cell; the first cell;
 * a column `labels`; the cells before it. Order, gaps and repetitions of the indices are not looked at.
 *
 * @param cells none for a blank line
 */
export function* headerProblems(cells: readonly string[]): Generator<TableProblem, void> {
  if (cells.length === 0) {
    yield {
      row: 1,
      message: `the first line is blank. It must name the columns: ${FILENAMES},embedding_0,…,${LABELS}.`,
    };
    return;
  }
  for (const [i, name] of cells.entries()) {
    if (name !== strip(name)) {
      const message = `the header must not contain whitespaces around a name: ${quote(name)}. Remove them.`;
      yield { row: 1, column: i + 1, message };
    }
  }
  const first = cells[0]!;
  if (first !== FILENAMES) yield { row: 1, column: 1, message: firstCellProblem(first) };
  const labels = cells.indexOf(LABELS);
  if (labels === -1) {
    yield { row: 1, message: `the header has no \`${LABELS}\` column. Add one after the embedding.` };
  }
  for (const [i, name] of cells.slice(0, Math.max(0, labels)).entries()) {
    if (i === 0 || isEmbeddingColumn(name) || FLAG_COLUMNS.includes(name)) continue;
    const message = `the columns before \`${LABELS}\` must be named \`embedding_\` and a number, but this one is ${quote(name)}. Rename it, or remove it.`;
    yield { row: 1, column: i + 1, message };
  }
}

const firstCellProblem = (first: string): string =>
  first === `\uFEFF${FILENAMES}`
    ? `a byte order mark (BOM) stands before \`${FILENAMES}\`. Save the file as UTF-8 without it; framesift check --fix does.`
    : `the header must start with \`${FILENAMES}\`, but its first cell is ${quote(first)}. Rename the column.`;
