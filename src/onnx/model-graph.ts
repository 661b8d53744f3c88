// The computation that an ONNX model is, read from its bytes. Pure. Source: GraphProto, NodeProto and AttributeProto in
// onnx.proto.
import { graphOf, type NamedTensor, readTensor } from './initializers.ts';
import { bytesOf, integerOf, integersOf, type ProtobufField, readFields, stringOf } from './protobuf.ts';

/** Numbers and texts; tensors and graphs are not among them. */
export type AttributeValue = number | string | readonly number[];

export interface GraphNode {
  /** Its own name, or where it has none that of its first output. */
  readonly name: string;
  /** One of another domain than the standard's with that in front: `com.microsoft.FusedConv`. */
  readonly operator: string;
  /** Names of values; the empty text for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

export interface ModelGraph {
  /** Each after those whose outputs it takes; without those that give constants. */
  readonly nodes: readonly GraphNode[];
  /**
   * Tensors of float32 and int64 by name: initializers, and what nodes `Constant` give. Where exporters have written equal
   * ones once, `Identity` gives them their names again.
   */
  readonly constants: ReadonlyMap<string, NamedTensor>;
}

/** @throws SyntaxError for bytes that are no ONNX model */
export const readModelGraph = (model: Uint8Array): ModelGraph => {
  const constants = new Map<string, NamedTensor>();
  const nodes: GraphNode[] = [];
  for (const field of readFields(graphOf(model))) {
    if (field.number === 5) {
      const tensor = readTensor(bytesOf(field));
      if (tensor !== undefined) constants.set(tensor.name, tensor);
    }
    if (field.number !== 1) continue;
    const { tensor, ...node } = readNode(bytesOf(field));
    if (node.operator !== 'Constant') nodes.push(node);
    const constant = node.operator === 'Constant' ? (tensor ?? listOf(node)) : undefined;
    if (constant !== undefined) constants.set(node.outputs[0]!, { ...constant, name: node.outputs[0]! });
  }
  // Initializers may come behind the nodes.
  const computing = nodes.filter(({ operator, inputs, outputs }) => {
    const same = operator === 'Identity' ? constants.get(inputs[0]!) : undefined;
    if (same !== undefined) constants.set(outputs[0]!, { ...same, name: outputs[0]! });
    return same === undefined;
  });
  return { nodes: computing, constants };
};

/** What a `Constant` gives that says its numbers without a tensor. */
const listOf = ({ attributes }: GraphNode): NamedTensor | undefined => {
  for (const [attribute, value] of attributes) {
    if (typeof value === 'string') continue;
    const data = typeof value === 'number' ? [value] : value;
    const shape = typeof value === 'number' ? [] : [data.length];
    if (attribute.startsWith('value_int')) return { name: '', type: 'int64', shape, data };
    if (attribute.startsWith('value_float'))
      return { name: '', type: 'float32', shape, data: Float32Array.from(data) };
  }
  return undefined;
};

/** @returns the node, and a tensor that is an attribute of it */
const readNode = (proto: Uint8Array): GraphNode & { readonly tensor: NamedTensor | undefined } => {
  const [inputs, outputs]: [string[], string[]] = [[], []];
  const attributes = new Map<string, AttributeValue>();
  let [name, operator, domain] = ['', '', ''];
  let tensor: NamedTensor | undefined;
  for (const field of readFields(proto)) {
    if (field.number === 1) inputs.push(stringOf(field));
    if (field.number === 2) outputs.push(stringOf(field));
    if (field.number === 3) name = stringOf(field);
    if (field.number === 4) operator = stringOf(field);
    if (field.number === 7) domain = stringOf(field);
    if (field.number !== 5) continue;
    const attribute = readAttribute(bytesOf(field));
    if (attribute.value !== undefined) attributes.set(attribute.name, attribute.value);
    tensor ??= attribute.tensor;
  }
  const isStandard = domain === '' || domain === 'ai.onnx';
  return {
    name: name === '' ? (outputs[0] ?? '') : name,
    operator: isStandard ? operator : `${domain}.${operator}`,
    inputs,
    outputs,
    attributes,
    tensor,
  };
};

interface Attribute {
  readonly name: string;
  readonly value: AttributeValue | undefined;
  readonly tensor: NamedTensor | undefined;
}

const readAttribute = (proto: Uint8Array): Attribute => {
  let name = '';
  let value: number | string | undefined;
  let tensor: NamedTensor | undefined;
  const list: number[] = [];
  let isList = false;
  for (const field of readFields(proto)) {
    if (field.number === 1) name = stringOf(field);
    if (field.number === 2) value = floatOf(field);
    if (field.number === 3) value = integerOf(field);
    if (field.number === 4) value = stringOf(field);
    if (field.number === 5) tensor = readTensor(bytesOf(field));
    // AttributeProto.Type: FLOATS, INTS. An empty list has no other sign.
    if (field.number === 20) isList = [6, 7].includes(integerOf(field));
    if (field.number === 7) list.push(...floatsOf(field));
    if (field.number === 8) list.push(...integersOf(field));
  }
  return { name, value: isList || list.length > 0 ? list : value, tensor };
};

const floatOf = (field: ProtobufField): number => {
  const [value, ...others] = floatsOf(field);
  if (value === undefined || others.length > 0)
    throw new SyntaxError(`protobuf field ${field.number} is not a float`);
  return value;
};

/** One float, or several packed into one field. */
const floatsOf = (field: ProtobufField): number[] => {
  const bytes = field.kind === 'varint' ? new Uint8Array() : field.bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength >> 2 }, (_, i) => view.getFloat32(4 * i, true));
};
