// Operators of ONNX as those of our own, which know their gradients.
import {
  add,
  clip,
  divide,
  hardSigmoid,
  hardSwish,
  multiply,
  relu,
  scale,
  sigmoid,
  subtract,
} from '../../autodiff/arithmetic.ts';
import { convolution } from '../../autodiff/convolution.ts';
import { concatenate, pad, reshape, transpose } from '../../autodiff/layout.ts';
import { matrixProduct } from '../../autodiff/matrix.ts';
import { averagePool, globalAveragePool, maxPool } from '../../autodiff/pooling.ts';
import { mean, sum } from '../../autodiff/reductions.ts';
import { sizeOf, type Tape, type Tensor } from '../../autodiff/tape.ts';
import { batchNormLayer } from './layers.ts';
import type { Call } from './onnx-call.ts';

/** @throws Error, saying why, for a way of use whose gradient is not known */
export type Operator = (call: Call) => Tensor;

const same: Operator = (call) => call.input(0);

const binary =
  (operator: (tape: Tape, a: Tensor, b: Tensor) => Tensor): Operator =>
  (call) =>
    operator(call.tape, call.input(0), call.input(1));

const unary =
  (operator: (tape: Tape, x: Tensor) => Tensor): Operator =>
  (call) =>
    operator(call.tape, call.input(0));

type Sides = readonly [top: number, left: number, bottom: number, right: number];

interface Window {
  readonly size: readonly [height: number, width: number];
  readonly stride: number;
  readonly padding: Sides;
}

/** How a kernel goes over a picture. @param x [n, channels, height, width] */
const windowOf = (call: Call, x: Tensor, kernel: readonly number[] | undefined): Window => {
  const [height, width, ...others] = kernel ?? [];
  if (height === undefined || width === undefined || others.length > 0 || x.shape.length !== 4)
    throw new Error('it is not over pictures');
  const [stride = 1, ...strides] = call.list('strides') ?? [];
  if (strides.some((each) => each !== stride)) throw new Error('its strides differ');
  if (call.list('dilations')?.some((each) => each !== 1)) throw new Error('it is dilated');
  const size = [height, width] as const;
  const padding = paddingOf(call, x, size, stride);
  const hasRest = size.some(
    (length, i) => (x.shape[2 + i]! + padding[i]! + padding[2 + i]! - length) % stride !== 0,
  );
  if (hasRest && call.number('ceil_mode', 0) !== 0) throw new Error('it rounds sizes up');
  return { size, stride, padding };
};

const paddingOf = (call: Call, x: Tensor, size: readonly [number, number], stride: number): Sides => {
  const way = call.text('auto_pad', 'NOTSET');
  if (way === 'VALID') return [0, 0, 0, 0];
  if (way === 'NOTSET') {
    const [top = 0, left = 0, bottom = 0, right = 0] = call.list('pads') ?? [];
    return [top, left, bottom, right];
  }
  // As many positions as the stride leaves of the picture.
  const [vertical, horizontal] = size.map((length, i) => {
    const side = x.shape[2 + i]!;
    return Math.max(0, (Math.ceil(side / stride) - 1) * stride + length - side);
  }) as [number, number];
  const first = way === 'SAME_LOWER' ? Math.ceil : Math.floor;
  const [top, left] = [first(vertical / 2), first(horizontal / 2)];
  return [top, left, vertical - top, horizontal - left];
};

const convolved: Operator = (call) => {
  const [x, weight] = [call.input(0), call.parameter(1)];
  const { stride, padding } = windowOf(call, x, weight.shape.slice(2));
  const groups = call.number('group', 1);
  const y = convolution(call.tape, x, weight, { stride, padding, groups });
  if (!call.has(2)) return y;
  const bias = call.parameter(2);
  return add(call.tape, y, reshape(call.tape, bias, [1, bias.shape[0]!, 1, 1]));
};

const normalized: Operator = (call) => {
  const [weight, bias] = [call.parameter(1), call.parameter(2)];
  return batchNormLayer(call.scope, call.input(0), {
    affine: { weight, bias },
    mean: call.buffer(3),
    variance: call.buffer(4),
    epsilon: call.number('epsilon', 1e-5),
    // ONNX says how much is kept.
    momentum: 1 - call.number('momentum', 0.9),
  });
};

