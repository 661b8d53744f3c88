// Convolution of pictures, and its gradients.
import type { Attributes } from '../onnx/model-proto.ts';
import { concatenate, reshape, transpose } from './layout.ts';
import { sizeOf, type Tape, type Tensor } from './tape.ts';

/** Rows and columns around a picture: as many on each side, or [top, left, bottom, right] as in ONNX. */
export type Padding = number | readonly [top: number, left: number, bottom: number, right: number];

export interface ConvolutionOptions {
  /** Default 1. */
  readonly stride?: number;
  /** Rows and columns of zeros on each side. Default 0. */
  readonly padding?: Padding;
  /** Into so many equal parts the channels are cut, each convolved for itself. Default 1. */
  readonly groups?: number;
}

/** How a kernel moves over a picture. */
export interface Window {
  /** [height, width] of the kernel. */
  readonly size: readonly [number, number];
  readonly stride: number;
  /** [top, left, bottom, right] */
  readonly pads: readonly [number, number, number, number];
}

/** How many places the window has. @param picture [n, channels, height, width] @returns [height, width] */
export const placesOf = (
  [, , height, width]: readonly number[],
  { size: [rows, columns], stride, pads: [top, left, bottom, right] }: Window,
): [number, number] => [
  Math.floor((height! + top + bottom - rows) / stride) + 1,
  Math.floor((width! + left + right - columns) / stride) + 1,
];

export const padsOf = (padding: Padding): Window['pads'] =>
  typeof padding === 'number' ? [padding, padding, padding, padding] : padding;

/** As operators take it. */
export const windowAttributes = ({ size, stride, pads }: Window): Attributes => ({
  kernel_shape: size,
  strides: [stride, stride],
  pads,
});

/**
 * Cross-correlation without bias, as PyTorch's `conv2d`.
 *
 * @param x [n, in, height, width]; n need not be known (0) where no gradient is asked for
 * @param weight [out, in / groups, rows, columns]
 * @returns [n, out, ⌊(height + top + bottom − rows) / stride⌋ + 1, the same of width]
 */
export const convolution = (
  tape: Tape,
  x: Tensor,
  weight: Tensor,
  { stride = 1, padding = 0, groups = 1 }: ConvolutionOptions = {},
): Tensor => {
  const [n, inputs] = x.shape as [number, number];
  const [out, perGroup, ...size] = weight.shape as [number, number, number, number];
  if (inputs !== perGroup * groups || out % groups !== 0)
    throw new Error(`no weights [${weight.shape.join(', ')}] for ${inputs} channels in ${groups} groups`);
  const window = { size, stride, pads: padsOf(padding) };
  const y = tape.node('Conv', [x, weight], [n, out, ...placesOf(x.shape, window)], {
    ...windowAttributes(window),
    ...groupAttribute(groups),
  });
  return tape.record(y, [x, weight], (gradient) => [
    tape.isTracked(x) ? inputGradient(tape, gradient, x, weight, window, groups) : undefined,
    tape.isTracked(weight) ? weightGradient(tape, gradient, x, weight, window, groups) : undefined,
  ]);
};

const groupAttribute = (groups: number): Attributes => (groups === 1 ? {} : { group: groups });

const inputGradient = (
  tape: Tape,
  gradient: Tensor,
  { shape }: Tensor,
  weight: Tensor,
  window: Window,
  groups: number,
): Tensor => {
  const { size, stride, pads } = window;
  // What lies around the gradient, for each place of the kernel to come by.
  const around = pads.map((pad, side) => size[side % 2]! - 1 - pad);
  if (stride === 1 && around.every((pad) => pad >= 0)) {
    // A convolution with the weights turned by half: faster than the general way.
    const turned = sizeOf(size) === 1 ? weight : turnedByHalf(tape, weight);
    return tape.node('Conv', [gradient, swapped(tape, turned, groups)], shape, {
      kernel_shape: size,
      pads: around,
      ...groupAttribute(groups),
    });
  }
  return spread(tape, gradient, weight, shape, window, groups);
};

/**
 * Each number of a small picture, times the kernel, added to what was under the kernel there.
 *
 * @param small [n, out, …{@link placesOf}]
 * @param weight [out, in / groups, rows, columns]
 * @param shape [n, in, height, width]
 * @returns of that shape
 */
