// The files that Lightly's tools exchange: tables of embeddings, metadata of images, tasks and their categories.
import { FramesiftError } from './base/errors.ts';
import { writeChunksAtomic } from './base/file-chunks.ts';
import { writeAtomic } from './base/files.ts';
import { customMetadataJson, type MetadataItem } from './formats/custom-metadata.ts';
import { type EmbeddingDict, embeddingDict, type LoadedEmbeddings } from './formats/embedding-dict.ts';
import {
  ColumnFilter,
  dimensionsOf,
  EmbeddingReader,
  readLabel,
  readValues,
  textsOf,
} from './formats/embedding-reader.ts';
import { type EmbeddingRow, tableBytes } from './formats/embedding-rows.ts';
import {
  type EmbeddingMatrix,
  EmbeddingWriter,
  embeddingTable,
  type SaveOptions,
} from './formats/embedding-writer.ts';
import { schemaJson, tasksJson } from './formats/prediction-json.ts';
import type { PythonValue } from './formats/python-number.ts';
import { changedMeanwhile, embeddingRecords } from './table/embedding-records.ts';
import { isParquetTable, loadParquetTable, readParquetRows } from './table/parquet.ts';

/**
 * Writes a table of embeddings, byte by byte as Lightly's `save_embeddings` does, but atomically and making the folder.
 *
 * @param embeddings n × d
 * @param labels n, written as Python's `str` does
 * @param filenames n, in the order of the embeddings
 * @throws ERR_SHAPE naming the three numbers when they differ, ERR_FILENAME, ERR_WRITE. The file is then unchanged.
 */
export const saveEmbeddings = async (
  path: string,
  embeddings: EmbeddingMatrix,
  labels: ArrayLike<PythonValue>,
  filenames: readonly string[],
  options: SaveOptions = {},
): Promise<void> => writeChunksAtomic(path, embeddingTable(embeddings, labels, filenames, options));

/**
 * Writes a table whose rows come one by one, and need not fit the memory together.
 *
 * @param dimensions the length of each embedding
 * @throws ERR_SHAPE for an embedding of another length, ERR_FILENAME, ERR_WRITE. The file is then unchanged.
 */
export const saveEmbeddingRows = async (
  path: string,
  dimensions: number,
  rows: Iterable<EmbeddingRow> | AsyncIterable<EmbeddingRow>,
): Promise<void> => writeChunksAtomic(path, tableBytes(new EmbeddingWriter(dimensions), dimensions, rows));

export interface LoadOptions<T extends 'float32' | 'float64' = 'float32' | 'float64'> {
  /** Of the values in memory. Default: `float64`, as Lightly since 1.4.18; before, it was `float32`. */
  readonly type?: T | undefined;
}

/**
 * Reads a table of embeddings as Lightly's `load_embeddings` does. The first cell of a row is the name, the last one
 * the label, and all between are values, whatever the columns are called: `checkEmbeddings` with
 * `removeAdditionalColumns` first, where there are others. A Parquet file is told by its first bytes.
 *
 * @returns n × d values; 0 × d for a table without rows
 * @throws ERR_NOT_FOUND, ERR_READ, ERR_EMBEDDINGS with row and column
 */
export function loadEmbeddings(
  path: string,
  options: LoadOptions<'float32'>,
): Promise<LoadedEmbeddings<Float32Array>>;
export function loadEmbeddings(
  path: string,
  options?: LoadOptions<'float64'>,
): Promise<LoadedEmbeddings<Float64Array>>;
export function loadEmbeddings(path: string, options: LoadOptions): Promise<LoadedEmbeddings>;
export async function loadEmbeddings(path: string, options: LoadOptions = {}): Promise<LoadedEmbeddings> {
  if (await isParquetTable(path)) return loadParquetTable(path, (length) => arrayOf(options, length));
  // Two passes: the first one says how much memory is needed, and what is wrong before anything else is.
  const { rows, dimensions } = await measure(path);
  const data = arrayOf(options, rows * dimensions);
  const labels: number[] = [];
  const filenames: string[] = [];
  for await (const record of embeddingRecords(path)) {
    if (filenames.length === rows) throw changedMeanwhile(path);
    readValues(record, dimensions, data, filenames.length * dimensions, path);
    labels.push(readLabel(record, path));
    filenames.push(record.text(0));
  }
  if (filenames.length < rows) throw changedMeanwhile(path);
  return { embeddings: { data, rows, columns: dimensions }, labels, filenames };
}

const arrayOf = ({ type }: LoadOptions, length: number): Float32Array | Float64Array =>
  type === 'float32' ? new Float32Array(length) : new Float64Array(length);

