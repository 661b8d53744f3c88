// numpy's .npy files: one array each.

import { FramesiftError } from '../base/errors.ts';
import { fromFloat16Bits } from '../base/float16.ts';
import { quote } from '../base/quote.ts';

/** An array of any number of dimensions, the last one running fastest. */
export interface NpyArray<D extends Float32Array | Float64Array = Float32Array | Float64Array> {
  readonly data: D;
  readonly shape: readonly number[];
}

/** What an .npy file says of itself. */
export interface NpyHeader {
  /** numpy's name of the type: `<f4`. */
  readonly type: string;
  readonly isFortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the values start. */
  readonly offsetBytes: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const ALIGNMENT = 64;
// numpy leaves room for the first axis to grow in place.
const GROWTH_DIGITS = 21;

const TYPE_BYTES: Readonly<Record<string, number>> = {
  '<f2': 2,
  '<f4': 4,
  '<f8': 8,
  '<i4': 4,
  '<i8': 8,
};

/** Whether a file's first bytes are those of an .npy file. */
export const isNpy = (bytes: Uint8Array): boolean => MAGIC.every((byte, i) => bytes[i] === byte);

/**
 * Reads an array of float16, float32, float64, int32 or int64, little-endian, in C or Fortran order.
 *
 * @param file what messages call it
 * @returns float16 and float32 as Float32Array, all others as Float64Array; always in C order
 * @throws ERR_NPY for other types, a file that is cut short, and whole numbers that a double does not hold
 */
export const readNpy = (bytes: Uint8Array, file: string): NpyArray => {
  const header = readNpyHeader(bytes, file);
  const { type, isFortranOrder, shape, offsetBytes } = header;
  const length = npyDataBytes(header, file);
  if (bytes.length - offsetBytes < length) throw npyEndsEarly(file, length, bytes.length - offsetBytes);
  // A copy starts where the array type needs it to.
  const { buffer } = new Uint8Array(bytes.subarray(offsetBytes, offsetBytes + length));
  const data = numbersOf(buffer, type, file);
  return { data: isFortranOrder ? inCOrder(data, shape) : data, shape };
};

/** How many bytes the values of an array take. @throws ERR_NPY for a type that {@link readNpy} does not read */
export const npyDataBytes = ({ type, shape }: NpyHeader, file: string): number => {
  const size = TYPE_BYTES[type];
  if (size !== undefined) return countOf(shape) * size;
  const known = Object.keys(TYPE_BYTES).join(', ');
  throw npyError(
    file,
    `values of the type ${quote(type)} are not read, only ${known}. Convert it, for example with array.astype('<f4').`,
  );
};

/** The error for a file that is cut short. */
export const npyEndsEarly = (file: string, dueBytes: number, foundBytes: number): FramesiftError =>
  npyError(
    file,
    `the file ends early: ${dueBytes} bytes of values are due, ${foundBytes} are there. Copy it again.`,
  );

/** @throws ERR_NPY */
export const readNpyHeader = (bytes: Uint8Array, file: string): NpyHeader => {
  if (!isNpy(bytes)) throw npyError(file, 'this is not an .npy file. Save the array with numpy.save.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const major = bytes[6] ?? 0;
  if (major < 1 || major > 3)
    throw npyError(file, `version ${major} of the format is not known. Save it as version 1, 2 or 3.`);
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start) throw npyError(file, 'the file ends in its header. Copy it again.');
  const offsetBytes = start + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < offsetBytes) throw npyError(file, 'the file ends in its header. Copy it again.');
  const text = Buffer.from(bytes.subarray(start, offsetBytes)).toString(major === 3 ? 'utf8' : 'latin1');
  const type = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const axes = /'shape':\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (type === undefined || order === undefined || axes === undefined) {
    throw npyError(
      file,
      'the header does not describe one plain array. Save the array by itself, without named fields.',
    );
  }
  const shape = (axes.match(/\d+/g) ?? []).map(Number);
  return { type, isFortranOrder: order === 'True', shape, offsetBytes };
};

/**
 * An array as an .npy file (version 1, C order), byte by byte as `numpy.save` writes it.
 *
 * @throws ERR_SHAPE when the data do not fill the shape
 */
export const writeNpy = ({ data, shape }: NpyArray): Uint8Array => {
  const count = countOf(shape);
  if (count !== data.length) {
    throw new FramesiftError(
      'ERR_SHAPE',
      `an array of shape (${shape.join(', ')}) has ${count} values; got ${data.length}.`,
      {
        facts: { shape: shape.map(String), length: data.length },
      },
    );
  }
  const type = data instanceof Float32Array ? '<f4' : '<f8';
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const growth = shape.length === 0 ? '' : ' '.repeat(Math.max(0, GROWTH_DIGITS - String(shape[0]).length));
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${axes}), }${growth}`;
  const length = Math.ceil((10 + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(length + data.byteLength);
  bytes.set([...MAGIC, 1, 0, (length - 10) & 0xff, (length - 10) >> 8]);
  bytes.set(Buffer.from(`${text.padEnd(length - 11)}\n`), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), length);
  return bytes;
};

const countOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

const numbersOf = (buffer: ArrayBuffer, type: string, file: string): Float32Array | Float64Array => {
  if (type === '<f4') return new Float32Array(buffer);
  if (type === '<f8') return new Float64Array(buffer);
  if (type === '<i4') return Float64Array.from(new Int32Array(buffer));
  if (type === '<f2') return Float32Array.from(new Uint16Array(buffer), fromFloat16Bits);
  return Float64Array.from(Array.from(new BigInt64Array(buffer), (value) => safeNumber(value, file)));
};

const safeNumber = (value: bigint, file: string): number => {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw npyError(file, `${value} is more than a double holds exactly. Save smaller numbers.`);
};

/** From the first axis running fastest to the last one. */
const inCOrder = <D extends Float32Array | Float64Array>(data: D, shape: readonly number[]): D => {
  const strides: number[] = [];
  for (let axis = 0, stride = 1; axis < shape.length; stride *= shape[axis++]!) strides.push(stride);
  const ordered = data.slice() as D;
  const index = shape.map(() => 0);
  for (let to = 0, from = 0; to < data.length; to++) {
    ordered[to] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return ordered;
};

const npyError = (file: string, problem: string): FramesiftError =>
  new FramesiftError('ERR_NPY', `${file}: ${problem}`, { facts: { path: file } });