const product: Operator = (call) => {
  if (call.number('alpha', 1) !== 1 || call.number('beta', 1) !== 1) throw new Error('it is scaled');
  if (call.number('transA', 0) !== 0) throw new Error('it turns its input');
  const transposeB = call.number('transB', 0) === 1;
  const y = matrixProduct(call.tape, call.input(0), call.parameter(1), { transposeB });
  return call.has(2) ? add(call.tape, y, call.parameter(2)) : y;
};

const clipped: Operator = (call) => {
  const bound = (place: number, attribute: 'min' | 'max', none: number): number =>
    call.has(place) ? call.numbers(place)[0]! : call.number(attribute, none);
  return clip(call.tape, call.input(0), bound(1, 'min', -3.4e38), bound(2, 'max', 3.4e38));
};

/** Max(x, 0) − slope · max(−x, 0). */
const leaky: Operator = (call) => {
  const [tape, x] = [call.tape, call.input(0)];
  const below = relu(tape, scale(tape, x, -1));
  return subtract(tape, relu(tape, x), scale(tape, below, call.number('alpha', 0.01)));
};

/** Zeros around pictures. */
const padded: Operator = (call) => {
  if (
    call.text('mode', 'constant') !== 'constant' ||
    (call.has(2) ? call.numbers(2)[0]! : call.number('value', 0)) !== 0
  )
    throw new Error('it pads with something else than zeros');
  const pads = call.has(1) ? call.numbers(1) : (call.list('pads') ?? []);
  const x = call.input(0);
  const rank = x.shape.length;
  const axes = call.has(3) ? call.numbers(3).map((axis) => (axis + rank) % rank) : [...x.shape.keys()];
  const [before, after] = [0, axes.length].map((from) => {
    const around = x.shape.map(() => 0);
    for (const [i, axis] of axes.entries()) around[axis] = pads[from + i]!;
    return around;
  }) as [number[], number[]];
  if (before[0] !== 0 || after[0] !== 0) throw new Error('it pads the batch');
  if (pads.some((each) => each < 0)) throw new Error('it cuts off');
  return pad(call.tape, x, before, after);
};

const reducedBy =
  (reduction: typeof mean): Operator =>
  (call) => {
    const x = call.input(0);
    const axes = axesOf(call, x.shape.length);
    if (axes === undefined || axes.includes(0)) throw new Error('it is over the batch');
    return reduction(call.tape, x, axes, call.number('keepdims', 1) === 1);
  };

/** The same numbers of each picture in another shape; pictures stay apart. */
const reshaped = (call: Call, wanted: readonly number[]): Tensor => {
  const x = call.input(0);
  const [n, ...rest] = x.shape as [number, ...number[]];
  const [first, ...others] = wanted.map((length, axis) => (length === 0 ? x.shape[axis]! : length));
  if (first !== -1 && first !== n) throw new Error('it does not leave the batch as it is');
  const known = sizeOf(others.filter((length) => length !== -1));
  const shape = others.map((length) => (length === -1 ? sizeOf(rest) / known : length));
  if (sizeOf(shape) !== sizeOf(rest))
    throw new Error(`[${rest.join(', ')}] does not fit into [${shape.join(', ')}]: is it for another size?`);
  return reshape(call.tape, x, [n, ...shape]);
};

/** From the end where negative. @param rank of what the axes are of */
const axesOf = (call: Call, rank: number): readonly number[] | undefined =>
  axesGiven(call)?.map((axis) => (axis < 0 ? axis + rank : axis));

/** An input, or in older operator sets an attribute. */
const axesGiven = (call: Call): readonly number[] | undefined =>
  call.has(1) ? call.numbers(1) : call.list('axes');

const squeezed: Operator = (call) => {
  const [, ...lengths] = call.input(0).shape;
  const axes = axesOf(call, lengths.length + 1);
  const isLeftOut = (length: number, axis: number): boolean => axes?.includes(axis) ?? length === 1;
  return reshaped(call, [0, ...lengths.filter((length, i) => !isLeftOut(length, i + 1))]);
};

