// Writes tables of embeddings, in the bytes that Python writes.
import { FramesiftError } from '../base/errors.ts';
import { csvCell, csvRecord } from './csv.ts';
import { embeddingHeader } from './embedding-header.ts';
import { checkEncodable } from './filenames.ts';
import {
  float16Text,
  float64Text,
  intText,
  LONGEST_NUMBER,
  type PythonValue,
  pythonText,
  writeAscii,
  writeFloat32,
  writeFloat64,
} from './python-number.ts';

/**
 * The values of embeddings. Their type decides the text, as numpy's does: float32 and float64 get the shortest
 * digits that read back (`0.1`), integers no point, booleans `True` and `False`. Plain numbers are float64.
 */
export type EmbeddingValues =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly number[]
  | readonly boolean[];

/** One embedding a row, row after row. */
export interface EmbeddingMatrix<V extends EmbeddingValues = EmbeddingValues> {
  /** `rows × columns` values; value `c` of row `r` is at `r * columns + c`. */
  readonly data: V;
  readonly rows: number;
  readonly columns: number;
}

const BLOCK_BYTES = 1024 * 1024;
const COMMA = 0x2c;
const ENCODER = new TextEncoder();

export interface SaveOptions {
  /** Write floats as numpy does in half precision, which JavaScript has no arrays for: each is rounded to that. */
  readonly type?: 'float16' | undefined;
}

/** Turns rows into the bytes of a table: the header first, then what is appended, gathered into blocks. */
export class EmbeddingWriter {
  readonly #dimensions: number;
  readonly #type: SaveOptions['type'];
  #block = new Uint8Array(BLOCK_BYTES);
  #length = 0;

  /** @param dimensions values of each row */
  constructor(dimensions: number, { type }: SaveOptions = {}) {
    this.#dimensions = dimensions;
    this.#type = type;
    this.#text(csvRecord(embeddingHeader(dimensions)));
  }

  /** True once a block is full and {@link EmbeddingWriter.take} is due. */
  get isFull(): boolean {
    return this.#length >= BLOCK_BYTES / 2;
  }

  /**
   * @param values has the row's values from `offset`
   * @param label written as Python's `str` does
   * @throws ERR_FILENAME for half of a surrogate pair
   */
  append(filename: string, values: EmbeddingValues, offset: number, label: PythonValue): void {
    checkEncodable(filename);
    this.#text(csvCell(filename));
    this.#reserve(this.#dimensions * (LONGEST_NUMBER + 1));
    const write = this.#type === 'float16' ? writeFloat16 : writerFor(values);
    this.#length = writeValues(values, write, offset, this.#dimensions, this.#block, this.#length);
    this.#text(`,${csvCell(pythonText(label))}\r\n`);
  }

  /** The bytes since the last call, for the caller to keep. */
  take(): Uint8Array {
    const bytes = this.#block.subarray(0, this.#length);
    this.#block = new Uint8Array(BLOCK_BYTES);
    this.#length = 0;
    return bytes;
  }

  /** The last bytes. */
  end(): Uint8Array {
    return this.take();
  }

  #text(text: string): void {
    // A UTF-16 unit takes at most three bytes.
    this.#reserve(text.length * 3);
    this.#length += ENCODER.encodeInto(text, this.#block.subarray(this.#length)).written;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#block.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#block.length, this.#length + bytes));
    larger.set(this.#block.subarray(0, this.#length));
    this.#block = larger;
  }
}

type WriteNumber = (value: number, target: Uint8Array, at: number) => number;

const writeFloat16: WriteNumber = (value, target, at) => writeAscii(float16Text(value), target, at);

/** Undefined where each value has to be looked at. */
const writerFor = (values: EmbeddingValues): WriteNumber | undefined => {
  if (values instanceof Float32Array) return writeFloat32;
  return values instanceof Float64Array ? writeFloat64 : undefined;
};

/** Writes values, each after a comma; returns the position after them. */
const writeValues = (
  values: EmbeddingValues,
  write: WriteNumber | undefined,
  offset: number,
  count: number,
  target: Uint8Array,
  at: number,
): number => {
  let end = at;
  for (let i = offset; i < offset + count; i++) {
    target[end++] = COMMA;
    const value = values[i]!;
    end =
      write !== undefined && typeof value === 'number'
        ? write(value, target, end)
        : writeAscii(valueText(value, values), target, end);
  }
  return end;
};

const valueText = (value: number | bigint | boolean, values: EmbeddingValues): string => {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  const isOfInts = ArrayBuffer.isView(values);
  return typeof value === 'bigint' || isOfInts ? intText(value) : float64Text(value);
};

/**
 * The bytes of a whole table, block by block.
 *
 * @throws ERR_SHAPE when the numbers of embeddings, file names and labels differ, or the matrix is none;
 *   ERR_FILENAME. Both before the first block.
 */
export const embeddingTable = (
  embeddings: EmbeddingMatrix,
  labels: ArrayLike<PythonValue>,
  filenames: readonly string[],
  options: SaveOptions = {},
): Iterable<Uint8Array> => {
  checkShape(embeddings);
  const counts = [embeddings.rows, filenames.length, labels.length];
  if (new Set(counts).size > 1) {
    throw new FramesiftError(
      'ERR_SHAPE',
      `the numbers of embeddings, filenames and labels differ: (${counts.join(', ')}). Give one of each for every sample.`,
      { facts: { embeddings: embeddings.rows, filenames: filenames.length, labels: labels.length } },
    );
  }
  for (const name of filenames) checkEncodable(name);
  return blocksOf(embeddings, labels, filenames, options);
};

function* blocksOf(
  { data, columns }: EmbeddingMatrix,
  labels: ArrayLike<PythonValue>,
  filenames: readonly string[],
  options: SaveOptions,
): Generator<Uint8Array, void> {
  const writer = new EmbeddingWriter(columns, options);
  for (const [row, name] of filenames.entries()) {
    writer.append(name, data, row * columns, labels[row]!);
    if (writer.isFull) yield writer.take();
  }
  yield writer.end();
}

const checkShape = ({ data, rows, columns }: EmbeddingMatrix): void => {
  const isWhole = Number.isInteger(rows) && rows >= 0 && Number.isInteger(columns) && columns >= 0;
  if (isWhole && data?.length === rows * columns) return;
  throw new FramesiftError(
    'ERR_SHAPE',
    `the embeddings must be a matrix { data, rows, columns } whose data has rows × columns values; got ${data?.length} values for ${rows} × ${columns}.`,
    { facts: { length: data?.length ?? null, rows: rows ?? null, columns: columns ?? null } },
  );
};
