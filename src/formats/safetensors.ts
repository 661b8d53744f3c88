// Tensors in a file that many tools read: https://github.com/huggingface/safetensors (README, "Format"). Pure.
import { FramesiftError, messageOf } from '../base/errors.ts';

/** Numbers in row-major order; `shape` multiplied out is their count. */
export interface FloatTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface SafeTensors {
  readonly tensors: ReadonlyMap<string, FloatTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** In front of the header. */
export const LENGTH_BYTES = 8;
/** Tensors begin at multiples of this, so that they can be used where they lie. */
const ALIGNMENT = 8;
/** What the format allows. */
const MOST_HEADER_BYTES = 100_000_000;
const METADATA = '__metadata__';

/** The file's bytes, in pieces that need not be joined to be written. The same tensors in the same order give the same. */
export const encodeSafeTensors = ({ tensors, metadata }: SafeTensors): readonly Uint8Array[] => {
  let end = 0;
  const entries = [...tensors].map(([name, { shape, data }]) => {
    const begin = end;
    end += data.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }] as const;
  });
  const text = Buffer.from(JSON.stringify({ [METADATA]: metadata, ...Object.fromEntries(entries) }));
  const header = Buffer.alloc(LENGTH_BYTES + Math.ceil(text.length / ALIGNMENT) * ALIGNMENT, ' ');
  header.writeBigUInt64LE(BigInt(header.length - LENGTH_BYTES));
  text.copy(header, LENGTH_BYTES);
  const pieces = [...tensors.values()].map(
    ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
  return [header, ...pieces];
};

export interface DecodeOptions {
  /** Leaves out tensors of other types than float32: counts of batches, say, in files of PyTorch. Default: they are refused. */
  readonly skipOthers?: boolean;
}

/**
 * @param path for messages
 * @throws ERR_CHECKPOINT for what is no such file, is cut short, or holds something else than float32
 */
export const decodeSafeTensors = (
  bytes: Uint8Array,
  path: string,
  { skipOthers = false }: DecodeOptions = {},
): SafeTensors => {
  try {
    return decode(bytes, skipOthers);
  } catch (error) {
    throw safeTensorsError(path, error);
  }
};

export const safeTensorsError = (path: string, cause: unknown): FramesiftError =>
  new FramesiftError(
    'ERR_CHECKPOINT',
    `${path}: cannot be read as safetensors: ${messageOf(cause)}. Give another file, or train anew with --force.`,
    { facts: { path }, cause },
  );

const decode = (bytes: Uint8Array, skipOthers: boolean): SafeTensors => {
  const { length } = bytes;
  const headerBytes = length < LENGTH_BYTES ? 0 : headerLength(bytes.subarray(0, LENGTH_BYTES), length);
  const start = LENGTH_BYTES + headerBytes;
  const { places, metadata } = readHeader(bytes.subarray(LENGTH_BYTES, start), length - start, skipOthers);
  const tensors = new Map<string, FloatTensor>();
  for (const [name, { shape, begin, end }] of places) {
    const data = new Float32Array((end - begin) / Float32Array.BYTES_PER_ELEMENT);
    // Copied: the place in the file need not be one where floats may lie.
    new Uint8Array(data.buffer).set(bytes.subarray(start + begin, start + end));
    tensors.set(name, { shape, data });
  }
  return { tensors, metadata };
};

/** Where a tensor lies behind the header: bytes `[begin, end)`. */
export interface TensorPlace {
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** @param first the first 8 bytes of a file @param sizeBytes of the file @throws Error where there is no header behind them */
export const headerLength = (first: Uint8Array, sizeBytes: number): number => {
  const length = Number(Buffer.from(first).readBigUInt64LE());
  if (length === 0 || length > MOST_HEADER_BYTES || LENGTH_BYTES + length > sizeBytes)
    throw new Error('it has no header');
  return length;
};

/**
 * @param bodyBytes behind the header
 * @throws Error for what is no header, or speaks of more than there is
 */
export const readHeader = (
  bytes: Uint8Array,
  bodyBytes: number,
  skipOthers: boolean,
): { readonly places: ReadonlyMap<string, TensorPlace>; readonly metadata: SafeTensors['metadata'] } => {
  if (bytes.length === 0) throw new Error('it has no header');
  const header: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (!isObject(header)) throw new Error('its header is no object');
  const places = new Map<string, TensorPlace>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA || (skipOthers && isObject(entry) && entry['dtype'] !== 'F32')) continue;
    places.set(name, placeOf(name, entry, bodyBytes));
  }
  const metadata = isObject(header[METADATA]) ? header[METADATA] : {};
  return {
    places,
    metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, String(value)])),
  };
};

const placeOf = (name: string, entry: unknown, bodyBytes: number): TensorPlace => {
  const { dtype, shape, data_offsets: offsets } = isObject(entry) ? entry : {};
  if (dtype !== 'F32') throw new Error(`${name} is ${String(dtype)}, not F32`);
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    throw new Error(`${name} has no shape and place`);
  const [begin, end] = offsets as [number, number];
  const count = shape.reduce((product, length) => product * length, 1);
  if (end > bodyBytes) throw new Error('it is cut short');
  if (end - begin !== count * Float32Array.BYTES_PER_ELEMENT)
    throw new Error(`${name} takes ${end - begin} bytes for [${shape.join(', ')}]`);
  return { shape, begin, end };
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCounts = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
