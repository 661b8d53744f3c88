// Convolution of pictures, and its gradients.
import { concatenate, reshape, transpose } from './layout.ts';
import type { Tape, Tensor } from './tape.ts';

export interface ConvolutionOptions {
  /** Default 1. */
  readonly stride?: number;
  /** Rows and columns of zeros on each side. Default 0. */
  readonly padding?: number;
}

/**
 * Cross-correlation without bias, as PyTorch's `conv2d`.
 *
 * @param x [n, in, height, width]
 * @param weight [out, in, k, k]
 * @returns [n, out, ⌊(height + 2 padding − k) / stride⌋ + 1, the same of width]
 */
export const convolution = (
  tape: Tape,
  x: Tensor,
  weight: Tensor,
  { stride = 1, padding = 0 }: ConvolutionOptions = {},
): Tensor => {
  const [n, , height, width] = x.shape;
  const [out, , size] = weight.shape;
  const lengthOf = (length: number): number => Math.floor((length + 2 * padding - size!) / stride) + 1;
  const shape = [n!, out!, lengthOf(height!), lengthOf(width!)];
  const y = tape.node('Conv', [x, weight], shape, {
    kernel_shape: [size!, size!],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  });
  return tape.record(y, [x, weight], (gradient) => [
    tape.isTracked(x) ? inputGradient(tape, gradient, x, weight, stride, padding) : undefined,
    tape.isTracked(weight) ? weightGradient(tape, gradient, x, weight, stride, padding) : undefined,
  ]);
};

const inputGradient = (
  tape: Tape,
  gradient: Tensor,
  { shape }: Tensor,
  weight: Tensor,
  stride: number,
  padding: number,
): Tensor => {
  const size = weight.shape[2]!;
  const kernel = [size, size];
  if (stride === 1) {
    // A convolution with the weights turned by half: faster than the general way.
    const turned = size === 1 ? weight : turnedByHalf(tape, weight);
    const swapped = transpose(tape, turned, [1, 0, 2, 3]);
    const around = size - 1 - padding;
    const pads = [around, around, around, around];
    return tape.node('Conv', [gradient, swapped], shape, { kernel_shape: kernel, pads });
  }
  const left = (axis: number): number =>
    shape[axis]! - ((gradient.shape[axis]! - 1) * stride + size - 2 * padding);
  return tape.node('ConvTranspose', [gradient, weight], shape, {
    kernel_shape: kernel,
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    output_padding: [left(2), left(3)],
  });
};

const turnedByHalf = (tape: Tape, weight: Tensor): Tensor => {
  const bounds = [
    [-1, -1],
    [-1 - weight.shape[2]!, -1 - weight.shape[3]!],
    [2, 3],
    [-1, -1],
  ];
  return tape.node('Slice', [weight, ...bounds.map((each) => tape.integers(each))], weight.shape);
};

/**
 * For each place of the kernel a matrix product over all pictures and positions. Written as one convolution, with
 * pictures as channels and the gradient as a kernel, it would take several times as long.
 */
const weightGradient = (
  tape: Tape,
  gradient: Tensor,
  x: Tensor,
  weight: Tensor,
  stride: number,
  padding: number,
): Tensor => {
  const [n, , height, width] = gradient.shape;
  const [out, inputs, size] = weight.shape;
  const positions = n! * height! * width!;
  const rows = reshape(tape, transpose(tape, gradient, [1, 0, 2, 3]), [out!, positions]);
  const padded = pad(tape, transpose(tape, x, [1, 0, 2, 3]), padding);
  const places = Array.from({ length: size! * size! }, (_, place) => {
    const [top, left] = [Math.floor(place / size!), place % size!];
    const seen = strided(tape, padded, [top, left], [height!, width!], stride);
    const part = tape.node('Gemm', [rows, reshape(tape, seen, [inputs!, positions])], [out!, inputs!], {
      transB: 1,
    });
    return reshape(tape, part, [out!, inputs!, 1]);
  });
  return reshape(tape, places.length === 1 ? places[0]! : concatenate(tape, places, 2), weight.shape);
};

const pad = (tape: Tape, x: Tensor, padding: number): Tensor => {
  if (padding === 0) return x;
  const [channels, n, height, width] = x.shape;
  const pads = tape.integers([0, 0, padding, padding, 0, 0, padding, padding]);
  return tape.node('Pad', [x, pads], [channels!, n!, height! + 2 * padding, width! + 2 * padding]);
};

/** Every so many rows and columns, from a place on. */
const strided = (
  tape: Tape,
  x: Tensor,
  [top, left]: readonly [number, number],
  [height, width]: readonly [number, number],
  stride: number,
): Tensor => {
  const shape = [x.shape[0]!, x.shape[1]!, height, width];
  if (stride === 1 && x.shape[2] === height && x.shape[3] === width) return x;
  const ends = [top + (height - 1) * stride + 1, left + (width - 1) * stride + 1];
  const bounds = [[top, left], ends, [2, 3], [stride, stride]];
  return tape.node('Slice', [x, ...bounds.map((each) => tape.integers(each))], shape);
};
