// Tables of embeddings to choose from: with Lightly's flags for rows that are passed over or selected already.
import { Breather } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import { readChunks } from '../base/file-chunks.ts';
import { type Matrix, matrixOf } from '../base/matrix.ts';
import { quote } from '../base/quote.ts';
import type { CsvRecord } from '../formats/csv-reader.ts';
import { isEmbeddingColumn, LABELS, parseFlag, tableError } from '../formats/embedding-header.ts';
import {
  EmbeddingReader,
  intAt,
  labelProblem,
  readValues,
  valueAt,
  valueProblem,
} from '../formats/embedding-reader.ts';
import { utf8Only } from '../formats/utf8.ts';
import { isParquetTable, readParquetTable } from './parquet.ts';

/** Entry `i` of each is of row `i`. */
export interface CandidateTable {
  readonly filenames: readonly string[];
  readonly labels: readonly number[];
  /** n × d, as they are. */
  readonly embeddings: Matrix;
  /** 1 for rows that are ignored completely (column `masked`). */
  readonly masked: Uint8Array;
  /** 1 for rows that are selected already (column `selected`). */
  readonly selected: Uint8Array;
}

/**
 * Reads a table of embeddings, CSV or Parquet, with the columns `masked` and `selected` of Lightly where it has them.
 * Other additional columns are passed over.
 *
 * @param onRow hears now and then how many rows are read
 * @throws ERR_NOT_FOUND, ERR_READ, ERR_EMBEDDINGS with the row (and column), counted from 1; the signal's reason
 */
export const loadCandidateTable = async (
  path: string,
  signal?: AbortSignal | undefined,
  onRow: (done: number, total: number) => void = () => undefined,
): Promise<CandidateTable> => {
  const breather = new Breather(signal);
  const table = (await isParquetTable(path))
    ? await readParquet(path, breather, onRow)
    : await readCsv(path, breather, onRow);
  const rowOf = new Map<string, number>();
  for (const [row, filename] of table.filenames.entries()) {
    const other = rowOf.get(filename);
    if (other !== undefined)
      throw tableError(path, {
        row: row + 2,
        message: `${quote(filename)} stands in row ${other + 2}, too. Remove one of them; framesift check --fix does.`,
      });
    rowOf.set(filename, row);
  }
  return table;
};

type OnRow = (done: number, total: number) => void;

const readCsv = async (path: string, breather: Breather, onRow: OnRow): Promise<CandidateTable> => {
  // Two passes: the first one says how much memory is needed, and what is wrong before anything else is.
  const reader = new EmbeddingReader(path);
  let rows = 0;
  for await (const _ of recordsOf(path, reader)) {
    rows++;
    if (breather.isDue) await breather.pause();
  }
  const columns = new TableColumns(reader.header, path);
  const { dimensions } = columns;
  const data = new Float32Array(rows * dimensions);
  const [filenames, labels]: [string[], number[]] = [[], []];
  const [masked, selected] = [new Uint8Array(rows), new Uint8Array(rows)];
  for await (const record of recordsOf(path, new EmbeddingReader(path))) {
    const row = filenames.length;
    if (row === rows) throw changed(path);
    columns.readValues(record, data, row * dimensions);
    labels.push(columns.readLabel(record));
    masked[row] = columns.readFlag(record, 'masked');
    selected[row] = columns.readFlag(record, 'selected');
    filenames.push(record.text(0));
    if (!breather.isDue) continue;
    onRow(filenames.length, rows);
    await breather.pause();
  }
  if (filenames.length < rows) throw changed(path);
  return { filenames, labels, embeddings: matrixOf(data, rows, dimensions), masked, selected };
};

async function* recordsOf(path: string, reader: EmbeddingReader): AsyncGenerator<CsvRecord, void> {
  for await (const chunk of utf8Only(readChunks(path), path)) yield* reader.push(chunk);
  yield* reader.end();
}

/** Which columns of a CSV hold what. */
class TableColumns {
  readonly #path: string;
  readonly #header: readonly string[];
  readonly #label: number;
  readonly #values: readonly number[];
  /** Nothing but name, values and label: what tables as a rule are, and what is read twice as fast. */
  readonly #isPlain: boolean;

  constructor(header: readonly string[], path: string) {
    this.#path = path;
    this.#header = header;
    this.#label = header.indexOf(LABELS);
    this.#values = header.flatMap((name, column) => (isEmbeddingColumn(name) ? [column] : []));
    this.#isPlain = this.#label === header.length - 1 && this.#values.length === header.length - 2;
  }

  get dimensions(): number {
    return this.#values.length;
  }

  readValues(record: CsvRecord, target: Float32Array, offset: number): void {
    if (this.#isPlain) {
      readValues(record, this.dimensions, target, offset, this.#path);
      return;
    }
    if (record.length !== this.#header.length) {
      const message = `the row has ${record.length} cells, and the header names ${this.#header.length}. Complete it, or remove it.`;
      throw tableError(this.#path, { row: record.row, message });
    }
    for (const [i, column] of this.#values.entries()) {
      const value = valueAt(record, column);
      if (value === undefined) throw tableError(this.#path, valueProblem(record, column));
      target[offset + i] = value;
    }
  }

  readLabel(record: CsvRecord): number {
    const label = intAt(record, this.#label);
    if (label === undefined) throw tableError(this.#path, labelProblem(record, this.#label));
    return label;
  }

  /** 0 where there is no such column. */
  readFlag(record: CsvRecord, name: 'masked' | 'selected'): number {
    const column = this.#header.indexOf(name);
    if (column === -1) return 0;
    const text = record.text(column);
    const flag = parseFlag(text);
    if (flag !== undefined) return flag;
    const message = `${name} is ${quote(text)}, which is neither 0 nor 1. Correct it.`;
    throw tableError(this.#path, { row: record.row, column: column + 1, message });
  }
}

const readParquet = async (path: string, breather: Breather, onRow: OnRow): Promise<CandidateTable> => {
  const table = await readParquetTable(path);
  const [filenames, labels]: [string[], number[]] = [[], []];
  const [masked, selected] = [new Uint8Array(table.size), new Uint8Array(table.size)];
  let data = new Float32Array(0);
  for await (const { filename, values, label, ...flags } of table.rows()) {
    const row = filenames.length;
    if (row === 0) data = new Float32Array(table.size * values.length);
    for (let i = 0; i < values.length; i++) data[row * values.length + i] = Number(values[i]);
    labels.push(label);
    masked[row] = flags.masked;
    selected[row] = flags.selected;
    filenames.push(filename);
    if (!breather.isDue) continue;
    onRow(filenames.length, table.size);
    await breather.pause();
  }
  const { dimensions } = table.reader;
  return { filenames, labels, embeddings: matrixOf(data, filenames.length, dimensions), masked, selected };
};

const changed = (path: string): FramesiftError =>
  new FramesiftError('ERR_FILE_CHANGED', `${path}: the file was changed while it was read. Read it again.`, {
    facts: { path },
  });
