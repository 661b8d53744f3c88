// hyparquet: Parquet files as rows, one group after the other.
import * as zlib from 'node:zlib';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { FramesiftError, messageOf } from '../base/errors.ts';
import { readError } from '../base/file-chunks.ts';

/** One row: a value for each column. What a value is, is the file's affair. */
export type ParquetRecord = Readonly<Record<string, unknown>>;

export interface ParquetFile {
  /** Names of the columns; one that has columns of its own counts once. */
  readonly columns: readonly string[];
  readonly rows: number;
  /**
   * All rows with some of their columns, a group at a time, as the file is divided.
   *
   * @throws ERR_EMBEDDINGS for what is no Parquet, or too much of it in one group; ERR_READ
   */
  groups(columns: readonly string[]): AsyncGenerator<readonly ParquetRecord[], void>;
}

/** A value takes about 40 bytes on its way: more than these would not fit a usual heap. */
const MOST_VALUES = 2 ** 26;

// Snappy is hyparquet's own. Node.js has Zstandard since 22.15.
const COMPRESSORS = {
  GZIP: (bytes: Uint8Array) => zlib.gunzipSync(bytes),
  BROTLI: (bytes: Uint8Array) => zlib.brotliDecompressSync(bytes),
  ...('zstdDecompressSync' in zlib && {
    ZSTD: zlib.zstdDecompressSync as (bytes: Uint8Array) => Uint8Array,
  }),
};

/** Opens a file by its footer. @throws ERR_NOT_FOUND, ERR_READ, ERR_EMBEDDINGS for what is no Parquet */
export const openParquet = async (path: string): Promise<ParquetFile> => {
  const file = await parsed(path, asyncBufferFromFile(path));
  const metadata = await parsed(path, parquetMetadataAsync(file));
  return {
    columns: parquetSchema(metadata).children.map(({ element }) => element.name),
    rows: Number(metadata.num_rows),
    async *groups(columns) {
      let rowStart = 0;
      for (const { num_rows: rows, columns: chunks } of metadata.row_groups) {
        const rowEnd = rowStart + Number(rows);
        const values = chunks.reduce((sum, { meta_data: chunk }) => {
          const isRead = chunk !== undefined && columns.includes(chunk.path_in_schema[0] ?? '');
          return isRead ? sum + Number(chunk.num_values) : sum;
        }, 0);
        if (values > MOST_VALUES) throw tooLarge(path, Number(rows), values);
        const options = { file, metadata, columns: [...columns], rowStart, rowEnd, compressors: COMPRESSORS };
        yield await parsed(path, parquetReadObjects(options));
        rowStart = rowEnd;
      }
    },
  };
};

const parsed = async <T>(path: string, step: Promise<T>): Promise<T> => {
  try {
    return await step;
  } catch (error) {
    const told = readError(path, error);
    if (told !== error) throw told;
    throw new FramesiftError(
      'ERR_EMBEDDINGS',
      `${path}: cannot be read as Parquet: ${messageOf(error)}. Write it again, with Snappy compression or none.`,
      { facts: { path }, cause: error },
    );
  }
};

const tooLarge = (path: string, rows: number, values: number): FramesiftError =>
  new FramesiftError(
    'ERR_EMBEDDINGS',
    `${path}: a row group of ${rows} rows and ${values} values is more than can be held at once. Write it with smaller groups (in pandas and pyarrow: row_group_size=10000).`,
    { facts: { path, rows, values } },
  );