/** Passes over a table and checks it. */
const measure = async (path: string): Promise<{ readonly rows: number; readonly dimensions: number }> => {
  const reader = new EmbeddingReader(path);
  let rows = 0;
  let dimensions: number | undefined;
  for await (const record of embeddingRecords(path, reader)) {
    dimensions ??= dimensionsOf(record);
    rows++;
  }
  return { rows, dimensions: dimensions ?? Math.max(0, reader.header.length - 2) };
};

/**
 * Reads a table row by row, however long it is; CSV or Parquet.
 *
 * @throws as {@link loadEmbeddings}, at the row that is wrong
 */
export async function* readEmbeddingRows(
  path: string,
  options: LoadOptions = {},
): AsyncGenerator<EmbeddingRow<Float32Array | Float64Array, number>, void> {
  if (await isParquetTable(path)) {
    yield* readParquetRows(path, (length) => arrayOf(options, length));
    return;
  }
  let dimensions: number | undefined;
  for await (const record of embeddingRecords(path)) {
    dimensions ??= dimensionsOf(record);
    const embedding = arrayOf(options, dimensions);
    readValues(record, dimensions, embedding, 0, path);
    yield { filename: record.text(0), embedding, label: readLabel(record, path) };
  }
}

export interface DictOptions extends LoadOptions {
  /** Default: `default`. */
  readonly embeddingName?: string | undefined;
  /** Give the embeddings, labels and file names, too. */
  readonly returnAll?: boolean | undefined;
}

/** The dictionary, and with `returnAll` what {@link loadEmbeddings} gives. @throws as {@link loadEmbeddings} */
export function loadEmbeddingsAsDict(
  path: string,
  options: DictOptions & { readonly returnAll: true },
): Promise<{ readonly dict: EmbeddingDict } & LoadedEmbeddings>;
export function loadEmbeddingsAsDict(path: string, options?: DictOptions): Promise<EmbeddingDict>;
export async function loadEmbeddingsAsDict(
  path: string,
  { embeddingName = 'default', returnAll = false, ...options }: DictOptions = {},
): Promise<EmbeddingDict | ({ readonly dict: EmbeddingDict } & LoadedEmbeddings)> {
  const loaded = await loadEmbeddings(path, options);
  const dict = embeddingDict(loaded, embeddingName);
  return returnAll ? { dict, ...loaded } : dict;
}

export interface CheckEmbeddingsOptions {
  /** Rewrite the file without columns that do not belong to it (`masked`, `selected`, …), once it has passed. */
  readonly removeAdditionalColumns?: boolean | undefined;
}

/**
 * Checks the header of a table of embeddings, and that no row is blank, as Lightly's `check_embeddings` does. Widths,
 * numbers and repeated names are not looked at; `checkFiles` does that.
 *
 * @throws ERR_NOT_FOUND, ERR_READ, ERR_EMBEDDINGS for the first rule that is broken; ERR_WRITE
 */
export const checkEmbeddings = async (
  path: string,
  { removeAdditionalColumns = false }: CheckEmbeddingsOptions = {},
): Promise<void> => {
  if (await isParquetTable(path)) {
    throw new FramesiftError(
      'ERR_EMBEDDINGS',
      `${path}: this is Parquet, and the rules of Lightly are for CSV. Check it with checkFiles.`,
      { facts: { path } },
    );
  }
  await measure(path);
  if (removeAdditionalColumns) await writeChunksAtomic(path, tableWithoutAdditionalColumns(path));
};

async function* tableWithoutAdditionalColumns(path: string): AsyncGenerator<string, void> {
  const reader = new EmbeddingReader(path);
  let filter: ColumnFilter | undefined;
  for await (const record of embeddingRecords(path, reader)) {
    if (filter === undefined) {
      filter = new ColumnFilter(reader.header);
      yield filter.apply(reader.header);
    }
    yield filter.apply(textsOf(record));
  }
  if (filter === undefined) yield new ColumnFilter(reader.header).apply(reader.header);
}

/**
 * Writes metadata of images as Lightly's `save_custom_metadata` does, atomically.
 *
 * @throws ERR_METADATA, ERR_JSON for values that JSON does not have, ERR_WRITE. The file is then unchanged.
 */
export const saveCustomMetadata = async (path: string, items: readonly MetadataItem[]): Promise<void> =>
  writeChunksAtomic(path, customMetadataJson(items));

/**
 * Writes the `schema.json` of a task of predictions: its type and categories.
 *
 * @throws ERR_SHAPE when there are not as many ids as names, ERR_WRITE. The file is then unchanged.
 */
export const saveSchema = async (
  path: string,
  taskType: string,
  ids: readonly (number | bigint)[],
  names: readonly string[],
): Promise<void> => writeAtomic(path, schemaJson(taskType, ids, names));

/** Writes a `tasks.json`: the names of the tasks of predictions. @throws ERR_WRITE */
export const saveTasks = async (path: string, tasks: readonly string[]): Promise<void> =>
  writeAtomic(path, tasksJson(tasks));
