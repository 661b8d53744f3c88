// Writes tables of embeddings as Parquet.
import { FramesiftError } from '../base/errors.ts';
import { ParquetBytes } from '../native/parquet-writer.ts';
import type { EmbeddingValues } from './embedding-writer.ts';
import { checkEncodable } from './filenames.ts';
import type { PythonValue } from './python-number.ts';

const GROUP_BYTES = 4 * 1024 * 1024;
const MAGIC = 'PAR1';

/** Whether a file's first bytes are those of a Parquet file. */
export const isParquet = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1') === MAGIC;

/**
 * Turns rows into the bytes of a Parquet file with the columns `filenames` (string), `embedding` (list of float32) and
 * `labels` (int64), none of them null. Rows are gathered into groups of 4 MiB; no more is held.
 */
export class EmbeddingParquetWriter {
  readonly #dimensions: number;
  readonly #file: ParquetBytes;
  #filenames: string[] = [];
  #embeddings: number[][] = [];
  #labels: bigint[] = [];
  #gatheredBytes = 0;

  /**
   * @param dimensions values of each row
   * @param facts about the table, for its footer
   */
  constructor(dimensions: number, facts: Readonly<Record<string, string>> = {}) {
    this.#dimensions = dimensions;
    this.#file = new ParquetBytes(
      [
        { name: 'filenames', kind: 'text' },
        { name: 'embedding', kind: 'float32List' },
        { name: 'labels', kind: 'int64' },
      ],
      facts,
    );
  }

  /** True once a group is full and {@link EmbeddingParquetWriter.take} is due. */
  get isFull(): boolean {
    return this.#gatheredBytes >= GROUP_BYTES;
  }

  /**
   * @param values has the row's values from `offset`; they are rounded to float32
   * @param label a whole number
   * @throws ERR_FILENAME for half of a surrogate pair, ERR_EMBEDDINGS for a label that int64 does not hold
   */
  append(filename: string, values: EmbeddingValues, offset: number, label: PythonValue): void {
    checkEncodable(filename);
    this.#labels.push(wholeLabel(label, filename));
    this.#filenames.push(filename);
    this.#embeddings.push(Array.from({ length: this.#dimensions }, (_, i) => Number(values[offset + i])));
    this.#gatheredBytes += 4 * this.#dimensions + filename.length + 12;
  }

  /** The bytes of a group of the rows since the last call, for the caller to keep. */
  take(): Uint8Array {
    this.#file.group([this.#filenames, this.#embeddings, this.#labels]);
    this.#filenames = [];
    this.#embeddings = [];
    this.#labels = [];
    this.#gatheredBytes = 0;
    return this.#file.take();
  }

  /** The last bytes: rows that are left, and the footer. */
  end(): Uint8Array {
    const rows = this.take();
    this.#file.finish();
    return Buffer.concat([rows, this.#file.take()]);
  }
}

const wholeLabel = (label: PythonValue, filename: string): bigint => {
  const isWhole = typeof label === 'bigint' || (typeof label === 'number' && Number.isSafeInteger(label));
  const value = isWhole ? BigInt(label) : undefined;
  if (value !== undefined && BigInt.asIntN(64, value) === value) return value;
  throw new FramesiftError(
    'ERR_EMBEDDINGS',
    `the label ${String(label)} of ${filename} is not a whole number of 64 bits. Number the labels; the CSV format takes any text.`,
    { facts: { filename, label: String(label) } },
  );
};
