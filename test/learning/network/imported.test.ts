// Imported networks say what ONNX Runtime says of the model itself, operator by operator.
import { describe, expect, it } from 'vitest';
import { Tape } from '../../../src/autodiff/tape.ts';
import { Random } from '../../../src/base/random.ts';
import { encoderModel } from '../../../src/learning/encoder.ts';
import { beforeClassifier, importedNetwork } from '../../../src/learning/network/imported.ts';
import { Scope, TrainedWeights } from '../../../src/learning/network/scope.ts';
import type { Weights } from '../../../src/learning/network/weights.ts';
import { floatTensor, openSession } from '../../../src/native/onnxruntime.ts';
import { GraphBuilder, type Value } from '../../../src/onnx/graph.ts';
import { readModelGraph } from '../../../src/onnx/model-graph.ts';
import { type ConstantTensor, float32Constant, int64Constant } from '../../../src/onnx/tensor.ts';

const [COUNT, SIDE] = [3, 9];
const random = new Random(3);
const noise = (length: number): Float32Array => Float32Array.from({ length }, () => 2 * random.uniform() - 1);

/** Writes a network between pictures and its answer. */
type Writer = (graph: GraphBuilder, x: Value) => Value;

const weights = (graph: GraphBuilder, name: string, shape: readonly number[]): Value =>
  graph.constant(float32Constant(noise(shape.reduce((a, b) => a * b)), shape), name);
const scalar = (value: number): ConstantTensor => ({
  type: 'int64',
  shape: [],
  data: BigInt64Array.of(BigInt(value)),
});
const integers = (graph: GraphBuilder, ...values: number[]): Value => graph.constant(int64Constant(values));

const modelOf = (write: Writer): Uint8Array => {
  const graph = new GraphBuilder('one');
  const answer = write(graph, graph.input('pixels', 'float32', ['n', 3, SIDE, SIDE]));
  graph.output(graph.node('Identity', [answer], {}, 'answer'), 'float32', []);
  return graph.build();
};

/** All that is in the model, by the names that a scope gives. */
const weightsIn = (model: Uint8Array): Weights =>
  new Map(
    [...readModelGraph(model).constants.values()].flatMap((tensor) =>
      tensor.type === 'float32' ? [[`backbone.${tensor.name}`, tensor] as const] : [],
    ),
  );

const importedFrom = (model: Uint8Array) =>
  importedNetwork(readModelGraph(model), { input: 'pixels', output: 'answer' });

const run = async (model: Uint8Array, input: string, output: string, pixels: Float32Array) => {
  const session = await openSession({ model, providers: ['cpu'], threads: 1 });
  const answer = (await session.run({ [input]: floatTensor(pixels, [COUNT, 3, SIDE, SIDE]) }))[output]!;
  await session.release();
  return { shape: answer.dims, data: answer.data as Float32Array };
};

/** Behind what makes a vector of pictures. */
const flat =
  (write: Writer): Writer =>
  (graph, x) =>
    graph.node('Flatten', [write(graph, x)]);

const node =
  (operator: string, attributes: Parameters<GraphBuilder['node']>[2] = {}): Writer =>
  (graph, x) =>
    graph.node(operator, [x], attributes);

const window = { kernel_shape: [3, 3], strides: [2, 2] };

