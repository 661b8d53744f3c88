// What an ONNX model takes and gives, read from its bytes without running it. Pure.
import { FramesiftError, messageOf } from '../base/errors.ts';
import { bytesOf, integerOf, integersOf, type ProtobufField, readFields, stringOf } from './protobuf.ts';
import { type Dimension, type ElementType, elementTypeOf } from './tensor.ts';

/** An input or output of a model. */
export interface ValueOutline {
  readonly name: string;
  /** Undefined for what is not a tensor, or one of a type that framesift has no use for. */
  readonly type: ElementType | undefined;
  /** Undefined where the model does not say; so is a dimension that has neither a length nor a name. */
  readonly shape: readonly (Dimension | undefined)[] | undefined;
}

export interface ModelOutline {
  /** Version of ONNX's own operators. */
  readonly operatorSet: number;
  /** Without those that only give a default for an initializer. */
  readonly inputs: readonly ValueOutline[];
  readonly outputs: readonly ValueOutline[];
  readonly initializers: readonly string[];
  /** Numbers in all initializers. */
  readonly initializerLength: number;
  /** How often each operator is in the graph, the most frequent first; those of other graphs inside it are not counted. */
  readonly operators: ReadonlyMap<string, number>;
  /** Files that initializers are stored in, relative to the model's folder, each once. Names from strangers. */
  readonly externalFiles: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a serialized ModelProto.
 *
 * @param path for messages
 * @throws ERR_MODEL when the bytes are no ONNX model
 */
export const readModelOutline = (model: Uint8Array, path: string): ModelOutline => {
  try {
    return outlineOf(model);
  } catch (error) {
    throw new FramesiftError(
      'ERR_MODEL',
      `${path}: is not an ONNX model (${messageOf(error)}). Export or download it again.`,
      { facts: { path }, cause: error },
    );
  }
};

const outlineOf = (model: Uint8Array): ModelOutline => {
  const fields = [...readFields(model)];
  const graph = fields.findLast(({ number }) => number === 7);
  if (graph === undefined) throw new SyntaxError('it has no graph');
  const graphFields = [...readFields(bytesOf(graph))];
  const initializers = only(graphFields, 5).map(readInitializer);
  const names = initializers.map(({ name }) => name);
  const isInitializer = new Set(names);
  return {
    operatorSet:
      only(fields, 8)
        .map(readOperatorSet)
        .findLast(({ domain }) => domain === '')?.version ?? 1,
    inputs: only(graphFields, 11)
      .map(readValue)
      .filter(({ name }) => !isInitializer.has(name)),
    outputs: only(graphFields, 12).map(readValue),
    initializers: names,
    initializerLength: initializers.reduce((sum, { length }) => sum + length, 0),
    operators: countOperators(only(graphFields, 1)),
    externalFiles: [...new Set(initializers.flatMap(({ file }) => file ?? []))],
    metadata: Object.fromEntries(only(fields, 14).map(readEntry)),
  };
};

/** The contents of each field of that number. */
const only = (fields: readonly ProtobufField[], number: number): Uint8Array[] =>
  fields.filter((field) => field.number === number).map(bytesOf);

const readOperatorSet = (proto: Uint8Array): { domain: string; version: number } => {
  const set = { domain: '', version: 1 };
  for (const field of readFields(proto)) {
    if (field.number === 1) set.domain = stringOf(field);
    if (field.number === 2) set.version = integerOf(field);
  }
  // The standard's own operators have two names.
  return set.domain === 'ai.onnx' ? { ...set, domain: '' } : set;
};

const readEntry = (proto: Uint8Array): [key: string, value: string] => {
  const entry: [string, string] = ['', ''];
  for (const field of readFields(proto)) {
    if (field.number === 1) entry[0] = stringOf(field);
    if (field.number === 2) entry[1] = stringOf(field);
  }
  return entry;
};

const countOperators = (nodes: readonly Uint8Array[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const operator = [...readFields(node)].find(({ number }) => number === 4);
    const name = operator === undefined ? '' : stringOf(operator);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return new Map([...counts].sort(([, a], [, b]) => b - a));
};

const readInitializer = (proto: Uint8Array): { name: string; length: number; file: string | undefined } => {
  let name = '';
  let length = 1;
  let file: string | undefined;
  for (const field of readFields(proto)) {
    if (field.number === 8) name = stringOf(field);
    if (field.number === 1) for (const side of integersOf(field)) length *= side;
    if (field.number !== 13) continue;
    const [key, value] = readEntry(bytesOf(field));
    if (key === 'location') file = value;
  }
  return { name, length, file };
};

const readValue = (proto: Uint8Array): ValueOutline => {
  let name = '';
  let type: ElementType | undefined;
  let shape: ValueOutline['shape'];
  for (const field of readFields(proto)) {
    if (field.number === 1) name = stringOf(field);
    if (field.number !== 2) continue;
    const [tensorType] = only([...readFields(bytesOf(field))], 1);
    for (const part of readFields(tensorType ?? new Uint8Array())) {
      if (part.number === 1) type = elementTypeOf(integerOf(part));
      if (part.number === 2) shape = only([...readFields(bytesOf(part))], 1).map(readDimension);
    }
  }
  return { name, type, shape };
};

const readDimension = (proto: Uint8Array): Dimension | undefined => {
  let dimension: Dimension | undefined;
  for (const field of readFields(proto)) {
    if (field.number === 1) dimension = integerOf(field);
    if (field.number === 2) dimension = stringOf(field);
  }
  return dimension;
};
