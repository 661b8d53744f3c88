// Pooling of pictures.
import { multiply, STEEP } from './arithmetic.ts';
import { type Padding, padsOf, placesOf, spread, type Window, windowAttributes } from './convolution.ts';
import { concatenate, pad, reshape, slice } from './layout.ts';
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

/**
 * Largest number under a kernel; of equal ones, the first has all of the gradient, as in PyTorch.
 *
 * @param x [n, channels, height, width]; sides as of a convolution
 */
export const maxPool = (tape: Tape, x: Tensor, options: PoolOptions): Tensor => {
  const window = windowOf(options);
  const [n, channels] = x.shape as [number, number];
  const shape = [n, channels, ...placesOf(x.shape, window)];
  const largest = tape.node('MaxPool', [x], shape, windowAttributes(window));
  return tape.record(largest, [x], (gradient) => [maxGradient(tape, gradient, x, largest, window)]);
};

/** What is never the largest; times the slope of a step it is still a float32. */
const LOWEST = -1e8;

/**
 * Place by place of the kernel: where what it saw is the largest, and no place before it has the gradient already, that
 * goes there. (Graphics cards do not say where the largest was found; to look for it again takes less memory than all that
 * kernels saw.)
 */
const maxGradient = (tape: Tape, gradient: Tensor, x: Tensor, largest: Tensor, window: Window): Tensor => {
  const { size, stride, pads } = window;
  const { shape } = largest;
  const seenFrom = pads.some((each) => each > 0) ? surrounded(tape, x, pads) : x;
  const one = tape.constant([1]);
  const scattered = new Scattered(tape, x.shape, shape, window);
  let free: Tensor | undefined;
  for (let place = 0; place < sizeOf(size); place++) {
    const [top, left] = [Math.floor(place / size[1]), place % size[1]];
    const ends = [top + (shape[2]! - 1) * stride + 1, left + (shape[3]! - 1) * stride + 1];
    const bounds = [[top, left], ends, [2, 3], [stride, stride]].map((each) => tape.integers(each));
    const distance = tape.node('Sub', [largest, tape.node('Slice', [seenFrom, ...bounds], shape)], shape);
    const isLargest = tape.node('Sub', [one, tape.node('HardSigmoid', [distance], shape, STEEP)], shape);
    const isFirst = free === undefined ? isLargest : tape.node('Mul', [isLargest, free], shape);
    free = tape.node('Sub', [free ?? one, isFirst], shape);
    scattered.add(tape.node('Mul', [gradient, isFirst], shape), [top, left]);
  }
  return scattered.sum();
};

/** Adds up what goes back to the places of a kernel. Places that a stride apart are one behind the other are kept together. */
class Scattered {
  readonly #tape: Tape;
  readonly #shape: readonly number[];
  readonly #window: Window;
  /** Of each phase: [n, channels, height, width] of the surrounded picture, divided by the stride. */
  readonly #phaseShape: readonly number[];
  readonly #phases: (Tensor | undefined)[];

  constructor(tape: Tape, shape: readonly number[], [n, channels]: readonly number[], window: Window) {
    const { stride, pads } = window;
    this.#tape = tape;
    this.#shape = shape;
    this.#window = window;
    const sides = [0, 1].map((i) => Math.ceil((shape[2 + i]! + pads[i]! + pads[2 + i]!) / stride));
    this.#phaseShape = [n!, channels!, ...sides];
    this.#phases = new Array<Tensor | undefined>(stride * stride);
  }

  /** @param part what goes to one place of the kernel, wherever the kernel stood */
  add(part: Tensor, [top, left]: readonly [number, number]): void {
    const { stride } = this.#window;
    const before = [0, 0, Math.floor(top / stride), Math.floor(left / stride)];
    const after = this.#phaseShape.map((length, axis) => length - part.shape[axis]! - before[axis]!);
    const placed = pad(this.#tape, part, before, after);
    const phase = (top % stride) * stride + (left % stride);
    const others = this.#phases[phase];
    this.#phases[phase] =
      others === undefined ? placed : this.#tape.node('Add', [others, placed], placed.shape);
  }

  /** @returns of the picture's shape */
  sum(): Tensor {
    const { stride, pads } = this.#window;
    const whole = stride === 1 ? this.#phases[0]! : this.#interleaved();
    return [2, 3].reduce((part, axis) => {
      const start = pads[axis - 2]!;
      return slice(this.#tape, part, [start, start + this.#shape[axis]!], axis);
    }, whole);
  }

  #interleaved(): Tensor {
    const [tape, { stride }] = [this.#tape, this.#window];
    const [n, channels, height, width] = this.#phaseShape as [number, number, number, number];
    const zeros = (): Tensor =>
      tape.node('Expand', [tape.constant([0]), tape.integers(this.#phaseShape)], this.#phaseShape);
    const all = concatenate(
      tape,
      this.#phases.map((phase) => phase ?? zeros()),
      1,
    );
    const shape = [n, channels, height * stride, width * stride];
    return tape.node('DepthToSpace', [all], shape, { blocksize: stride });
  }
}

/** @param pads [top, left, bottom, right] */
const surrounded = (tape: Tape, x: Tensor, [top, left, bottom, right]: Window['pads']): Tensor => {
  const [n, channels, height, width] = x.shape as [number, number, number, number];
  const pads = tape.integers([0, 0, top, left, 0, 0, bottom, right]);
  const shape = [n, channels, height + top + bottom, width + left + right];
  return tape.node('Pad', [x, pads, tape.constant([LOWEST])], shape);
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
