// Operators that move numbers and leave them as they are.
import { sizeOf, type Tape, type Tensor } from './tape.ts';

/** The same numbers in the same order, in another shape. */
export const reshape = (tape: Tape, x: Tensor, shape: readonly number[]): Tensor => {
  if (sizeOf(shape) !== sizeOf(x.shape))
    throw new Error(`[${x.shape.join(', ')}] cannot be reshaped to [${shape.join(', ')}]`);
  return tape.record(tape.node('Reshape', [x, tape.integers(shape)], shape), [x], (gradient) => [
    reshape(tape, gradient, x.shape),
  ]);
};

/** Axis i of the result is axis `axes[i]` of x. */
export const transpose = (tape: Tape, x: Tensor, axes: readonly number[]): Tensor => {
  const inverse = axes.map((_, axis) => axes.indexOf(axis));
  const shape = axes.map((axis) => x.shape[axis]!);
  return tape.record(tape.node('Transpose', [x], shape, { perm: axes }), [x], (gradient) => [
    transpose(tape, gradient, inverse),
  ]);
};

/** One after another along an axis. */
export const concatenate = (tape: Tape, parts: readonly Tensor[], axis = 0): Tensor => {
  const lengths = parts.map(({ shape }) => shape[axis]!);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const shape = parts[0]!.shape.with(axis, total);
  return tape.record(tape.node('Concat', parts, shape, { axis }), parts, (gradient) => {
    let start = 0;
    return parts.map((_, i) => {
      const end = start + lengths[i]!;
      const part = slice(tape, gradient, [start, end], axis);
      start = end;
      return part;
    });
  });
};

/** The part `[start, end)` of an axis. */
export const slice = (tape: Tape, x: Tensor, [start, end]: readonly [number, number], axis = 0): Tensor => {
  const length = x.shape[axis]!;
  if (start === 0 && end === length) return x;
  const bounds = [[start], [end], [axis]].map((each) => tape.integers(each));
  const part = tape.node('Slice', [x, ...bounds], x.shape.with(axis, end - start));
  return tape.record(part, [x], (gradient) => {
    const before = x.shape.map((_, each) => (each === axis ? start : 0));
    const after = x.shape.map((_, each) => (each === axis ? length - end : 0));
    return [tape.node('Pad', [gradient, tape.integers([...before, ...after])], x.shape)];
  });
};

/** With zeros around it: so many before and after, along each axis. */
export const pad = (tape: Tape, x: Tensor, before: readonly number[], after: readonly number[]): Tensor => {
  const shape = x.shape.map((length, axis) => length + before[axis]! + after[axis]!);
  return tape.record(tape.node('Pad', [x, tape.integers([...before, ...after])], shape), [x], (gradient) => [
    x.shape.reduce(
      (part, length, axis) => slice(tape, part, [before[axis]!, before[axis]! + length], axis),
      gradient,
    ),
  ]);
};

/** Rows in another order. @param order int64 [rows]: row i of the result is row `order[i]` @param inverse its inverse */
export const permuteRows = (tape: Tape, x: Tensor, order: Tensor, inverse: Tensor): Tensor =>
  tape.record(tape.node('Gather', [x, order], x.shape, { axis: 0 }), [x], (gradient) => [
    tape.node('Gather', [gradient, inverse], x.shape, { axis: 0 }),
  ]);
