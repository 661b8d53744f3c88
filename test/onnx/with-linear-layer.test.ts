// A model with a layer behind its output computes what the two compute one after the other.
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { pool } from '../../src/model/pooling.ts';
import { floatTensor, openSession } from '../../src/native/onnxruntime.ts';
import { GraphBuilder } from '../../src/onnx/graph.ts';
import { readFloatInitializers } from '../../src/onnx/initializers.ts';
import { readModelOutline } from '../../src/onnx/model-outline.ts';
import { float32Constant } from '../../src/onnx/tensor.ts';
import { type LinearLayer, withLinearLayer } from '../../src/onnx/with-linear-layer.ts';

const random = new Random(3);
const numbers = (...shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
});

const D = 4;
const OUT = 3;

/** Twice its input, of this shape. */
const model = (shape: readonly number[]): Uint8Array => {
  const graph = new GraphBuilder('twice');
  const x = graph.input('x', 'float32', ['batch', ...shape]);
  const y = graph.node('Mul', [x, graph.constant(float32Constant([2], []), 'two')], {}, 'y');
  graph.output(y, 'float32', ['batch', ...shape]);
  return graph.build({ made: 'here' });
};

const layerOf = (pooling: LinearLayer['pooling']): LinearLayer => ({
  output: 'y',
  pooling,
  weight: numbers(OUT, D),
  bias: numbers(OUT),
  metadata: { method: 'simclr' },
});

describe('a linear layer behind a model', () => {
  it.each([
    ['none', [D]],
    ['cls', [5, D]],
    ['mean', [5, D]],
    ['avg', [D, 2, 3]],
  ] as const)('of pooling %s', async (pooling, shape) => {
    const layer = layerOf(pooling);
    const { model: extended, output } = withLinearLayer(model(shape), 'm.onnx', layer);
    const x = numbers(2, ...shape);
    const session = await openSession({ model: extended, providers: ['cpu'], threads: 1 });
    const outputs = await session.run({ x: floatTensor(x.data, x.shape) });
    await session.release();
    expect(Object.keys(outputs)).toEqual([output]);
    const pooled = pool(
      x.data.map((value) => 2 * value),
      x.shape,
      pooling,
    );
    const { weight, bias } = layer;
    for (let row = 0; row < 2; row++)
      for (let out = 0; out < OUT; out++) {
        let sum = bias.data[out]!;
        for (let i = 0; i < D; i++) sum += pooled[row * D + i]! * weight.data[out * D + i]!;
        expect((outputs[output]!.data as Float32Array)[row * OUT + out]).toBeCloseTo(sum, 4);
      }
  });

  it('leaves inputs, weights and words as they are', () => {
    const { model: extended, output } = withLinearLayer(model([D]), 'm.onnx', layerOf('none'));
    const outline = readModelOutline(extended, 'm.onnx');
    expect(outline.inputs).toEqual([{ name: 'x', type: 'float32', shape: ['batch', D] }]);
    expect(outline.outputs).toEqual([{ name: output, type: 'float32', shape: ['batch', OUT] }]);
    expect(outline.initializers).toContain('two');
    expect(outline.metadata).toEqual({ made: 'here', method: 'simclr' });
  });

  it('goes behind another one, too', async () => {
    const once = withLinearLayer(model([D]), 'm.onnx', layerOf('none'));
    const layer = { ...layerOf('none'), output: once.output, weight: numbers(2, OUT), bias: numbers(2) };
    const twice = withLinearLayer(once.model, 'm.onnx', layer);
    const session = await openSession({ model: twice.model, providers: ['cpu'], threads: 1 });
    const outputs = await session.run({ x: floatTensor(numbers(3, D).data, [3, D]) });
    await session.release();
    expect(outputs[twice.output]!.dims).toEqual([3, 2]);
  });

  it('can be read back by name', () => {
    const layer = layerOf('none');
    const read = readFloatInitializers(withLinearLayer(model([D]), 'm.onnx', layer).model);
    expect(read.get('two')).toMatchObject({ shape: [], data: Float32Array.of(2) });
    expect(read.get('framesift.weight')).toMatchObject(layer.weight);
    expect(read.get('framesift.bias')).toMatchObject(layer.bias);
    expect(read.has('framesift.first')).toBe(false);
  });
});
