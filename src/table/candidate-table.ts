// Tables of embeddings to choose from: with Lightly's flags for rows that are passed over or selected already.
import { Breather } from '../base/concurrency.ts';
import { type Matrix, matrixOf } from '../base/matrix.ts';
import { EmbeddingColumns } from '../formats/embedding-columns.ts';
import { tableError } from '../formats/embedding-header.ts';
import { EmbeddingReader } from '../formats/embedding-reader.ts';
import { NameCheck } from '../formats/name-check.ts';
import { changedMeanwhile, embeddingRecords } from './embedding-records.ts';
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
 * @throws ERR_NOT_FOUND, ERR_READ, ERR_FILE_CHANGED, ERR_EMBEDDINGS with the row (and column), counted from 1 (in CSV
 *   the header is row 1, Parquet has none), for names that are empty or there twice, too; the signal's reason
 */
export const loadCandidateTable = async (
  path: string,
  signal?: AbortSignal | undefined,
  onRow: OnRow = () => undefined,
): Promise<CandidateTable> => {
  const breather = new Breather(signal);
  const isParquet = await isParquetTable(path);
  const table = isParquet ? await readParquet(path, breather, onRow) : await readCsv(path, breather, onRow);
  checkNames(table.filenames, path, isParquet ? 1 : 2);
  return table;
};

type OnRow = (done: number, total: number) => void;

const checkNames = (filenames: readonly string[], path: string, firstRow: number): void => {
  const check = new NameCheck();
  for (const [i, filename] of filenames.entries()) {
    const message = check.problemOf(filename, firstRow + i);
    if (message !== undefined) throw tableError(path, { row: firstRow + i, message });
  }
};

const readCsv = async (path: string, breather: Breather, onRow: OnRow): Promise<CandidateTable> => {
  // Two passes: the first one says how much memory is needed, and what is wrong before anything else is.
  const reader = new EmbeddingReader(path);
  let rows = 0;
  for await (const _ of embeddingRecords(path, reader)) {
    rows++;
    if (breather.isDue) await breather.pause();
  }
  const columns = new EmbeddingColumns(reader.header, path);
  const { dimensions } = columns;
  const data = new Float32Array(rows * dimensions);
  const [filenames, labels]: [string[], number[]] = [[], []];
  const [masked, selected] = [new Uint8Array(rows), new Uint8Array(rows)];
  for await (const record of embeddingRecords(path)) {
    const row = filenames.length;
    if (row === rows) throw changedMeanwhile(path);
    const { filename, label, ...flags } = columns.read(record, data, row * dimensions);
    filenames.push(filename);
    labels.push(label);
    masked[row] = flags.masked;
    selected[row] = flags.selected;
    if (!breather.isDue) continue;
    onRow(filenames.length, rows);
    await breather.pause();
  }
  if (filenames.length < rows) throw changedMeanwhile(path);
  return { filenames, labels, embeddings: matrixOf(data, rows, dimensions), masked, selected };
};

const readParquet = async (path: string, breather: Breather, onRow: OnRow): Promise<CandidateTable> => {
  const table = await readParquetTable(path, true);
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
