// The numbers that an ONNX model holds, by name. Pure. Source: TensorProto in onnx.proto.
import { bytesOf, integerOf, integersOf, readFields, stringOf } from './protobuf.ts';
import { elementTypeOf } from './tensor.ts';

/** Numbers in row-major order; `shape` multiplied out is their count. */
export interface FloatInitializer {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Initializers of float32 that are inside the model; others are passed over.
 *
 * @throws SyntaxError for bytes that are no ONNX model
 */
export const readFloatInitializers = (model: Uint8Array): ReadonlyMap<string, FloatInitializer> => {
  const graph = [...readFields(model)].findLast(({ number }) => number === 7);
  if (graph === undefined) throw new SyntaxError('it has no graph');
  const initializers = new Map<string, FloatInitializer>();
  for (const field of readFields(bytesOf(graph))) {
    if (field.number !== 5) continue;
    const tensor = readTensor(bytesOf(field));
    if (tensor !== undefined) initializers.set(tensor.name, tensor);
  }
  return initializers;
};

const readTensor = (proto: Uint8Array): (FloatInitializer & { readonly name: string }) | undefined => {
  let name = '';
  let isFloat = false;
  const shape: number[] = [];
  let bytes: Uint8Array | undefined;
  for (const field of readFields(proto)) {
    if (field.number === 1) shape.push(...integersOf(field));
    if (field.number === 2) isFloat = elementTypeOf(integerOf(field)) === 'float32';
    if (field.number === 8) name = stringOf(field);
    // As floats or as raw bytes: both are little-endian, four bytes each.
    if ((field.number === 4 || field.number === 9) && field.kind === 'bytes') bytes = field.bytes;
  }
  const count = shape.reduce((product, length) => product * length, 1);
  if (!isFloat || bytes?.length !== 4 * count) return undefined;
  const data = new Float32Array(count);
  new Uint8Array(data.buffer).set(bytes);
  return { name, shape, data };
};
