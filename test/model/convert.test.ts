// The conversion of a small network that has every operator of the built-in one, against plain loops.
import { describe, expect, it } from 'vitest';
import { convertToEmbedder } from '../../scripts/model/convert.ts';
import { foldConvolution } from '../../scripts/model/folded-convolution.ts';
import type { KerasLayer, KerasModel, QuantizedWeights } from '../../scripts/model/keras.ts';
import { openSession, pictureTensor } from '../../src/native/onnxruntime.ts';
import { readModelOutline } from '../../src/onnx/model-outline.ts';
import { image, random, relativeDifference, toBatch } from './images.ts';
import { naiveEmbedding } from './naive-keras.ts';

const next = random(1);
const weights = new Map<string, QuantizedWeights>();
const layers: KerasLayer[] = [];

const codes = (shape: readonly number[]): Uint8Array =>
  Uint8Array.from({ length: shape.reduce((product, each) => product * each, 1) }, () => next() * 256);

const link = (inputs: readonly string[]) => [inputs.map((name) => [name, 0, 0, {}] as const)];

const convolution = (
  name: string,
  input: string,
  class_name: 'Conv2D' | 'DepthwiseConv2D',
  shape: readonly [number, number, number, number],
  stride: number,
  padding: 'same' | 'valid',
): string => {
  const isDepthwise = class_name === 'DepthwiseConv2D';
  const scale = 1 / 300 / Math.sqrt((shape[0] * shape[1] * (isDepthwise ? 1 : shape[2])) / 9);
  const zeroPoint = 100 + Math.floor(next() * 56);
  const part = isDepthwise ? 'depthwise_kernel' : 'kernel';
  weights.set(`${name}/${part}`, { shape, codes: codes(shape), scale, min: -zeroPoint * scale });
  layers.push({
    name,
    class_name,
    config: { strides: [stride, stride], padding },
    inbound_nodes: link([input]),
  });

  const channels = [isDepthwise ? shape[2] : shape[3]];
  // None of these has a code for 0.
  for (const [statistic, min, range] of [
    ['gamma', 0.7, 1.1],
    ['beta', -0.33, 1.7],
    ['moving_mean', -0.21, 0.5],
    ['moving_variance', 0.13, 0.9],
  ] as const) {
    weights.set(`${name}_BN/${statistic}`, {
      shape: channels,
      codes: codes(channels),
      scale: range / 255,
      min,
    });
  }
  layers.push({
    name: `${name}_BN`,
    class_name: 'BatchNormalization',
    config: { epsilon: 0.001 },
    inbound_nodes: link([name]),
  });
  return `${name}_BN`;
};

const relu = (name: string, input: string): string => {
  layers.push({ name, class_name: 'ReLU', config: { max_value: 6 }, inbound_nodes: link([input]) });
  return name;
};

const [HEIGHT, WIDTH] = [23, 26];
layers.push({
  name: 'input_1',
  class_name: 'InputLayer',
  config: { batch_input_shape: [null, HEIGHT, WIDTH, 3] },
  inbound_nodes: [],
});
layers.push({
  name: 'pad',
  class_name: 'ZeroPadding2D',
  config: {
    padding: [
      [0, 1],
      [2, 1],
    ],
  },
  inbound_nodes: link(['input_1']),
});
const stem = relu('stem_relu', convolution('stem', 'pad', 'Conv2D', [3, 3, 3, 8], 2, 'valid'));
const depthwise = relu('dw_relu', convolution('dw', stem, 'DepthwiseConv2D', [3, 3, 8, 1], 1, 'same'));
const project = convolution('project', depthwise, 'Conv2D', [1, 1, 8, 6], 1, 'same');
const expand = relu('expand_relu', convolution('expand', project, 'Conv2D', [1, 1, 6, 12], 1, 'same'));
const wide = convolution('wide', expand, 'Conv2D', [3, 3, 12, 6], 1, 'same');
layers.push({ name: 'add', class_name: 'Add', inbound_nodes: link([project, wide]) });
// 11 × 14 here: of the two zeros for 11 one is above and one below, of the one for 14 it is at the right.
const halved = relu('half_relu', convolution('half', 'add', 'DepthwiseConv2D', [3, 3, 6, 1], 2, 'same'));
relu('out_relu', convolution('last', halved, 'Conv2D', [3, 3, 6, 10], 2, 'same'));

const model: KerasModel = { layers, weights };
const onnx = convertToEmbedder(model, { name: 'small', lastLayer: 'out_relu', metadata: { license: 'MIT' } });

describe('a converted network', () => {
  it('says what it takes and gives', () => {
    const {
      initializers,
      initializerLength: _,
      operators: __,
      ...outline
    } = readModelOutline(onnx, 'small.onnx');
    expect(outline).toEqual({
      operatorSet: 18,
      inputs: [{ name: 'image', type: 'uint8', shape: ['batch', HEIGHT, WIDTH, 3] }],
      outputs: [{ name: 'embedding', type: 'float32', shape: ['batch', 10] }],
      externalFiles: [],
      metadata: { license: 'MIT' },
    });
    expect(initializers.filter((name) => name.endsWith('_codes'))).toEqual(
      ['stem', 'dw', 'project', 'expand', 'wide', 'half', 'last'].map((name) => `${name}_codes`),
    );
  });

  it.each(['stem_relu', 'dw_relu', 'project_BN', 'expand_relu', 'add', 'half_relu', 'out_relu'])(
    'agrees with plain loops up to %s',
    async (lastLayer) => {
      const images = [1, 2, 3].map((seed) => image(HEIGHT, WIDTH, 3, seed));
      const bytes = convertToEmbedder(model, { name: 'small', lastLayer, metadata: {} });
      const session = await openSession({ model: bytes, providers: ['cpu'], threads: 1 });
      const { embedding } = await session.run({
        image: pictureTensor(toBatch(images), [3, HEIGHT, WIDTH, 3]),
      });
      const expected = images.flatMap((each) => naiveEmbedding(model, lastLayer, each));
      expect(embedding?.dims).toEqual([3, expected.length / 3]);
      expect(relativeDifference(embedding?.data as Float32Array, expected)).toBeLessThan(1e-4);
      // A network that says the same to everything would pass, too.
      expect(new Set(expected.map((each) => each.toFixed(3))).size).toBeGreaterThan(expected.length / 2);
    },
  );
});

describe('what cannot be converted', () => {
  const statistics = { gamma: [1], beta: [0], mean: [0], variance: [1], epsilon: 0 };

  it('is refused: a kernel that has no code for 0', () => {
    const kernel = { shape: [1, 1, 1, 1], codes: Uint8Array.of(3), scale: 1, min: -1.5 };
    expect(() => foldConvolution(kernel, false, statistics)).toThrow(
      'no code of the kernel stands for 0 (1.5)',
    );
  });

  it('is refused: several filters a channel', () => {
    const kernel = { shape: [1, 1, 1, 2], codes: Uint8Array.of(3, 4), scale: 1, min: 0 };
    expect(() => foldConvolution(kernel, true, statistics)).toThrow('several filters a channel');
  });
});
