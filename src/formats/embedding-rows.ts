// Rows of embeddings on their way into the bytes of a table.
import { FramesiftError } from '../base/errors.ts';
import { EmbeddingParquetWriter } from './embedding-parquet.ts';
import { type EmbeddingValues, EmbeddingWriter } from './embedding-writer.ts';
import type { PythonValue } from './python-number.ts';

/** One row of a table of embeddings. */
export interface EmbeddingRow<
  V extends EmbeddingValues = EmbeddingValues,
  L extends PythonValue = PythonValue,
> {
  readonly filename: string;
  readonly embedding: V;
  readonly label: L;
}

/** What turns rows into the bytes of a table. */
export type TableWriter = EmbeddingWriter | EmbeddingParquetWriter;

/** Whether a table of this name is Parquet; else it is CSV. */
const isParquetName = (path: string): boolean => /\.parquet$/i.test(path);

/** `embeddings.csv` and `_pca` → `embeddings_pca.csv`; a table without either ending becomes CSV. */
export const tableBeside = (path: string, ending: string): string =>
  isParquetName(path) ? path.replace(/\.parquet$/i, `${ending}.parquet`) : `${stemOf(path)}${ending}.csv`;

/** The name of a table without its ending. */
export const stemOf = (path: string): string => path.replace(/\.(csv|parquet)$/i, '');

/**
 * The writer for a table of this name.
 *
 * @param facts about the table; CSV has no place for them
 */
export const tableWriter = (
  path: string,
  dimensions: number,
  facts?: Readonly<Record<string, string>>,
): TableWriter =>
  isParquetName(path) ? new EmbeddingParquetWriter(dimensions, facts) : new EmbeddingWriter(dimensions);

/** The bytes of a table whose rows come one by one. @throws ERR_SHAPE, and as {@link TableWriter}'s `append` */
export async function* tableBytes(
  writer: TableWriter,
  dimensions: number,
  rows: Iterable<EmbeddingRow> | AsyncIterable<EmbeddingRow>,
): AsyncGenerator<Uint8Array, void> {
  for await (const { filename, embedding, label } of rows) {
    if (embedding.length !== dimensions) {
      throw new FramesiftError(
        'ERR_SHAPE',
        `the embedding of ${filename} has ${embedding.length} values instead of ${dimensions}. Embed all images with one model.`,
        { facts: { filename, length: embedding.length, dimensions } },
      );
    }
    writer.append(filename, embedding, 0, label);
    if (writer.isFull) yield writer.take();
  }
  yield writer.end();
}
