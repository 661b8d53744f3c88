// Layers of networks: an operator with its weights.
import { add, scale } from '../../autodiff/arithmetic.ts';
import { batchNorm } from '../../autodiff/batch-norm.ts';
import { convolution } from '../../autodiff/convolution.ts';
import { reshape, slice } from '../../autodiff/layout.ts';
import { linear } from '../../autodiff/matrix.ts';
import { mean } from '../../autodiff/reductions.ts';
import { sizeOf, type Tape, type Tensor } from '../../autodiff/tape.ts';
import type { BatchParts, Scope } from './scope.ts';
import { filledWith, uniformByFanIn } from './weights.ts';

export interface ConvolutionLayerOptions {
  readonly channels: number;
  readonly size: number;
  readonly stride?: number;
  readonly padding?: number;
}

/** Convolution without bias. @param x [n, in, height, width] */
export const convolutionLayer = (
  scope: Scope,
  x: Tensor,
  { channels, size, ...options }: ConvolutionLayerOptions,
): Tensor => {
  const shape = [channels, x.shape[1]!, size, size];
  const weight = scope.parameter('weight', shape, uniformByFanIn(sizeOf(shape.slice(1))));
  return convolution(scope.tape, x, weight, options);
};

/** @param x [n, in] @returns [n, width] */
export const linearLayer = (scope: Scope, x: Tensor, width: number, hasBias = true): Tensor => {
  const inputs = x.shape[1]!;
  const weight = scope.parameter('weight', [width, inputs], uniformByFanIn(inputs));
  const bias = hasBias ? scope.parameter('bias', [width], uniformByFanIn(inputs)) : undefined;
  return linear(scope.tape, x, weight, bias);
};

/** Share of a batch in the running averages (PyTorch's default). */
const MOMENTUM = 0.1;
const EPSILON = 1e-5;

/** Batch norm: by the statistics of the batch while it is trained, by their running averages afterwards. */
export const normLayer = (scope: Scope, x: Tensor, isAffine = true): Tensor => {
  const shape = [x.shape[1]!];
  const buffer = (name: string, value: number): CarriedTensor => ({
    name,
    tensor: scope.buffer(name, shape, filledWith(value)),
  });
  return batchNormLayer(scope, x, {
    affine: isAffine
      ? {
          weight: scope.parameter('weight', shape, filledWith(1)),
          bias: scope.parameter('bias', shape, filledWith(0)),
        }
      : undefined,
    mean: buffer('running_mean', 0),
    variance: buffer('running_var', 1),
    epsilon: EPSILON,
    momentum: MOMENTUM,
  });
};

/** What is carried along, and its name in the scope. */
interface CarriedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

export interface BatchNormLayerOptions {
  readonly affine: { readonly weight: Tensor; readonly bias: Tensor } | undefined;
  /** Running averages, [channels]. */
  readonly mean: CarriedTensor;
  readonly variance: CarriedTensor;
  readonly epsilon: number;
  /** Share of a batch in the running averages. */
  readonly momentum: number;
}

/** {@link normLayer} with weights that are there. */
export const batchNormLayer = (
  scope: Scope,
  x: Tensor,
  { affine, mean: runningMean, variance: runningVariance, epsilon, momentum }: BatchNormLayerOptions,
): Tensor => {
  const { tape, parts } = scope;
  if (!scope.isTraining) {
    const shape = runningMean.tensor.shape;
    const { weight, bias } = affine ?? {
      weight: constantOf(tape, shape, 1),
      bias: constantOf(tape, shape, 0),
    };
    return tape.node(
      'BatchNormalization',
      [x, weight, bias, runningMean.tensor, runningVariance.tensor],
      x.shape,
      { epsilon: { float: epsilon } },
    );
  }
  const splits = parts.views * parts.numSplits;
  const { output, mean: means, variance } = batchNorm(tape, x, { splits, epsilon, affine });
  const carry = ({ name, tensor }: CarriedTensor, statistics: Tensor): void =>
    scope.updateBuffer(name, averaged(tape, tensor, statistics, parts, momentum));
  carry(runningMean, means);
  carry(runningVariance, variance);
  return output;
};

/** Moves a running average by each view in turn. @param statistics [views · numSplits, channels] */
const averaged = (
  tape: Tape,
  running: Tensor,
  statistics: Tensor,
  { views, numSplits }: Required<BatchParts>,
  momentum: number,
): Tensor => {
  const channels = running.shape[0]!;
  const grouped = reshape(tape, statistics, [views, numSplits, channels]);
  let average = running;
  for (let view = 0; view < views; view++) {
    const own = mean(tape, slice(tape, grouped, [view, view + 1]), [0, 1]);
    average = add(tape, scale(tape, average, 1 - momentum), scale(tape, own, momentum));
  }
  return average;
};

const constantOf = (tape: Tape, shape: readonly number[], value: number): Tensor =>
  tape.constant(new Float32Array(sizeOf(shape)).fill(value), shape);
