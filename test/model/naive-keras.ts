// Keras networks run by plain loops: as Keras defines its layers, one after the other, in double precision.
import type { KerasLayer, KerasModel, QuantizedWeights } from '../../scripts/model/keras.ts';
import { inputsOf } from '../../scripts/model/keras.ts';

/** One image, NHWC without the N. */
export interface Image {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float64Array;
}

/** The mean over the image of what `lastLayer` gives. */
export const naiveEmbedding = (model: KerasModel, lastLayer: string, image: Image): number[] => {
  const outputs = new Map<string, Image>();
  for (const layer of model.layers) {
    const inputs = inputsOf(layer).map((name) => outputs.get(name)!);
    outputs.set(layer.name, layer.class_name === 'InputLayer' ? image : runLayer(layer, inputs, model));
    if (layer.name === lastLayer) break;
  }
  const { height, width, channels, data } = outputs.get(lastLayer)!;
  return Array.from({ length: channels }, (_, channel) => {
    let sum = 0;
    for (let i = channel; i < data.length; i += channels) sum += data[i]!;
    return sum / (height * width);
  });
};

const runLayer = (layer: KerasLayer, inputs: readonly Image[], { weights }: KerasModel): Image => {
  const [input] = inputs as [Image];
  const values = (part: string): Float64Array => dequantize(weights.get(`${layer.name}/${part}`)!);
  switch (layer.class_name) {
    case 'InputLayer':
      return input;
    case 'ZeroPadding2D':
      return pad(input, layer.config.padding);
    case 'Conv2D': {
      const { shape } = weights.get(`${layer.name}/kernel`)!;
      return convolve(input, values('kernel'), shape, layer.config);
    }
    case 'DepthwiseConv2D': {
      const { shape } = weights.get(`${layer.name}/depthwise_kernel`)!;
      return convolveDepthwise(input, values('depthwise_kernel'), shape, layer.config);
    }
    case 'BatchNormalization': {
      const [gamma, beta] = [values('gamma'), values('beta')];
      const [mean, variance] = [values('moving_mean'), values('moving_variance')];
      return map(input, (value, c) => {
        const standard = (value - mean[c]!) / Math.sqrt(variance[c]! + layer.config.epsilon);
        return standard * gamma[c]! + beta[c]!;
      });
    }
    case 'ReLU':
      return map(input, (value) => Math.min(Math.max(value, 0), layer.config.max_value));
    case 'Add':
      return { ...input, data: input.data.map((value, i) => value + inputs[1]!.data[i]!) };
  }
};

const dequantize = ({ codes, scale, min }: QuantizedWeights): Float64Array =>
  Float64Array.from(codes, (code) => code * scale + min);

const map = (image: Image, change: (value: number, channel: number) => number): Image => ({
  ...image,
  data: image.data.map((value, i) => change(value, i % image.channels)),
});

type Padding = readonly [readonly [top: number, bottom: number], readonly [left: number, right: number]];

const pad = (image: Image, [[top, bottom], [left, right]]: Padding): Image => {
  const { channels } = image;
  const [height, width] = [image.height + top + bottom, image.width + left + right];
  const data = new Float64Array(height * width * channels);
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * channels, (y + 1) * image.width * channels);
    data.set(row, ((y + top) * width + left) * channels);
  }
  return { height, width, channels, data };
};

interface Sliding {
  readonly strides: readonly [number, number];
  readonly padding: 'same' | 'valid';
}

/** What TensorFlow calls SAME: as many outputs as strides fit, and of the zeros for that the odd one at the end. */
const samePadding = (length: number, kernel: number, stride: number): readonly [number, number] => {
  const total = Math.max((Math.ceil(length / stride) - 1) * stride + kernel - length, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
};

/** The padded image and the size of what a kernel gives that slides over it. */
const prepare = (image: Image, [kh, kw]: readonly number[], { strides: [sy, sx], padding }: Sliding) => {
  const padded =
    padding === 'valid'
      ? image
      : pad(image, [samePadding(image.height, kh!, sy), samePadding(image.width, kw!, sx)]);
  const [height, width] = [
    Math.floor((padded.height - kh!) / sy) + 1,
    Math.floor((padded.width - kw!) / sx) + 1,
  ];
  return { padded, height, width };
};

const convolve = (image: Image, kernel: Float64Array, shape: readonly number[], sliding: Sliding): Image => {
  const [kh, kw, inputs, out] = shape as [number, number, number, number];
  const { padded, height, width } = prepare(image, shape, sliding);
  const data = new Float64Array(height * width * out);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let i = 0; i < kh; i++)
        for (let j = 0; j < kw; j++) {
          const from = ((y * sliding.strides[0] + i) * padded.width + x * sliding.strides[1] + j) * inputs;
          for (let input = 0; input < inputs; input++) {
            const value = padded.data[from + input]!;
            const weights = ((i * kw + j) * inputs + input) * out;
            for (let o = 0; o < out; o++) data[(y * width + x) * out + o]! += value * kernel[weights + o]!;
          }
        }
  return { height, width, channels: out, data };
};

const convolveDepthwise = (
  image: Image,
  kernel: Float64Array,
  shape: readonly number[],
  sliding: Sliding,
): Image => {
  const [kh, kw, channels] = shape as [number, number, number];
  const { padded, height, width } = prepare(image, shape, sliding);
  const data = new Float64Array(height * width * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let i = 0; i < kh; i++)
        for (let j = 0; j < kw; j++) {
          const from = ((y * sliding.strides[0] + i) * padded.width + x * sliding.strides[1] + j) * channels;
          for (let c = 0; c < channels; c++)
            data[(y * width + x) * channels + c]! +=
              padded.data[from + c]! * kernel[(i * kw + j) * channels + c]!;
        }
  return { height, width, channels, data };
};
