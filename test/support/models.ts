/** Small networks for tests: each says in its embedding what it has seen. */
import { writeFileSync } from 'node:fs';
import { GraphBuilder } from '../../src/onnx/graph.ts';
import type { Attributes } from '../../src/onnx/model-proto.ts';
import { ProtobufWriter } from '../../src/onnx/protobuf.ts';
import type { Dimension, ElementType } from '../../src/onnx/tensor.ts';

export interface ToyModel {
  readonly type?: ElementType;
  readonly layout?: 'NCHW' | 'NHWC';
  /** A number where the network fixes it. */
  readonly batch?: Dimension;
  readonly width?: number;
  readonly height?: number;
  /** `map`: n × 3 × h × w; `tokens`: n × hw × 3; `vector`: n × 3. */
  readonly output?: 'map' | 'tokens' | 'vector';
  /** Answers with numbers that are not finite. */
  readonly divideByZero?: boolean;
  /** Wants a text beside the picture. */
  readonly wantsText?: boolean;
}

/** A network whose embedding is the mean colour of the picture, as its input has it. */
export const meanColour = ({
  type = 'float32',
  layout = 'NCHW',
  batch = 'n',
  width = 16,
  height = 16,
  output = 'vector',
  divideByZero = false,
  wantsText = false,
}: ToyModel = {}): Uint8Array => {
  const graph = new GraphBuilder('mean colour');
  const shape = layout === 'NCHW' ? [batch, 3, height, width] : [batch, height, width, 3];
  let value = graph.input('pixel_values', type, shape);
  if (wantsText)
    graph.output(graph.node('Identity', [graph.input('input_ids', 'int64', ['n', 77])]), 'int64', ['n', 77]);
  const run = (operator: string, attributes: Attributes = {}): void => {
    value = graph.node(operator, [value], attributes);
  };
  if (type !== 'float32') run('Cast', { to: 1 });
  if (layout === 'NHWC') run('Transpose', { perm: [0, 3, 1, 2] });
  if (divideByZero) {
    const zero = graph.constant({ type: 'float32', shape: [1], data: Float32Array.of(0) });
    value = graph.node('Div', [value, zero]);
  }
  if (output === 'map') {
    graph.output(value, 'float32', [batch, 3, height, width]);
  } else if (output === 'vector') {
    run('GlobalAveragePool');
    run('Flatten');
    graph.output(value, 'float32', [batch, 3]);
  } else {
    const target = graph.constant({
      type: 'int64',
      shape: [3],
      data: BigInt64Array.of(0n, 3n, BigInt(width * height)),
    });
    value = graph.node('Reshape', [value, target]);
    run('Transpose', { perm: [0, 2, 1] });
    graph.output(value, 'float32', [batch, width * height, 3]);
  }
  return graph.build();
};

/** A network of {@link meanColour}, said to be written for an operator set that nobody has yet. */
export const fromTheFuture = (): Uint8Array => {
  const operatorSet = new ProtobufWriter().string(1, '').integer(2, 99);
  // Of two operator sets of one domain the last holds.
  return Buffer.concat([meanColour(), new ProtobufWriter().message(8, operatorSet).finish()]);
};

/** A network whose weights (a colour's factors, float32[1, 3, 1, 1]) are in a file of their own beside it. */
export const withExternalWeights = (file: string): Uint8Array => {
  const location = new ProtobufWriter().string(1, 'location').string(2, file);
  const weights = new ProtobufWriter();
  for (const length of [1, 3, 1, 1]) weights.integer(1, length);
  weights.integer(2, 1).string(8, 'factors').message(13, location).integer(14, 1);
  const node = new ProtobufWriter()
    .string(1, 'pixel_values')
    .string(1, 'factors')
    .string(2, 'embedding')
    .string(4, 'Mul');
  const shape = new ProtobufWriter();
  for (const length of [1, 3, 16, 16]) shape.message(1, new ProtobufWriter().integer(1, length));
  const type = new ProtobufWriter().message(1, new ProtobufWriter().integer(1, 1).message(2, shape));
  const output = new ProtobufWriter().string(1, 'embedding').message(2, type);
  const graph = new ProtobufWriter().message(1, node).message(5, weights).message(12, output);
  // Messages one behind the other are one message.
  return Buffer.concat([meanColour({ batch: 1 }), new ProtobufWriter().message(7, graph).finish()]);
};

export const writeModel = (path: string, model: Uint8Array): string => {
  writeFileSync(path, model);
  return path;
};