const CASES: Readonly<Record<string, Writer>> = {
  'Conv, padded at the end': flat((graph, x) =>
    graph.node('Conv', [x, weights(graph, 'w', [4, 3, 3, 3]), weights(graph, 'b', [4])], {
      ...window,
      auto_pad: 'SAME_UPPER',
    }),
  ),
  'Conv, padded at the start': flat((graph, x) =>
    graph.node('Conv', [x, weights(graph, 'w', [4, 3, 2, 2])], {
      kernel_shape: [2, 2],
      auto_pad: 'SAME_LOWER',
    }),
  ),
  'Conv, by channels': flat((graph, x) =>
    graph.node('Conv', [x, weights(graph, 'w', [6, 1, 3, 1])], {
      kernel_shape: [3, 1],
      group: 3,
      pads: [1, 0, 0, 0],
    }),
  ),
  'Conv without padding': flat((graph, x) =>
    graph.node('Conv', [x, weights(graph, 'w', [2, 3, 3, 3])], { ...window, auto_pad: 'VALID' }),
  ),
  BatchNormalization: flat((graph, x) =>
    graph.node(
      'BatchNormalization',
      [
        x,
        weights(graph, 'scale', [3]),
        weights(graph, 'bias', [3]),
        weights(graph, 'mean', [3]),
        graph.constant(float32Constant([0.5, 1, 2]), 'variance'),
      ],
      { epsilon: { float: 0.01 } },
    ),
  ),
  MaxPool: flat(node('MaxPool', { ...window, pads: [1, 0, 1, 1] })),
  'AveragePool, with padding': flat(
    node('AveragePool', { ...window, pads: [1, 1, 1, 1], count_include_pad: 1 }),
  ),
  'AveragePool, without': flat(node('AveragePool', { ...window, pads: [1, 1, 0, 0] })),
  GlobalAveragePool: flat(node('GlobalAveragePool')),
  'a map of features': node('Relu'),
  LeakyRelu: flat(node('LeakyRelu', { alpha: { float: 0.2 } })),
  Sigmoid: flat(node('Sigmoid')),
  HardSigmoid: flat(node('HardSigmoid')),
  HardSwish: flat(node('HardSwish')),
  Clip: flat((graph, x) => {
    const [least, most] = [-0.25, 0.5].map((bound) => graph.constant(float32Constant([bound], [])));
    return graph.node('Clip', [x, least!, most!]);
  }),
  'Add, Sub, Mul, Div': flat((graph, x) => {
    const half = graph.constant(float32Constant([0.5, 2, 3], [1, 3, 1, 1]));
    const sum = graph.node('Add', [x, half]);
    return graph.node('Div', [graph.node('Mul', [sum, graph.node('Sub', [x, sum])]), half]);
  }),
  Concat: flat((graph, x) => graph.node('Concat', [x, graph.node('Relu', [x])], { axis: -3 })),
  'MaxPool that would round up, were there a rest': flat(
    node('MaxPool', { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  ),
  'Pad of some axes': flat((graph, x) => {
    const zero = graph.constant(float32Constant([0], []));
    return graph.node('Pad', [x, integers(graph, 1, 0, 2, 1), zero, integers(graph, 3, -2)]);
  }),
  Pad: flat((graph, x) => graph.node('Pad', [x, integers(graph, 0, 0, 1, 2, 0, 0, 0, 1)])),
  'ReduceMean that keeps': flat((graph, x) => graph.node('ReduceMean', [x, integers(graph, -1, -2)])),
  'ReduceSum that does not': (graph, x) =>
    graph.node('ReduceSum', [x, integers(graph, 2, 3)], { keepdims: 0 }),
  Reshape: (graph, x) => graph.node('Reshape', [x, integers(graph, -1, 3 * SIDE * SIDE)]),
  'Reshape that keeps': (graph, x) => graph.node('Reshape', [x, integers(graph, 0, -1)]),
  'Squeeze and Unsqueeze': flat((graph, x) => {
    const means = graph.node('GlobalAveragePool', [x]);
    const squeezed = graph.node('Squeeze', [means, integers(graph, 2, -1)]);
    return graph.node('Unsqueeze', [squeezed, integers(graph, -1, 1)]);
  }),
  'a shape that is computed': (graph, x) => {
    const count = graph.node('Gather', [graph.node('Shape', [x]), graph.constant(scalar(0))]);
    const shape = graph.node(
      'Concat',
      [graph.node('Unsqueeze', [count, integers(graph, 0)]), integers(graph, -1)],
      { axis: 0 },
    );
    return graph.node('Reshape', [x, shape]);
  },
  'channels that are shuffled': flat((graph, x) => {
    const wide = graph.node('Concat', [x, graph.node('Relu', [x])], { axis: 1 });
    const shape = graph.node('Shape', [wide]);
    const part = (start: number, end: number): Value =>
      graph.node('Slice', [shape, integers(graph, start), integers(graph, end)]);
    const half = graph.node('Div', [part(1, 2), integers(graph, 2)]);
    const apart = graph.node('Concat', [part(0, 1), integers(graph, 2), half, part(2, 4)], { axis: 0 });
    const turned = graph.node('Transpose', [graph.node('Reshape', [wide, apart])], { perm: [0, 2, 1, 3, 4] });
    return graph.node('Reshape', [turned, graph.node('Cast', [shape], { to: 7 })]);
  }),
  'Gemm and MatMul': (graph, x) => {
    const means = graph.node('Flatten', [graph.node('GlobalAveragePool', [x])]);
    const wide = graph.node('Gemm', [means, weights(graph, 'g', [3, 5]), weights(graph, 'b', [5])]);
    const product = graph.node('MatMul', [wide, weights(graph, 'm', [5, 2])]);
    return graph.node('Gemm', [product, weights(graph, 't', [4, 2])], { transB: 1 });
  },
  'Dropout and Identity': flat((graph, x) => graph.node('Identity', [graph.node('Dropout', [x])])),
};

describe('an imported network', () => {
  it.each(Object.entries(CASES))('says what the model says: %s', async (_, write) => {
    const model = modelOf(write);
    const pixels = noise(COUNT * 3 * SIDE * SIDE);
    const encoder = encoderModel(importedFrom(model), weightsIn(model), { sampleShape: [3, SIDE, SIDE] });
    const own = await run(encoder, 'pixel_values', 'embedding', pixels);
    const expected = await run(model, 'pixels', 'answer', pixels);
    const places = expected.shape.slice(2).reduce((a, b) => a * b, 1);
    expect(own.shape).toEqual(expected.shape.slice(0, 2));
    for (const [i, value] of own.data.entries()) {
      const part = expected.data.subarray(i * places, (i + 1) * places);
      expect(value).toBeCloseTo(part.reduce((sum, each) => sum + each, 0) / places, 5);
    }
  });

  it.each<[string, string, Writer]>([
    [
      'an operator without a known gradient',
      'the gradient of Sin is not known (node s)',
      (graph, x) => graph.node('Sin', [x], {}, 's'),
    ],
    [
      'holes in a kernel',
      'node c (Conv): it is dilated',
      (graph, x) => graph.node('Conv', [x, weights(graph, 'w', [2, 3, 3, 3])], { dilations: [2, 2] }, 'c'),
    ],
    [
      'strides that differ',
      'node p (MaxPool): its strides differ',
      (graph, x) => graph.node('MaxPool', [x], { kernel_shape: [2, 2], strides: [1, 2] }, 'p'),
    ],
    [
      'sizes that are rounded up',
      'node p (MaxPool): it rounds sizes up',
      (graph, x) => graph.node('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }, 'p'),
    ],
    [
      'pictures that get mixed',
      'node r (Reshape): it does not leave the batch as it is',
      (graph, x) => graph.node('Reshape', [x, integers(graph, 7, -1)], {}, 'r'),
    ],
    [
      'another size',
      'node r (Reshape): [3, 9, 9] does not fit into [100]: is it for another size?',
      (graph, x) => graph.node('Reshape', [x, integers(graph, -1, 100)], {}, 'r'),
    ],
    [
      'weights that are computed',
      'node m (MatMul): its input 2 (f) is no float32 or int64 inside the model',
      (graph, x) => {
        const f = graph.node('Flatten', [x], {}, 'f');
        return graph.node('MatMul', [f, f], {}, 'm');
      },
    ],
    [
      'an answer that is none',
      'its output answer is no vector',
      (graph, x) => graph.node('Reshape', [x, integers(graph, 0, 3, -1)]),
    ],
    [
      'a batch that is padded',
      'node p (Pad): it pads the batch',
      (graph, x) => graph.node('Pad', [x, integers(graph, 1, 0, 0, 0, 0, 0, 0, 0)], {}, 'p'),
    ],
    [
      'pictures in what only numbers are computed with',
      'node c (Cast): it is computed of pictures',
      (graph, x) => graph.node('Cast', [x], { to: 1 }, 'c'),
    ],
  ])('is refused with %s', (_, message, write) => {
    const model = modelOf(write);
    const built = () => encoderModel(importedFrom(model), weightsIn(model), { sampleShape: [3, SIDE, SIDE] });
    expect(built).toThrow(SyntaxError);
    expect(built).toThrow(message);
  });
});

describe('one tensor for several weights', () => {
  const backbone = (write: Writer) => {
    const model = modelOf(write);
    const trained = new TrainedWeights();
    const tape = new Tape('names');
    importedFrom(model)(new Scope(tape, trained), tape.input('x', [2, 3, SIDE, SIDE]));
    return [...trained.declarations.values()].map(({ name, kind }) => `${name}: ${kind}`);
  };

  it('becomes one for each role, and running averages are those of a node', () => {
    const names = backbone(
      flat((graph, x) => {
        const ones = graph.constant(float32Constant([1, 1, 1]), 'ones');
        const zeros = graph.constant(float32Constant([0, 0, 0]), 'zeros');
        const norm = (y: Value, name: string): Value =>
          graph.node('BatchNormalization', [y, ones, zeros, zeros, ones], {}, name);
        return norm(norm(x, 'first'), 'second');
      }),
    );
    expect(names).toEqual([
      'ones: parameter',
      'zeros: parameter',
      'zeros (first 3): buffer',
      'ones (first 4): buffer',
      'zeros (second 3): buffer',
      'ones (second 4): buffer',
    ]);
  });

  it('stays one where a network uses it twice for the same', () => {
    const names = backbone(
      flat((graph, x) => {
        const w = weights(graph, 'backbone.w', [3, 3, 1, 1]);
        return graph.node('Conv', [graph.node('Conv', [x, w]), w]);
      }),
    );
    expect(names).toEqual(['w: parameter']);
  });
});

describe('what classifies', () => {
  const before = (write: Writer): string => beforeClassifier(readModelGraph(modelOf(write)), 'c');
  const features: Writer = (graph, x) =>
    graph.node('Flatten', [graph.node('GlobalAveragePool', [x])], {}, 'features');

  it.each<[string, string, Writer]>([
    [
      'Gemm',
      'features',
      (graph, x) => graph.node('Gemm', [features(graph, x), weights(graph, 'w', [3, 5])], {}, 'c'),
    ],
    [
      'MatMul and Add',
      'features',
      (graph, x) => {
        const product = graph.node('MatMul', [features(graph, x), weights(graph, 'w', [3, 5])]);
        return graph.node('Add', [weights(graph, 'b', [5]), product], {}, 'c');
      },
    ],
    [
      'with probabilities behind it',
      'features',
      (graph, x) => {
        const logits = graph.node('Gemm', [features(graph, x), weights(graph, 'w', [3, 5])]);
        return graph.node('Softmax', [logits], {}, 'c');
      },
    ],
    ['nothing, but probabilities', 'c', (graph, x) => graph.node('Softmax', [features(graph, x)], {}, 'c')],
    ['nothing', 'c', (graph, x) => graph.node('Relu', [features(graph, x)], {}, 'c')],
    [
      'a shift of features',
      'c',
      (graph, x) => graph.node('Add', [features(graph, x), weights(graph, 'b', [3])], {}, 'c'),
    ],
  ])('is left out: %s', (_, expected, write) => {
    expect(before(write)).toBe(expected);
  });
});
