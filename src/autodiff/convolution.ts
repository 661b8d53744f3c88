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
 * For each row of the kernel a matrix product over all pictures and positions: the gradient, and what the places of that
 * row saw. Written as one convolution, with pictures as channels and the gradient as a kernel, it would take several times
 * as long.
 */
const weightGradient = (
  tape: Tape,
  gradient: Tensor,
  x: Tensor,
  weight: Tensor,
  stride: number,
  padding: number,
): Tensor => {
  const [n, , height, width] = gradient.shape as [number, number, number, number];
  const [out, inputs, size] = weight.shape as [number, number, number];
  const positions = height * width;
  const columns = size * inputs;
  const parts = partsOf(n, positions, out * columns);
  const inner = (n / parts) * positions;
  const apart = reshape(tape, gradient, [parts, n / parts, out, positions]);
  const left = reshape(tape, transpose(tape, apart, [0, 2, 1, 3]), [parts, out, inner]);
  const pixels = pixelsOf(tape, x, padding > 0);
  const seenBy = (top: number): Tensor => {
    if (size === 1 && stride === 1 && padding === 0) return pixels;
    const places = tape.integers(placesSeen(x.shape, gradient.shape, { top, size, stride, padding }));
    return tape.node('Gather', [pixels, places], [n, positions * size, inputs], { axis: 1 });
  };
  const rows = Array.from({ length: size }, (_, top) => {
    const right = reshape(tape, seenBy(top), [parts, inner, columns]);
    const products = tape.node('MatMul', [left, right], [parts, out, columns]);
    const sums = tape.node('ReduceSum', [products, tape.integers([0])], [out, columns], { keepdims: 0 });
    return reshape(tape, sums, [out, 1, size, inputs]);
  });
  const kernel = rows.length === 1 ? rows[0]! : concatenate(tape, rows, 1);
  return transpose(tape, kernel, [0, 3, 1, 2]);
};

/** Numbers of all partial products together, at most: what they take in memory is written and read once more. */
const MOST_PARTIAL = 2 ** 20;
/** Of a partial product. */
const LEAST_INNER = 256;

/**
 * Into how many parts the pictures are cut. The products are long sums for few results, which alone would leave most of a
 * graphics card idle, and most of a processor with many cores: it is the results that they share out among them.
 */
const partsOf = (n: number, positions: number, results: number): number => {
  const most = Math.min(n, MOST_PARTIAL / results, (n * positions) / LEAST_INNER);
  let parts = Math.max(1, Math.floor(most));
  while (n % parts !== 0) parts--;
  return parts;
};

/** @returns [n, height · width, channels], and one more of zeros at the end where there is padding */
const pixelsOf = (tape: Tape, x: Tensor, isPadded: boolean): Tensor => {
  const [n, channels, height, width] = x.shape as [number, number, number, number];
  const pixels = transpose(tape, reshape(tape, x, [n, channels, height * width]), [0, 2, 1]);
  if (!isPadded) return pixels;
  const shape = [n, 1, channels];
  const zeros = tape.node('Expand', [tape.constant([0]), tape.integers(shape)], shape);
  return concatenate(tape, [pixels, zeros], 1);
};

/**
 * Which pixels one row of the kernel sees.
 *
 * @returns for each position, for each place in the row, the number of a pixel, or of the one behind all where it is outside
 */
const placesSeen = (
  [, , height, width]: readonly number[],
  [, , rows, columns]: readonly number[],
  kernel: { readonly top: number; readonly size: number; readonly stride: number; readonly padding: number },
): number[] => {
  const { top, size, stride, padding } = kernel;
  const places: number[] = [];
  for (let row = 0; row < rows!; row++) {
    const y = row * stride + top - padding;
    for (let column = 0; column < columns!; column++)
      for (let left = 0; left < size; left++) {
        const x = column * stride + left - padding;
        const isInside = y >= 0 && y < height! && x >= 0 && x < width!;
        places.push(isInside ? y * width! + x : height! * width!);
      }
  }
  return places;
};
