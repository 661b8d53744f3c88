// Sums and means.
import { multiply, scale } from './arithmetic.ts';
import { sizeOf, type Tape, type Tensor } from './tape.ts';

/** Sum over axes; over all, to a scalar, where none are given. Axes stay, with length 1, where `keep` says so. */
export const sum = (tape: Tape, x: Tensor, axes = allAxes(x), keep = false): Tensor => {
  const kept = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const shape = keep ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  const total = tape.node('ReduceSum', [x, tape.integers(axes)], shape, { keepdims: keep ? 1 : 0 });
  return tape.record(total, [x], (gradient) => {
    const stretched = tape.node('Reshape', [gradient, tape.integers(kept)], kept);
    return [tape.node('Expand', [stretched, tape.integers(x.shape)], x.shape)];
  });
};

/** Mean over axes, as {@link sum}. */
export const mean = (tape: Tape, x: Tensor, axes = allAxes(x), keep = false): Tensor =>
  scale(tape, sum(tape, x, axes, keep), 1 / sizeOf(axes.map((axis) => x.shape[axis]!)));

/** Products of the rows of a with those of b of the same number. @param a [n, d] @param b [n, d] @returns [n, 1] */
export const rowProducts = (tape: Tape, a: Tensor, b: Tensor): Tensor =>
  sum(tape, multiply(tape, a, b), [1], true);

const allAxes = ({ shape }: Tensor): readonly number[] => shape.map((_, axis) => axis);
