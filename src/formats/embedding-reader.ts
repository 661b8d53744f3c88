// Reads tables of embeddings: checks, rows, columns.
import { FramesiftError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';
import { csvRecord } from './csv.ts';
import { CsvReader, type CsvRecord } from './csv-reader.ts';
import { headerProblems, isKeptColumn, type TableProblem, tableError } from './embedding-header.ts';
import { decimalAt, parsePythonFloat, parsePythonInt, smallIntAt } from './python-parse.ts';

/**
 * The data rows of a table, after its header has been checked; memory does not grow with the table.
 * Throws what Lightly's `check_embeddings` throws, at the first record that breaks a rule.
 */
export class EmbeddingReader {
  readonly #csv = new CsvReader();
  readonly #file: string;
  #header: readonly string[] | undefined;

  /** @param file what messages call the table */
  constructor(file: string) {
    this.#file = file;
  }

  /** The names of all columns; empty before the first row was read. */
  get header(): readonly string[] {
    return this.#header ?? [];
  }

  /** The rows that are complete with this chunk: views, see {@link CsvRecord}. @throws ERR_EMBEDDINGS */
  *push(chunk: Uint8Array): Generator<CsvRecord, void> {
    yield* this.#rows(this.#csv.push(chunk));
  }

  /** What is left. @throws ERR_EMBEDDINGS, for an empty file, too */
  *end(): Generator<CsvRecord, void> {
    yield* this.#rows(this.#csv.end());
    if (this.#header === undefined) {
      throw new FramesiftError(
        'ERR_EMBEDDINGS',
        `${this.#file}: the file is empty. It must at least name its columns.`,
        { facts: { path: this.#file } },
      );
    }
  }

  *#rows(records: Iterable<CsvRecord>): Generator<CsvRecord, void> {
    for (const record of records) {
      if (this.#header === undefined) {
        this.#header = textsOf(record);
        for (const problem of headerProblems(this.#header)) throw tableError(this.#file, problem);
      } else if (record.length === 0) {
        const message = 'the table must not have empty rows. Remove it; framesift check --fix does.';
        throw tableError(this.#file, { row: record.row, message });
      } else {
        yield record;
      }
    }
  }
}

export const textsOf = (record: CsvRecord): string[] =>
  Array.from({ length: record.length }, (_, column) => record.text(column));

/** How many values a row has: all cells but the first, which is the name, and the last, which is the label. */
export const dimensionsOf = (record: CsvRecord): number => Math.max(0, record.length - 2);

/**
 * Reads the values of a row, whatever its columns are called.
 *
 * @param target receives them from `offset`
 * @param dimensions how many values the table's first row has
 * @throws ERR_EMBEDDINGS for a row of another length, or a cell that Python reads as no number
 */
export const readValues = (
  record: CsvRecord,
  dimensions: number,
  target: Float32Array | Float64Array,
  offset: number,
  file: string,
): void => {
  if (dimensionsOf(record) !== dimensions) {
    const message = `the row has ${record.length} cells, and the first row has ${dimensions + 2}. Complete it, or remove it.`;
    throw tableError(file, { row: record.row, message });
  }
  const { bytes } = record;
  for (let column = 1; column <= dimensions; column++) {
    // Written out for the common case, which this makes half as fast again: no call here may give undefined.
    const start = record.start(column);
    const value = start === -1 ? Number.NaN : decimalAt(bytes, start, record.end(column));
    target[offset + column - 1] = Number.isNaN(value) ? unusualValue(record, column, file) : value;
  }
};

const unusualValue = (record: CsvRecord, column: number, file: string): number => {
  const value = parsePythonFloat(record.text(column));
  if (value === undefined) throw tableError(file, valueProblem(record, column));
  return value;
};

/** The number in a cell; undefined where Python reads none. */
export const valueAt = (record: CsvRecord, column: number): number | undefined => {
  const start = record.start(column);
  const value = start === -1 ? Number.NaN : decimalAt(record.bytes, start, record.end(column));
  return Number.isNaN(value) ? parsePythonFloat(record.text(column)) : value;
};

/** The whole number in a cell; undefined where Python reads none. */
export const intAt = (record: CsvRecord, column: number): number | undefined => {
  const start = record.start(column);
  const value = start === -1 ? Number.NaN : smallIntAt(record.bytes, start, record.end(column));
  return Number.isNaN(value) ? parsePythonInt(record.text(column)) : value;
};

/** The last cell as Python's `int`. @throws ERR_EMBEDDINGS */
export const readLabel = (record: CsvRecord, file: string): number => {
  const label = intAt(record, record.length - 1);
  if (label === undefined) throw tableError(file, labelProblem(record, record.length - 1));
  return label;
};

export const valueProblem = (record: CsvRecord, column: number): TableProblem => ({
  row: record.row,
  column: column + 1,
  message: `${quote(record.text(column))} is not a number. Correct it, or remove the row.`,
});

export const labelProblem = (record: CsvRecord, column: number): TableProblem => ({
  row: record.row,
  column: column + 1,
  message: `the label ${quote(record.text(column))} is not a whole number. Correct it, or remove the row.`,
});

/**
 * Copies the columns that belong to a table of embeddings (names that begin with `filenames`, `labels` or
 * `embedding_` and a digit), the cells' text as it is. A short row stays short; cells beyond the header are dropped.
 */
export class ColumnFilter {
  readonly #kept: readonly number[];

  constructor(header: readonly string[]) {
    this.#kept = header.flatMap((name, column) => (isKeptColumn(name) ? [column] : []));
  }

  /** One record as CSV. */
  apply(cells: readonly string[]): string {
    return csvRecord(this.#kept.flatMap((column) => cells[column] ?? []));
  }
}
