// Somebody else's model with a linear layer behind its output. Pure.
import { FramesiftError } from '../base/errors.ts';
import { readModelOutline } from './model-outline.ts';
import { type Node, writeGraphFields } from './model-proto.ts';
import { bytesOf, ProtobufWriter, readFields } from './protobuf.ts';
import { type ConstantTensor, elementTypeCode } from './tensor.ts';

interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface LinearLayer {
  /** The output that it takes, and how that becomes a vector: `none` [n, d], `cls` and `mean` [n, tokens, d], `avg` [n, d, h, w]. */
  readonly output: string;
  readonly pooling: 'none' | 'cls' | 'mean' | 'avg';
  /** [out, d]. */
  readonly weight: Numbers;
  /** [out]. */
  readonly bias: Numbers;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A model, and its output: float32 [batch, out]. */
export interface ExtendedModel {
  readonly model: Uint8Array;
  readonly output: string;
}

/**
 * @param path for messages
 * @throws ERR_MODEL when the bytes are no ONNX model, or its weights are in other files
 */
export const withLinearLayer = (model: Uint8Array, path: string, layer: LinearLayer): ExtendedModel => {
  const { externalFiles, initializers } = readModelOutline(model, path);
  if (externalFiles.length > 0) {
    throw new FramesiftError(
      'ERR_MODEL',
      `${path}: has its weights in other files (${externalFiles.join(', ')}), and cannot become part of another model. Export it as one file.`,
      { facts: { path } },
    );
  }
  // The model may have such a layer already.
  let prefix = 'framesift';
  while (initializers.some((name) => name.startsWith(`${prefix}.`))) prefix += '_';
  const named = (name: string): string => `${prefix}.${name}`;
  const proto = new ProtobufWriter();
  for (const field of readFields(model)) {
    if (field.number === 7) proto.message(7, extended(bytesOf(field), layer, named));
    else if (field.kind === 'varint') proto.integer(field.number, Number(field.value));
    else proto.bytes(field.number, bytesOf(field));
  }
  for (const [key, value] of Object.entries(layer.metadata))
    proto.message(14, new ProtobufWriter().string(1, key).string(2, value));
  return { model: proto.finish(), output: named('embedding') };
};

/** Of what is added. */
type Named = (name: string) => string;

const OUTPUT_FIELD = 12;

/** The graph with the layer's nodes at its end, and one output. */
const extended = (
  graph: Uint8Array,
  { output, pooling, weight, bias }: LinearLayer,
  named: Named,
): ProtobufWriter => {
  const proto = new ProtobufWriter();
  for (const field of readFields(graph))
    if (field.number !== OUTPUT_FIELD) proto.bytes(field.number, bytesOf(field));
  const constants = new Map<string, ConstantTensor>([
    [named('weight'), { type: 'float32', ...weight }],
    [named('bias'), { type: 'float32', ...bias }],
    [named('first'), { type: 'int64', shape: [], data: BigInt64Array.of(0n) }],
  ]);
  const nodes: Node[] = [];
  const node = (operator: string, inputs: readonly string[], attributes: Node['attributes'] = {}): string => {
    const name = named(`${operator} ${nodes.length}`);
    nodes.push({ name, operator, inputs, outputs: [name], attributes });
    return name;
  };
  const floats = node('Cast', [output], { to: elementTypeCode('float32') });
  const rows = pooled(node, floats, pooling, named('first'));
  nodes.push({
    name: named('embedding'),
    operator: 'Gemm',
    inputs: [rows, named('weight'), named('bias')],
    outputs: [named('embedding')],
    attributes: { transB: 1 },
  });
  const shape = ['batch', bias.shape[0]!];
  const outputs = [{ name: named('embedding'), type: 'float32' as const, shape }];
  return writeGraphFields(proto, { nodes, initializers: constants, inputs: [], outputs });
};

/** As `pool` does it, in operators that all versions have alike. */
const pooled = (
  node: (operator: string, inputs: readonly string[], attributes?: Node['attributes']) => string,
  x: string,
  pooling: LinearLayer['pooling'],
  first: string,
): string => {
  const flat = (from: string): string => node('Flatten', [from], { axis: 1 });
  switch (pooling) {
    case 'none':
      return flat(x);
    case 'cls':
      return node('Gather', [x, first], { axis: 1 });
    case 'mean':
      return flat(node('GlobalAveragePool', [node('Transpose', [x], { perm: [0, 2, 1] })]));
    case 'avg':
      return flat(node('GlobalAveragePool', [x]));
  }
};
