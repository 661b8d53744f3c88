// Batch normalisation, as it is while a network is trained.
import { reshape } from './layout.ts';
import { sizeOf, type Tape, type Tensor } from './tape.ts';

export interface BatchNormOptions {
  /** Into so many equal parts the batch is cut, each with a mean and variance of its own. Default 1. */
  readonly splits?: number;
  /** Default 1e-5. */
  readonly epsilon?: number;
  /** Scale and shift of each channel, [channels]; none where left out (PyTorch's `affine=False`). */
  readonly affine?: { readonly weight: Tensor; readonly bias: Tensor } | undefined;
}

export interface BatchNormResult {
  readonly output: Tensor;
  /** What each part of the batch has, [splits, channels]. No gradient flows through them. */
  readonly mean: Tensor;
  /** Unbiased, as it goes into running averages. */
  readonly variance: Tensor;
}

/**
 * (x − mean) / √(variance + ε) · weight + bias, with mean and variance of each channel over the batch (Ioffe and Szegedy
 * 2015; in parts: as Lightly's `SplitBatchNorm`, which deals rows out in turn where parts
 * are together here).
 *
 * @param x [n, channels] or [n, channels, height, width]; n a multiple of `splits`
 */
export const batchNorm = (
  tape: Tape,
  x: Tensor,
  { splits = 1, epsilon = 1e-5, affine }: BatchNormOptions = {},
): BatchNormResult => {
  const [n, channels, ...rest] = x.shape as [number, number, ...number[]];
  const places = sizeOf(rest);
  const statistics = new Statistics(tape, n, channels, places, splits);
  const flat = reshape(tape, x, [n, channels, places]);
  const mean = statistics.mean('ReduceSum', flat);
  const centred = tape.node('Sub', [flat, statistics.forEachRow(mean)], flat.shape);
  const variance = statistics.mean('ReduceSumSquare', centred);
  const shifted = tape.node('Add', [variance, tape.constant([epsilon])], variance.shape);
  const rate = tape.node('Reciprocal', [tape.node('Sqrt', [shifted], variance.shape)], variance.shape);
  const factor = affine === undefined ? rate : tape.node('Mul', [rate, affine.weight], rate.shape);
  const scaled = tape.node('Mul', [centred, statistics.forEachRow(factor)], flat.shape);
  const normalized =
    affine === undefined
      ? scaled
      : tape.node('Add', [scaled, view(tape, affine.bias, [1, channels, 1])], flat.shape);
  const inputs = affine === undefined ? [flat] : [flat, affine.weight, affine.bias];
  const recorded = tape.record(normalized, inputs, (gradient) => {
    const products = tape.node('Mul', [gradient, centred], flat.shape);
    const [meanGradient, meanProduct] = [
      statistics.mean('ReduceSum', gradient),
      statistics.mean('ReduceSum', products),
    ];
    // factor · (gradient − mean gradient − centred · rate² · mean product)
    const slope = tape.node(
      'Mul',
      [factor, tape.node('Mul', [meanProduct, tape.node('Mul', [rate, rate], rate.shape)], rate.shape)],
      rate.shape,
    );
    const offset = tape.node('Mul', [factor, meanGradient], rate.shape);
    const ofGradient = tape.node('Mul', [gradient, statistics.forEachRow(factor)], flat.shape);
    const ofPlace = tape.node('Mul', [centred, statistics.forEachRow(slope)], flat.shape);
    const difference = tape.node('Sub', [ofGradient, ofPlace], flat.shape);
    const ofX = tape.node('Sub', [difference, statistics.forEachRow(offset)], flat.shape);
    if (affine === undefined) return [ofX];
    const perPart = tape.node('Mul', [meanProduct, rate], rate.shape);
    return [ofX, statistics.total(perPart), statistics.total(meanGradient)];
  });
  return {
    output: reshape(tape, recorded, x.shape),
    mean,
    variance: statistics.unbiased(variance),
  };
};

/** Sums over parts of a batch, and their way back to its rows. */
class Statistics {
  readonly #tape: Tape;
  readonly #n: number;
  readonly #channels: number;
  readonly #splits: number;
  /** Numbers of one channel in one part. */
  readonly #count: number;

  constructor(tape: Tape, n: number, channels: number, places: number, splits: number) {
    if (n % splits !== 0) throw new Error(`a batch of ${n} cannot be cut into ${splits} equal parts`);
    this.#tape = tape;
    this.#n = n;
    this.#channels = channels;
    this.#splits = splits;
    this.#count = (n / splits) * places;
  }

  /** @param x [n, channels, places] @returns [splits, channels] */
  mean(reduction: 'ReduceSum' | 'ReduceSumSquare', x: Tensor): Tensor {
    const tape = this.#tape;
    const [rows, parts] = [
      [this.#n, this.#channels],
      [this.#splits, this.#channels],
    ];
    // In two steps, as the runtime is fast where the reduced axes are together.
    const ofRows = tape.node(reduction, [x, tape.integers([2])], rows, { keepdims: 0 });
    const grouped = view(tape, ofRows, [this.#splits, this.#n / this.#splits, this.#channels]);
    const sums = tape.node('ReduceSum', [grouped, tape.integers([1])], parts, { keepdims: 0 });
    return tape.node('Mul', [sums, tape.constant([1 / this.#count])], parts);
  }

  /** @param parts [splits, channels] @returns [n, channels, 1], or what is broadcast to that */
  forEachRow(parts: Tensor): Tensor {
    const tape = this.#tape;
    if (this.#splits === 1) return view(tape, parts, [1, this.#channels, 1]);
    const full = [this.#splits, this.#n / this.#splits, this.#channels];
    const apart = view(tape, parts, [this.#splits, 1, this.#channels]);
    const repeated = tape.node('Expand', [apart, tape.integers(full)], full);
    return view(tape, repeated, [this.#n, this.#channels, 1]);
  }

  /** Of means, what all parts come to. @param means [splits, channels] @returns [channels] */
  total(means: Tensor): Tensor {
    const tape = this.#tape;
    const sums = tape.node('ReduceSum', [means, tape.integers([0])], [this.#channels], { keepdims: 0 });
    return tape.node('Mul', [sums, tape.constant([this.#count])], sums.shape);
  }

  unbiased(variance: Tensor): Tensor {
    const factor = this.#count / Math.max(1, this.#count - 1);
    return this.#tape.node('Mul', [variance, this.#tape.constant([factor])], variance.shape);
  }
}

const view = (tape: Tape, x: Tensor, shape: readonly number[]): Tensor =>
  tape.node('Reshape', [x, tape.integers(shape)], shape);