export const spread = (
  tape: Tape,
  small: Tensor,
  weight: Tensor,
  shape: readonly number[],
  window: Window,
  groups: number,
): Tensor => {
  const { size, stride, pads } = window;
  // Rows and columns at the end that no kernel reached.
  const left = (axis: 0 | 1): number =>
    shape[axis + 2]! - ((small.shape[axis + 2]! - 1) * stride + size[axis] - pads[axis] - pads[axis + 2]!);
  return tape.node('ConvTranspose', [small, weight], shape, {
    ...windowAttributes(window),
    output_padding: [left(0), left(1)],
    ...groupAttribute(groups),
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

/** The way back. @param weight [out, in / groups, rows, columns] @returns [in, out / groups, rows, columns] */
const swapped = (tape: Tape, weight: Tensor, groups: number): Tensor => {
  if (groups === 1) return transpose(tape, weight, [1, 0, 2, 3]);
  const [out, inputs, rows, columns] = weight.shape as [number, number, number, number];
  const outputs = out / groups;
  if (inputs === 1 && outputs === 1) return weight;
  const apart = reshape(tape, weight, [groups, outputs, inputs, rows, columns]);
  return reshape(tape, transpose(tape, apart, [0, 2, 1, 3, 4]), [groups * inputs, outputs, rows, columns]);
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
  window: Window,
  groups: number,
): Tensor => {
  const [n, , height, width] = gradient.shape as [number, number, number, number];
  const [out, inputs, rows, columns] = weight.shape as [number, number, number, number];
  if (inputs === 1 && out === groups) return channelWeightGradient(tape, gradient, x, weight, window);
  // A group sees channels of its own: as if it were a picture of its own, whose results are set apart in the end.
  const [pictures, outputs] = [n * groups, out / groups];
  const [positions, inRow] = [height * width, columns * inputs];
  const parts = groups === 1 ? partsOf(n, positions, out * inRow) : pictures;
  const inner = (pictures / parts) * positions;
  const apart = reshape(tape, gradient, [parts, pictures / parts, outputs, positions]);
  const left = reshape(tape, transpose(tape, apart, [0, 2, 1, 3]), [parts, outputs, inner]);
  const isPadded = window.pads.some((pad) => pad > 0);
  const pixels = pixelsOf(tape, x, pictures, isPadded);
  const seenBy = (top: number): Tensor => {
    if (rows === 1 && columns === 1 && window.stride === 1 && !isPadded) return pixels;
    const places = tape.integers(placesSeen(x.shape, gradient.shape, top, window));
    return tape.node('Gather', [pixels, places], [pictures, positions * columns, inputs], { axis: 1 });
  };
  const ofRows = Array.from({ length: rows }, (_, top) => {
    const right = reshape(tape, seenBy(top), [parts, inner, inRow]);
    const products = tape.node('MatMul', [left, right], [parts, outputs, inRow]);
    const perPart = groups === 1 ? products : reshape(tape, products, [n, out, inRow]);
    const sums = tape.node('ReduceSum', [perPart, tape.integers([0])], [out, inRow], { keepdims: 0 });
    return reshape(tape, sums, [out, 1, columns, inputs]);
  });
  const kernel = ofRows.length === 1 ? ofRows[0]! : concatenate(tape, ofRows, 1);
  return transpose(tape, kernel, [0, 3, 1, 2]);
};

/**
 * Where each channel has a kernel of its own: products number by number, with channels side by side, and their sums. A
 * matrix product of one row and few columns per channel takes about twice as long.
 */
const channelWeightGradient = (
  tape: Tape,
  gradient: Tensor,
  x: Tensor,
  { shape }: Tensor,
  window: Window,
): Tensor => {
  const [n, channels, height, width] = gradient.shape as [number, number, number, number];
  const [positions, [rows, columns]] = [height * width, window.size];
  const isPadded = window.pads.some((pad) => pad > 0);
  const pixels = pixelsOf(tape, x, n, isPadded);
  const slopes = reshape(tape, pixelsOf(tape, gradient, n, false), [n, positions, 1, channels]);
  const full = [n, positions, columns, channels];
  const ofRows = Array.from({ length: rows }, (_, top) => {
    const places = tape.integers(placesSeen(x.shape, gradient.shape, top, window));
    const among = [n, positions * columns, channels];
    const seen = reshape(tape, tape.node('Gather', [pixels, places], among, { axis: 1 }), full);
    const products = tape.node('Mul', [seen, slopes], full);
    // In two steps: the first has more sums for a graphics card to share out.
    const flat = reshape(tape, products, [n, positions, columns * channels]);
    const perPicture = [n, columns * channels];
    const ofPictures = tape.node('ReduceSum', [flat, tape.integers([1])], perPicture, { keepdims: 0 });
    const all = [1, columns * channels];
    return tape.node('ReduceSum', [ofPictures, tape.integers([0])], all, { keepdims: 1 });
  });
  const kernel = ofRows.length === 1 ? ofRows[0]! : concatenate(tape, ofRows, 0);
  return reshape(tape, transpose(tape, reshape(tape, kernel, [rows * columns, channels]), [1, 0]), shape);
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

/** @returns [pictures, height · width, channels], and one more of zeros at the end where there is padding */
const pixelsOf = (tape: Tape, x: Tensor, pictures: number, isPadded: boolean): Tensor => {
  const places = x.shape[2]! * x.shape[3]!;
  const channels = sizeOf(x.shape) / (pictures * places);
  const pixels = transpose(tape, reshape(tape, x, [pictures, channels, places]), [0, 2, 1]);
  if (!isPadded) return pixels;
  const shape = [pictures, 1, channels];
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
  top: number,
  { size, stride, pads }: Window,
): number[] => {
  const places: number[] = [];
  for (let row = 0; row < rows!; row++) {
    const y = row * stride + top - pads[0];
    for (let column = 0; column < columns!; column++)
      for (let left = 0; left < size[1]; left++) {
        const x = column * stride + left - pads[1];
        const isInside = y >= 0 && y < height! && x >= 0 && x < width!;
        places.push(isInside ? y * width! + x : height! * width!);
      }
  }
  return places;
};