const unsqueezed: Operator = (call) => {
  const { shape } = call.input(0);
  const axes = axesOf(call, shape.length + (axesGiven(call)?.length ?? 0)) ?? [];
  const wanted = [...shape];
  for (const axis of [...axes].sort((a, b) => a - b)) wanted.splice(axis, 0, 1);
  return reshaped(call, axes.includes(0) ? wanted : wanted.with(0, 0));
};

export type NumberOperator = (call: Call) => readonly number[];

const ofPairs =
  (operator: (a: number, b: number) => number): NumberOperator =>
  (call) => {
    const [a, b] = [call.numbers(0), call.numbers(1)];
    const at = (list: readonly number[], i: number): number => list[list.length === 1 ? 0 : i]!;
    return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => operator(at(a, i), at(b, i)));
  };

const numbersAsTheyAre: NumberOperator = (call) => call.numbers(0);

/** Exporters write down how shapes are computed; they are known here. A batch that is not is 0, which stands for it in Reshape. */
export const NUMBER_OPERATORS: Readonly<Record<string, NumberOperator>> = {
  Add: ofPairs((a, b) => a + b),
  Cast: numbersAsTheyAre,
  Concat: (call) => Array.from({ length: call.inputCount }, (_, place) => call.numbers(place)).flat(),
  Div: ofPairs((a, b) => Math.trunc(a / b)),
  Gather: (call) => {
    const list = call.numbers(0);
    return call.numbers(1).map((place) => list.at(place)!);
  },
  Identity: numbersAsTheyAre,
  Mul: ofPairs((a, b) => a * b),
  Shape: (call) => call.input(0).shape.slice(call.number('start', 0), call.number('end', Infinity)),
  Slice: (call) => {
    const [start = 0, end = Infinity] = [call.numbers(1)[0], call.numbers(2)[0]];
    if (call.has(4) && call.numbers(4)[0] !== 1) throw new Error('it takes every other number');
    return call.numbers(0).slice(start, end);
  },
  Squeeze: numbersAsTheyAre,
  Sub: ofPairs((a, b) => a - b),
  Unsqueeze: numbersAsTheyAre,
};

/** By their names in ONNX; of several outputs, the first. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  Add: binary(add),
  AveragePool: (call) => {
    const x = call.input(0);
    const countsPadding = call.number('count_include_pad', 0) === 1;
    return averagePool(call.tape, x, { ...windowOf(call, x, call.list('kernel_shape')), countsPadding });
  },
  BatchNormalization: normalized,
  Clip: clipped,
  Concat: (call) => {
    const parts = Array.from({ length: call.inputCount }, (_, place) => call.input(place));
    const axis = call.number('axis', 1);
    const place = axis < 0 ? axis + parts[0]!.shape.length : axis;
    if (place === 0) throw new Error('it joins batches');
    return concatenate(call.tape, parts, place);
  },
  Conv: convolved,
  Div: binary(divide),
  Dropout: same,
  Flatten: (call) => {
    if (call.number('axis', 1) !== 1) throw new Error('it does not leave the batch as it is');
    return reshaped(call, [0, -1]);
  },
  Gemm: product,
  GlobalAveragePool: (call) => {
    const x = call.input(0);
    return reshape(call.tape, globalAveragePool(call.tape, x), [x.shape[0]!, x.shape[1]!, 1, 1]);
  },
  HardSigmoid: (call) =>
    hardSigmoid(call.tape, call.input(0), call.number('alpha', 0.2), call.number('beta', 0.5)),
  HardSwish: unary(hardSwish),
  Identity: same,
  LeakyRelu: leaky,
  MatMul: product,
  MaxPool: (call) => {
    const x = call.input(0);
    return maxPool(call.tape, x, windowOf(call, x, call.list('kernel_shape')));
  },
  Mul: binary(multiply),
  Pad: padded,
  ReduceMean: reducedBy(mean),
  ReduceSum: reducedBy(sum),
  Relu: unary(relu),
  Reshape: (call) => reshaped(call, call.numbers(1)),
  Sigmoid: unary(sigmoid),
  Squeeze: squeezed,
  Sub: binary(subtract),
  Transpose: (call) => {
    const x = call.input(0);
    const axes = call.list('perm') ?? [...x.shape.keys()].reverse();
    if (axes[0] !== 0) throw new Error('it moves the batch');
    return transpose(call.tape, x, axes);
  },
  Unsqueeze: unsqueezed,
};
