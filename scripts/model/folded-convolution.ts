// A convolution and the batch normalisation behind it as one convolution whose weights stay in 8 bits.
import type { QuantizedWeights } from './keras.ts';

export interface BatchNormalization {
  readonly gamma: readonly number[];
  readonly beta: readonly number[];
  readonly mean: readonly number[];
  readonly variance: readonly number[];
  readonly epsilon: number;
}

/** Weights are `(code − zeroPoint) × scales[channel]`, biases one for each output channel. */
export interface FoldedConvolution {
  /** [out, in, height, width] */
  readonly shape: readonly [out: number, inputs: number, height: number, width: number];
  readonly codes: Uint8Array;
  readonly zeroPoint: number;
  readonly scales: Float32Array;
  readonly biases: Float32Array;
}

/**
 * Normalisation multiplies each output channel by a number of its own and adds another, so it only changes the
 * scale of the codes, not the codes.
 *
 * @param kernel [height, width, in, out], or [height, width, channels, 1] of a depthwise convolution
 */
export const foldConvolution = (
  kernel: QuantizedWeights,
  isDepthwise: boolean,
  { gamma, beta, mean, variance, epsilon }: BatchNormalization,
): FoldedConvolution => {
  const [height = 1, width = 1, third = 1, fourth = 1] = kernel.shape;
  if (isDepthwise && fourth !== 1) throw new Error('a depthwise convolution has several filters a channel');
  const [inputs, out] = isDepthwise ? [1, third] : [third, fourth];
  const gains = gamma.map((each, channel) => each / Math.sqrt(variance[channel]! + epsilon));
  return {
    shape: [out, inputs, height, width],
    codes: outputsFirst(kernel.codes, inputs, out),
    zeroPoint: zeroPointOf(kernel),
    scales: Float32Array.from(gains, (gain) => gain * kernel.scale),
    biases: Float32Array.from(gains, (gain, channel) => beta[channel]! - mean[channel]! * gain),
  };
};

/** From [height × width, in, out] to [out, in, height × width]. */
const outputsFirst = (codes: Uint8Array, inputs: number, out: number): Uint8Array => {
  const area = codes.length / out / inputs;
  const sorted = new Uint8Array(codes.length);
  let from = 0;
  for (let place = 0; place < area; place++)
    for (let input = 0; input < inputs; input++)
      for (let channel = 0; channel < out; channel++)
        sorted[(channel * inputs + input) * area + place] = codes[from++]!;
  return sorted;
};

/** TensorFlow.js moves `min` so that 0 has a code of its own; rounding leaves at most a millionth of a step. */
const zeroPointOf = ({ min, scale }: QuantizedWeights): number => {
  const exact = -min / scale;
  const zeroPoint = Math.round(exact);
  if (Math.abs(exact - zeroPoint) > 1e-6 || zeroPoint < 0 || zeroPoint > 255) {
    throw new Error(`no code of the kernel stands for 0 (${exact})`);
  }
  return zeroPoint;
};
