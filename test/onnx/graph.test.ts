// Graphs as ONNX Runtime understands them.
import { describe, expect, it } from 'vitest';
import { floatTensor, openSession } from '../../src/native/onnxruntime.ts';
import { ABSENT, GraphBuilder } from '../../src/onnx/graph.ts';
import { elementTypeCode, float32Constant, int64Constant } from '../../src/onnx/tensor.ts';

type Feed = readonly [data: readonly number[], shape: readonly number[]];

/** All outputs of a model, by name. */
const run = async (model: Uint8Array, feeds: Readonly<Record<string, Feed>> = {}) => {
  const session = await openSession({ model, providers: ['cpu'], threads: 1 });
  const tensors = Object.entries(feeds).map(
    ([name, [data, shape]]) => [name, floatTensor(Float32Array.from(data), shape)] as const,
  );
  const results = await session.run(Object.fromEntries(tensors));
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { type, dims, data }]) => [
      name,
      { type, dims: [...dims], data: Array.from(data as Iterable<number | bigint>, Number) },
    ]),
  );
};

/** Numbers that float32 and all sums of a few of their products hold exactly. */
const numbers = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => (((i + seed) * 7919) % 17) / 4 - 2);

describe('graphs', () => {
  it('run with dimensions that are known only then', async () => {
    const graph = new GraphBuilder('affine');
    const x = graph.input('x', 'float32', ['rows', 5]);
    const weights = numbers(15, 3);
    const w = graph.constant(float32Constant(weights, [5, 3]), 'w');
    const b = graph.constant(float32Constant([1, 2, 3]), 'b');
    const y = graph.node('Add', [graph.node('MatMul', [x, w]), b], {}, 'y');
    graph.output(y, 'float32', ['rows', 3]);
    const model = graph.build();
    for (const rows of [1, 4]) {
      const values = numbers(rows * 5, 11);
      const expected: number[] = [];
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < 3; column++) {
          let sum = column + 1;
          for (let i = 0; i < 5; i++) sum += values[row * 5 + i]! * weights[i * 3 + column]!;
          expected.push(sum);
        }
      expect(await run(model, { x: [values, [rows, 5]] })).toEqual({
        y: { type: 'float32', dims: [rows, 3], data: expected },
      });
    }
  });

  it('hold initializers of all types', async () => {
    const graph = new GraphBuilder('types');
    const parts = [
      graph.constant(float32Constant([-1.5, 2])),
      graph.constant(int64Constant([-(2 ** 40), 3])),
      graph.constant({ type: 'uint8', shape: [2], data: Uint8Array.of(0, 255) }),
      graph.constant({ type: 'int8', shape: [2], data: Int8Array.of(-128, 127) }),
      graph.constant({ type: 'float32', shape: [1], data: new Float32Array([7, 8, 9]).subarray(1, 2) }),
    ].map((value) => graph.node('Cast', [value], { to: elementTypeCode('float64') }));
    graph.output(graph.node('Concat', parts, { axis: 0 }, 'all'), 'float64', [9]);
    expect((await run(graph.build()))['all']).toEqual({
      type: 'float64',
      dims: [9],
      data: [-1.5, 2, -(2 ** 40), 3, 0, 255, -128, 127, 8],
    });
  });

  it('pass on attributes of all types', async () => {
    const graph = new GraphBuilder('attributes');
    const x = graph.input('x', 'float32', [2, 3]);
    const results = {
      float: graph.node('LeakyRelu', [x], { alpha: { float: 0.25 } }, 'float'),
      integers: graph.node('Transpose', [x], { perm: [1, 0] }, 'integers'),
      text: graph.node('Pad', [x, graph.constant(int64Constant([0, 1, 0, 0]))], { mode: 'reflect' }, 'text'),
      floats: graph.node('Constant', [], { value_floats: { floats: [0.5, -3] } }, 'floats'),
      tensor: graph.node(
        'ConstantOfShape',
        [graph.constant(int64Constant([2]))],
        { value: { tensor: float32Constant([9]) } },
        'tensor',
      ),
      negative: graph.node(
        'ReduceSum',
        [x, graph.constant(int64Constant([-1]))],
        { keepdims: 0 },
        'negative',
      ),
      negativeInteger: graph.node('ArgMax', [x], { axis: -1, keepdims: 0 }, 'negativeInteger'),
    };
    graph.output(results.float, 'float32', [2, 3]);
    graph.output(results.integers, 'float32', [3, 2]);
    graph.output(results.text, 'float32', [2, 4]);
    graph.output(results.floats, 'float32', [2]);
    graph.output(results.tensor, 'float32', [2]);
    graph.output(results.negative, 'float32', [2]);
    graph.output(results.negativeInteger, 'int64', [2]);
    const found = await run(graph.build(), {
      x: [
        [1, -2, 3, 4, 5, -6],
        [2, 3],
      ],
    });
    expect(Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, data]))).toEqual({
      float: [1, -0.5, 3, 4, 5, -1.5],
      integers: [1, 4, -2, 5, 3, -6],
      text: [-2, 1, -2, 3, 5, 4, 5, -6],
      floats: [0.5, -3],
      tensor: [9, 9],
      negative: [2, 3],
      negativeInteger: [2, 1],
    });
  });

  it('leave out optional inputs, and name several outputs', async () => {
    const graph = new GraphBuilder('several');
    const x = graph.input('x', 'float32', ['n']);
    const highest = graph.constant(float32Constant([2], []));
    const clipped = graph.node('Clip', [x, ABSENT, highest]);
    const sizes = graph.constant(int64Constant([1, 2]));
    const [head, tail] = graph.nodes('Split', [clipped, sizes], ['head', 'tail'], { axis: 0 });
    graph.output(tail!, 'float32', [2]);
    graph.output(head!, 'float32', [1]);
    expect(await run(graph.build(), { x: [[-5, 1, 7], [3]] })).toEqual({
      head: { type: 'float32', dims: [1], data: [-5] },
      tail: { type: 'float32', dims: [2], data: [1, 2] },
    });
  });

  it('are large enough for a step of training: loss, gradient, and the parameter after it', async () => {
    const [rows, inputs, rate] = [6, 3, 0.0625];
    const graph = new GraphBuilder('training');
    const x = graph.input('x', 'float32', [rows, inputs]);
    const target = graph.input('target', 'float32', [rows, 1]);
    const w = graph.input('w', 'float32', [inputs, 1]);
    const errors = graph.node('Sub', [graph.node('MatMul', [x, w]), target]);
    const loss = graph.node('ReduceSumSquare', [errors], { keepdims: 0 }, 'loss');
    const gradient = graph.node('Gemm', [x, errors], { transA: 1, alpha: { float: 2 } }, 'gradient');
    const step = graph.node('Mul', [gradient, graph.constant(float32Constant([rate], []))]);
    graph.output(loss, 'float32', []);
    graph.output(gradient, 'float32', [inputs, 1]);
    graph.output(graph.node('Sub', [w, step], {}, 'next'), 'float32', [inputs, 1]);

    const data = { x: numbers(rows * inputs, 5), target: numbers(rows, 2), w: numbers(inputs, 9) };
    const lossAt = (weights: readonly number[]): number => {
      let sum = 0;
      for (let row = 0; row < rows; row++) {
        let error = -data.target[row]!;
        for (let i = 0; i < inputs; i++) error += data.x[row * inputs + i]! * weights[i]!;
        sum += error * error;
      }
      return sum;
    };
    const found = await run(graph.build(), {
      x: [data.x, [rows, inputs]],
      target: [data.target, [rows, 1]],
      w: [data.w, [inputs, 1]],
    });
    // The loss is quadratic: central differences are its gradient.
    const expected = data.w.map((_, i) => {
      const moved = (by: number): number[] => data.w.map((each, j) => (i === j ? each + by : each));
      return (lossAt(moved(1)) - lossAt(moved(-1))) / 2;
    });
    expect(found['loss']?.data[0]).toBeCloseTo(lossAt(data.w), 4);
    for (const [i, slope] of expected.entries()) {
      expect(found['gradient']?.data[i]).toBeCloseTo(slope, 4);
      expect(found['next']?.data[i]).toBeCloseTo(data.w[i]! - rate * slope, 4);
    }
  });

  it('are the same bytes each time', () => {
    const build = (): Uint8Array => {
      const graph = new GraphBuilder('twice');
      graph.output(graph.node('Relu', [graph.input('x', 'float32', ['n'])]), 'float32', ['n']);
      return graph.build({ name: 'twice' });
    };
    expect(build()).toEqual(build());
  });

  it('do not come out wrong without a word', () => {
    const graph = new GraphBuilder('wrong');
    const other = new GraphBuilder('other').input('y', 'float32', []);
    const x = graph.input('x', 'float32', []);
    expect(() => graph.node('Relu', [other])).toThrow(new Error('Relu takes y, which is not there'));
    expect(() => graph.node('Relu', [x], {}, 'x')).toThrow(new Error('a second value is called "x"'));
    expect(() => graph.constant(float32Constant([1, 2], [3]), 'c')).toThrow(
      new Error('c: 2 elements for the shape [3]'),
    );
    graph.node('Relu', [x], { alpha: 0.5 });
    expect(() => graph.build()).toThrow(RangeError);
  });
});
