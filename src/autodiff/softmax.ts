// Softmax, in logarithms.
import { multiply, negate, scale } from './arithmetic.ts';
import { sum } from './reductions.ts';
import { sizeOf, type Tape, type Tensor } from './tape.ts';

/** Logarithm of softmax along the last axis. @param x [n, c] @returns [n, c] */
export const logSoftmax = (tape: Tape, x: Tensor): Tensor => {
  const logits = tape.node('LogSoftmax', [x], x.shape, { axis: 1 });
  return tape.record(logits, [x], (gradient) => {
    const shares = tape.node('Exp', [logits], x.shape);
    const total = tape.node('ReduceSum', [gradient, tape.integers([1])], [x.shape[0]!, 1], { keepdims: 1 });
    return [tape.node('Sub', [gradient, multiply(tape, shares, total)], x.shape)];
  });
};

/**
 * Mean cross entropy of softmax.
 *
 * @param logits [n, c]
 * @param targets for each row the class, in [0, c)
 * @returns []
 */
export const crossEntropy = (tape: Tape, logits: Tensor, targets: readonly number[]): Tensor => {
  const [rows, classes] = logits.shape;
  const isTarget = new Float32Array(sizeOf(logits.shape));
  for (const [row, target] of targets.entries()) isTarget[row * classes! + target] = 1;
  const picked = multiply(tape, logSoftmax(tape, logits), tape.constant(isTarget, logits.shape));
  return negate(tape, scale(tape, sum(tape, picked), 1 / rows!));
};
