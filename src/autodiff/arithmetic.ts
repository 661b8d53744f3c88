// Operators on numbers one by one. Shapes are broadcast as in NumPy: from the right, lengths of 1 stretch.

import { reshape } from './layout.ts';
import { sizeOf, type Tape, type Tensor } from './tape.ts';

/** a + b. */
export const add = (tape: Tape, a: Tensor, b: Tensor): Tensor =>
  tape.record(tape.node('Add', [a, b], broadcast(a, b)), [a, b], (gradient) => [
    unbroadcast(tape, gradient, a.shape),
    unbroadcast(tape, gradient, b.shape),
  ]);

/** a − b. */
export const subtract = (tape: Tape, a: Tensor, b: Tensor): Tensor =>
  tape.record(tape.node('Sub', [a, b], broadcast(a, b)), [a, b], (gradient) => [
    unbroadcast(tape, gradient, a.shape),
    tape.isTracked(b) ? unbroadcast(tape, negate(tape, gradient), b.shape) : undefined,
  ]);

/** a · b. */
export const multiply = (tape: Tape, a: Tensor, b: Tensor): Tensor =>
  tape.record(tape.node('Mul', [a, b], broadcast(a, b)), [a, b], (gradient) => [
    tape.isTracked(a) ? unbroadcast(tape, multiply(tape, gradient, b), a.shape) : undefined,
    tape.isTracked(b) ? unbroadcast(tape, multiply(tape, gradient, a), b.shape) : undefined,
  ]);

/** a / b. */
export const divide = (tape: Tape, a: Tensor, b: Tensor): Tensor => {
  const quotient = tape.node('Div', [a, b], broadcast(a, b));
  return tape.record(quotient, [a, b], (gradient) => {
    const part = divide(tape, gradient, b);
    return [
      unbroadcast(tape, part, a.shape),
      tape.isTracked(b)
        ? unbroadcast(tape, negate(tape, multiply(tape, part, quotient)), b.shape)
        : undefined,
    ];
  });
};

/** −x. */
export const negate = (tape: Tape, x: Tensor): Tensor =>
  tape.record(tape.node('Neg', [x], x.shape), [x], (gradient) => [negate(tape, gradient)]);

/** x · factor. */
export const scale = (tape: Tape, x: Tensor, factor: number): Tensor =>
  factor === 1 ? x : multiply(tape, x, tape.constant([factor]));

/** x + summand. */
export const shift = (tape: Tape, x: Tensor, summand: number): Tensor =>
  add(tape, x, tape.constant([summand]));

/** x². */
export const square = (tape: Tape, x: Tensor): Tensor =>
  tape.record(tape.node('Mul', [x, x], x.shape), [x], (gradient) => [
    multiply(tape, gradient, scale(tape, x, 2)),
  ]);

/** √x, for x above 0. */
export const squareRoot = (tape: Tape, x: Tensor): Tensor => {
  const root = tape.node('Sqrt', [x], x.shape);
  return tape.record(root, [x], (gradient) => [divide(tape, scale(tape, gradient, 0.5), root)]);
};

/** The slope of a step that is as good as one: of what is above 1e-30 it makes 1. */
export const STEEP = { alpha: { float: 1e30 }, beta: { float: 0 } };

/** max(x, 0); at 0 the derivative is 0, as in PyTorch. */
export const relu = (tape: Tape, x: Tensor): Tensor => {
  const rectified = tape.node('Relu', [x], x.shape);
  return tape.record(rectified, [x], (gradient) => {
    // Of the output, and not x, which then need not be kept. A condition would be computed on one thread, and brought
    // from a graphics card into memory and back.
    const isAbove = tape.node('HardSigmoid', [rectified], x.shape, STEEP);
    return [tape.node('Mul', [gradient, isAbove], x.shape)];
  });
};

/** 1 / (1 + e⁻ˣ). */
export const sigmoid = (tape: Tape, x: Tensor): Tensor => {
  const y = tape.node('Sigmoid', [x], x.shape);
  return tape.record(y, [x], (gradient) => {
    const slope = tape.node('Mul', [y, tape.node('Sub', [tape.constant([1]), y], x.shape)], x.shape);
    return [tape.node('Mul', [gradient, slope], x.shape)];
  });
};

/** max(0, min(1, alpha · x + beta)); where it bends the derivative is 0, as in PyTorch. */
export const hardSigmoid = (tape: Tape, x: Tensor, alpha: number, beta: number): Tensor => {
  const attributes = { alpha: { float: alpha }, beta: { float: beta } };
  const y = tape.node('HardSigmoid', [x], x.shape, attributes);
  return tape.record(y, [x], (gradient) => [scale(tape, between(tape, gradient, y, 0, 1), alpha)]);
};

/** x · max(0, min(1, x / 6 + 1/2)). */
export const hardSwish = (tape: Tape, x: Tensor): Tensor =>
  multiply(tape, x, hardSigmoid(tape, x, 1 / 6, 0.5));

/** A bound as far away as float32 goes, or farther, is none. */
const FARTHEST = 3.4e38;

/** min(max(x, least), most), least below most; at the bounds the derivative is 0, as of PyTorch's `hardtanh`. */
export const clip = (tape: Tape, x: Tensor, least: number, most: number): Tensor => {
  const clipped = tape.node('Clip', [x, tape.constant([least]), tape.constant([most])], x.shape);
  return tape.record(clipped, [x], (gradient) => [between(tape, gradient, clipped, least, most)]);
};

/**
 * The gradient where y, which stays within its bounds, is at neither; elsewhere 0. As of {@link relu}, by a steep step of
 * the output, and not by conditions: their tensors of bool are computed on one thread, and leave a graphics card. One step
 * does for both bounds: the product of the distances to them is above 0 between them, and exactly 0 at each.
 */
const between = (tape: Tape, gradient: Tensor, y: Tensor, least: number, most: number): Tensor => {
  const distances: Tensor[] = [];
  if (least > -FARTHEST)
    distances.push(least === 0 ? y : tape.node('Sub', [y, tape.constant([least])], y.shape));
  if (most < FARTHEST) distances.push(tape.node('Sub', [tape.constant([most]), y], y.shape));
  const [first, second] = distances;
  if (first === undefined) return gradient;
  const distance = second === undefined ? first : tape.node('Mul', [first, second], y.shape);
  const isBetween = tape.node('HardSigmoid', [distance], y.shape, STEEP);
  return tape.node('Mul', [gradient, isBetween], y.shape);
};

const broadcast = ({ shape: a }: Tensor, { shape: b }: Tensor): readonly number[] => {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [ofA, ofB] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (ofA !== ofB && ofA !== 1 && ofB !== 1)
      throw new Error(`shapes [${a.join(', ')}] and [${b.join(', ')}] do not fit together`);
    return ofA === 1 ? ofB : ofA;
  });
};

/** Adds up what was stretched. */
const unbroadcast = (tape: Tape, gradient: Tensor, shape: readonly number[]): Tensor => {
  const { shape: full } = gradient;
  const added = full.length - shape.length;
  const axes = full.flatMap((length, axis) =>
    axis < added || (shape[axis - added] === 1 && length !== 1) ? [axis] : [],
  );
  if (axes.length === 0) return gradient;
  const kept = full.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const sum = tape.node('ReduceSum', [gradient, tape.integers(axes)], kept, { keepdims: 1 });
  return sizeOf(kept) === sizeOf(shape) && added === 0 ? sum : reshape(tape, sum, shape);
};
