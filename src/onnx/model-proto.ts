// ONNX models as bytes. Pure. Source of all field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
import { ProtobufWriter } from './protobuf.ts';
import { type ConstantTensor, type Dimension, type ElementType, elementTypeCode } from './tensor.ts';

/** Version of the file format: 8 is the one that operator set 18 came with, in ONNX 1.13. */
const IR_VERSION = 8;

/** ONNX Runtime's own operators have had one version only. */
const CONTRIBUTED_OPERATOR_SET = 1;

/**
 * An attribute of an operator. ONNX tells integers from floats: `2` is the integer, `{ float: 2 }` the float; the same
 * for `[2, 2]` and `{ floats: [2, 2] }`.
 */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly tensor: ConstantTensor };

export type Attributes = Readonly<Record<string, Attribute>>;

export interface Node {
  readonly name: string;
  /** An operator of the standard: `Conv`, `MatMul`, …; one of another domain with it in front: `com.microsoft.FusedMatMul`. */
  readonly operator: string;
  /** Names of values; the empty text for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** An input or output of a graph. */
export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

export interface Model {
  readonly graphName: string;
  readonly operatorSet: number;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** By name. */
  readonly initializers: ReadonlyMap<string, ConstantTensor>;
  /** Each after those whose outputs it takes. */
  readonly nodes: readonly Node[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** A serialized ModelProto; the same model gives the same bytes. */
export const encodeModel = (model: Model): Uint8Array => {
  const proto = new ProtobufWriter()
    .integer(1, IR_VERSION)
    .string(2, 'framesift')
    .message(7, graphProto(model))
    .message(8, new ProtobufWriter().string(1, '').integer(2, model.operatorSet));
  for (const domain of domainsOf(model.nodes)) {
    proto.message(8, new ProtobufWriter().string(1, domain).integer(2, CONTRIBUTED_OPERATOR_SET));
  }
  for (const [key, value] of Object.entries(model.metadata)) {
    proto.message(14, new ProtobufWriter().string(1, key).string(2, value));
  }
  return proto.finish();
};

/** Domains of operators beside the standard's. */
const domainsOf = (nodes: readonly Node[]): ReadonlySet<string> =>
  new Set(nodes.map(({ operator }) => domainOf(operator)).filter((domain) => domain !== ''));

const domainOf = (operator: string): string => operator.slice(0, Math.max(0, operator.lastIndexOf('.')));

const graphProto = (model: Model): ProtobufWriter => writeGraphFields(new ProtobufWriter(), model);

/** Adds nodes, initializers, inputs and outputs to a GraphProto, and a name where there is one. @returns it */
export const writeGraphFields = (
  proto: ProtobufWriter,
  {
    graphName,
    nodes,
    initializers,
    inputs,
    outputs,
  }: Partial<Pick<Model, 'graphName'>> & Pick<Model, 'nodes' | 'initializers' | 'inputs' | 'outputs'>,
): ProtobufWriter => {
  for (const node of nodes) proto.message(1, nodeProto(node));
  if (graphName !== undefined) proto.string(2, graphName);
  for (const [name, tensor] of initializers) proto.message(5, tensorProto(tensor, name));
  for (const input of inputs) proto.message(11, valueInfoProto(input));
  for (const output of outputs) proto.message(12, valueInfoProto(output));
  return proto;
};

const nodeProto = ({ name, operator, inputs, outputs, attributes }: Node): ProtobufWriter => {
  const proto = new ProtobufWriter();
  for (const input of inputs) proto.string(1, input);
  for (const output of outputs) proto.string(2, output);
  const domain = domainOf(operator);
  proto.string(3, name).string(4, operator.slice(domain === '' ? 0 : domain.length + 1));
  for (const [key, value] of Object.entries(attributes)) proto.message(5, attributeProto(key, value));
  return domain === '' ? proto : proto.string(7, domain);
};

const ATTRIBUTE_TYPES = { float: 1, integer: 2, string: 3, tensor: 4, floats: 6, integers: 7 } as const;

const attributeProto = (name: string, value: Attribute): ProtobufWriter => {
  const proto = new ProtobufWriter().string(1, name);
  const end = (type: keyof typeof ATTRIBUTE_TYPES): ProtobufWriter =>
    proto.integer(20, ATTRIBUTE_TYPES[type]);
  if (typeof value === 'number') {
    proto.integer(3, value);
    return end('integer');
  }
  if (typeof value === 'string') {
    proto.string(4, value);
    return end('string');
  }
  if ('float' in value) {
    proto.float32(2, value.float);
    return end('float');
  }
  if ('tensor' in value) {
    proto.message(5, tensorProto(value.tensor, ''));
    return end('tensor');
  }
  if ('floats' in value) {
    for (const each of value.floats) proto.float32(7, each);
    return end('floats');
  }
  for (const each of value) proto.integer(8, each);
  return end('integers');
};

const tensorProto = ({ type, shape, data }: ConstantTensor, name: string): ProtobufWriter => {
  const proto = new ProtobufWriter();
  for (const length of shape) proto.integer(1, length);
  // ONNX wants little-endian numbers, as every machine has that ONNX Runtime is built for.
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return proto.integer(2, elementTypeCode(type)).string(8, name).bytes(9, bytes);
};

const valueInfoProto = ({ name, type, shape }: ValueInfo): ProtobufWriter => {
  const dimensions = new ProtobufWriter();
  for (const each of shape) {
    const dimension = new ProtobufWriter();
    dimensions.message(1, typeof each === 'number' ? dimension.integer(1, each) : dimension.string(2, each));
  }
  const tensorType = new ProtobufWriter().integer(1, elementTypeCode(type)).message(2, dimensions);
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, tensorType));
};
