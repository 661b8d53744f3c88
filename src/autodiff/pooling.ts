// Pooling of pictures.
import { multiply } from './arithmetic.ts';
import { type Padding, padsOf, placesOf, spread, type Window, windowAttributes } from './convolution.ts';
import { reshape } from './layout.ts';
import { mean } from './reductions.ts';
import { sizeOf, type Tape, type Tensor } from './tape.ts';

/** Mean of each channel. @param x [n, channels, height, width] @returns [n, channels] */
export const globalAveragePool = (tape: Tape, x: Tensor): Tensor => {
  const [n, channels, height, width] = x.shape;
  return mean(tape, reshape(tape, x, [n!, channels!, height! * width!]), [2]);
};

export interface PoolOptions {
  /** Of a square, or [height, width]. */
  readonly size: number | readonly [number, number];
  readonly stride: number;
  /** Rows and columns on each side, fewer than under the kernel: never the largest, in an average zeros. */
  readonly padding: Padding;
}

export interface AveragePoolOptions extends PoolOptions {
  /** Whether what is outside counts as zeros; otherwise the mean is that of the numbers inside. */
  readonly countsPadding: boolean;
}

/** Mean under a kernel. @param x [n, channels, height, width]; sides as of a convolution */
export const averagePool = (
  tape: Tape,
  x: Tensor,
  { countsPadding, ...options }: AveragePoolOptions,
): Tensor => {
  const window = windowOf(options);
  const [n, channels] = x.shape as [number, number];
  const shape = [n, channels, ...placesOf(x.shape, window)];
  const means = averaged(tape, x, shape, window, countsPadding);
  return tape.record(means, [x], (gradient) => {
    const isWeighted = !countsPadding && window.pads.some((pad) => pad > 0);
    const weighted = isWeighted
      ? multiply(tape, gradient, insideWeights(tape, x.shape, shape, window))
      : gradient;
    return [averageGradient(tape, weighted, x.shape, window)];
  });
};

/** Largest number under a kernel. @param x [n, channels, height, width]; sides as of a convolution */
export const maxPool = (tape: Tape, x: Tensor, options: PoolOptions): Tensor => {
  const window = windowOf(options);
  const [n, channels] = x.shape as [number, number];
  const shape = [n, channels, ...placesOf(x.shape, window)];
  const attributes = windowAttributes(window);
  // Graphics cards (WebGPU) do not say where the largest is.
  if (!tape.isTracked(x)) return tape.node('MaxPool', [x], shape, attributes);
  const [largest, places] = tape.nodes('MaxPool', [x], [shape, shape], attributes);
  return tape.record(largest!, [x], (gradient) => {
    const [count, pooled] = [sizeOf(x.shape), sizeOf(shape)];
    const flat = (tensor: Tensor): Tensor =>
      tape.node('Reshape', [tensor, tape.integers([pooled])], [pooled]);
    const zeros = tape.node('Expand', [tape.constant([0]), tape.integers([count])], [count]);
    // Kernels overlap: one number may be the largest of several.
    const added = tape.node('ScatterElements', [zeros, flat(places!), flat(gradient)], [count], {
      axis: 0,
      reduction: 'add',
    });
    return [tape.node('Reshape', [added, tape.integers(x.shape)], x.shape)];
  });
};

const windowOf = ({ size, stride, padding }: PoolOptions): Window => ({
  size: typeof size === 'number' ? [size, size] : size,
  stride,
  pads: padsOf(padding),
});

const averaged = (
  tape: Tape,
  x: Tensor,
  shape: readonly number[],
  window: Window,
  countsPadding: boolean,
): Tensor =>
  tape.node('AveragePool', [x], shape, {
    ...windowAttributes(window),
    count_include_pad: countsPadding ? 1 : 0,
  });

/** Of a mean that counts padding. @param shape of what it was taken */
const averageGradient = (tape: Tape, gradient: Tensor, shape: readonly number[], window: Window): Tensor => {
  const { size, stride, pads } = window;
  if (stride === 1) {
    // Each number was seen by as many means as it saw numbers: a mean of them again, and faster than the general way.
    const [top, left, bottom, right] = pads.map((pad, side) => size[side % 2]! - 1 - pad);
    const around = { size, stride, pads: [top!, left!, bottom!, right!] } as const;
    return averaged(tape, gradient, shape, around, true);
  }
  // Channels are as pictures here: one kernel does for all.
  const [n, channels, height, width] = shape as [number, number, number, number];
  const apart = (tensor: Tensor): Tensor =>
    reshape(tape, tensor, [n * channels, 1, ...tensor.shape.slice(2)]);
  const count = sizeOf(size);
  const kernel = tape.constant(new Float32Array(count).fill(1 / count), [1, 1, ...size]);
  const added = spread(tape, apart(gradient), kernel, [n * channels, 1, height, width], window, 1);
  return reshape(tape, added, shape);
};

/** By how much more a number weighs in the mean of those inside. @returns [1, 1, …{@link placesOf}] */
const insideWeights = (
  tape: Tape,
  [, , height, width]: readonly number[],
  [, , rows, columns]: readonly number[],
  { size, stride, pads }: Window,
): Tensor => {
  const countsOf = (axis: 0 | 1, places: number, length: number): number[] =>
    Array.from({ length: places }, (_, place) => {
      const start = place * stride - pads[axis];
      return Math.min(start + size[axis], length) - Math.max(start, 0);
    });
  const across = countsOf(1, columns!, width!);
  const counts = countsOf(0, rows!, height!).flatMap((down) => across.map((each) => down * each));
  return tape.constant(
    counts.map((count) => sizeOf(size) / count),
    [1, 1, rows!, columns!],
  );
};
