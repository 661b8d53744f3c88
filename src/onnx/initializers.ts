// The numbers that an ONNX model holds, by name. Pure. Source: TensorProto in onnx.proto.
import { bytesOf, integerOf, integersOf, readFields, stringOf } from './protobuf.ts';
import { elementTypeOf } from './tensor.ts';

/** Numbers in row-major order; `shape` multiplied out is their count. */
export interface FloatInitializer {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A tensor of a model, as far as framesift has a use for it. */
export type NamedTensor = { readonly name: string } & (
  | ({ readonly type: 'float32' } & FloatInitializer)
  | { readonly type: 'int64'; readonly shape: readonly number[]; readonly data: readonly number[] }
);

/**
 * Initializers of float32 that are inside the model; others are passed over.
 *
 * @throws SyntaxError for bytes that are no ONNX model
 */
export const readFloatInitializers = (model: Uint8Array): ReadonlyMap<string, FloatInitializer> => {
  const initializers = new Map<string, FloatInitializer>();
  for (const field of readFields(graphOf(model))) {
    if (field.number !== 5) continue;
    const tensor = readTensor(bytesOf(field));
    if (tensor?.type === 'float32') initializers.set(tensor.name, { shape: tensor.shape, data: tensor.data });
  }
  return initializers;
};

/** The GraphProto in a model. @throws SyntaxError where there is none */
export const graphOf = (model: Uint8Array): Uint8Array => {
  const graph = [...readFields(model)].findLast(({ number }) => number === 7);
  if (graph === undefined) throw new SyntaxError('it has no graph');
  return bytesOf(graph);
};

/** @returns undefined for another element type, and where the numbers are in another file */
export const readTensor = (proto: Uint8Array): NamedTensor | undefined => {
  let name = '';
  let type: string | undefined;
  const shape: number[] = [];
  const integers: number[] = [];
  let bytes: Uint8Array | undefined;
  for (const field of readFields(proto)) {
    if (field.number === 1) shape.push(...integersOf(field));
    if (field.number === 2) type = elementTypeOf(integerOf(field));
    if (field.number === 7) integers.push(...integersOf(field));
    if (field.number === 8) name = stringOf(field);
    // As floats or as raw bytes: both are little-endian, four bytes each.
    if ((field.number === 4 || field.number === 9) && field.kind === 'bytes') bytes = field.bytes;
  }
  const count = shape.reduce((product, length) => product * length, 1);
  if (type === 'float32' && bytes?.length === 4 * count) {
    const data = new Float32Array(count);
    new Uint8Array(data.buffer).set(bytes);
    return { name, type, shape, data };
  }
  if (type !== 'int64') return undefined;
  const data = bytes === undefined ? integers : integersIn(bytes);
  return data.length === count ? { name, type, shape, data } : undefined;
};

/** Of eight bytes each. */
const integersIn = (bytes: Uint8Array): number[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength >> 3 }, (_, i) => Number(view.getBigInt64(8 * i, true)));
};
