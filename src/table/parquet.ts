// Tables of embeddings as Parquet files, for Python and databases.
import { FramesiftError } from '../base/errors.ts';
import { readChunks, writeChunksAtomic } from '../base/file-chunks.ts';
import type { LoadedEmbeddings } from '../formats/embedding-dict.ts';
import { EmbeddingParquetWriter, isParquet } from '../formats/embedding-parquet.ts';
import { EmbeddingRecordReader, type ReadRow } from '../formats/embedding-record-reader.ts';
import { type EmbeddingRow, tableBytes } from '../formats/embedding-rows.ts';
import type { EmbeddingValues } from '../formats/embedding-writer.ts';
import { isNpy } from '../formats/npy.ts';
import { openParquet } from '../native/parquet-reader.ts';

/**
 * Writes a table as Parquet, with the columns `filenames` (string), `embedding` (list of float32) and `labels` (int64).
 * Rows come one by one, and need not fit the memory together.
 *
 * @param dimensions the length of each embedding
 * @param facts kept in the file's footer, which pyarrow shows as the schema's metadata
 * @throws ERR_SHAPE for an embedding of another length, ERR_EMBEDDINGS for a label that is no whole number of 64 bits,
 *   ERR_FILENAME, ERR_WRITE. The file is then unchanged.
 */
export const saveEmbeddingRowsAsParquet = (
  path: string,
  dimensions: number,
  rows:
    | Iterable<EmbeddingRow<EmbeddingValues, number | bigint>>
    | AsyncIterable<EmbeddingRow<EmbeddingValues, number | bigint>>,
  facts: Readonly<Record<string, string>> = {},
): Promise<void> =>
  writeChunksAtomic(path, tableBytes(new EmbeddingParquetWriter(dimensions, facts), dimensions, rows));

/**
 * Whether a table is Parquet, by its first bytes.
 *
 * @throws ERR_NOT_FOUND, ERR_READ, ERR_EMBEDDINGS for an array of numpy, which is no table
 */
export const isParquetTable = async (path: string): Promise<boolean> => {
  for await (const head of readChunks(path)) {
    if (!isNpy(head)) return isParquet(head);
    throw new FramesiftError(
      'ERR_EMBEDDINGS',
      `${path}: this is an array of numpy, which has no names and no labels. Read it with readNpy, and write a table with saveEmbeddings.`,
      { facts: { path } },
    );
  }
  return false;
};

type Floats = Float32Array | Float64Array;

/** Reads a whole table. @throws ERR_NOT_FOUND, ERR_READ, ERR_EMBEDDINGS with the row, counted from 1 */
export const loadParquetTable = async <V extends Floats>(
  path: string,
  arrayOf: (length: number) => V,
): Promise<LoadedEmbeddings<V>> => {
  const labels: number[] = [];
  const filenames: string[] = [];
  const table = await readParquetTable(path);
  let data: V | undefined;
  for await (const { filename, values, label } of table.rows()) {
    data ??= arrayOf(table.size * table.reader.dimensions);
    copyNumbers(values, data, filenames.length * table.reader.dimensions);
    filenames.push(filename);
    labels.push(label);
  }
  const { dimensions } = table.reader;
  return {
    embeddings: { data: data ?? arrayOf(0), rows: table.size, columns: dimensions },
    labels,
    filenames,
  };
};

/** Reads a table row by row; holds one of its groups at a time. @throws as {@link loadParquetTable} */
export async function* readParquetRows<V extends Floats>(
  path: string,
  arrayOf: (length: number) => V,
): AsyncGenerator<EmbeddingRow<V, number>, void> {
  const table = await readParquetTable(path);
  for await (const { filename, values, label } of table.rows()) {
    const embedding = arrayOf(values.length);
    copyNumbers(values, embedding, 0);
    yield { filename, embedding, label };
  }
}

/** The rows of a table with what else is known of them. @throws as {@link loadParquetTable} */
export const readParquetTable = async (path: string, hasFlags = false) => {
  const file = await openParquet(path);
  const reader = new EmbeddingRecordReader(file.columns, path, hasFlags);
  const rows = async function* (): AsyncGenerator<ReadRow, void> {
    for await (const group of file.groups(reader.columns))
      for (const cells of group) yield reader.read(cells);
  };
  return { size: file.rows, reader, rows };
};

const copyNumbers = (values: ReadRow['values'], target: Floats, offset: number): void => {
  for (let i = 0; i < values.length; i++) target[offset + i] = Number(values[i]);
};
