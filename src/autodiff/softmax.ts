// Softmax, in logarithms.
import { multiply, negate, scale } from './arithmetic.ts';
import { sum } from './reductions.ts';
import type { Tape, Tensor } from './tape.ts';

/**
 * Logarithm of softmax along the last axis. In single steps, since graphics cards (WebGPU) have no operator for it.
 *
 * @param x [n, c] @returns [n, c]
 */
export const logSoftmax = (tape: Tape, x: Tensor): Tensor => {
  const column = [x.shape[0]!, 1];
  const ofRows = (reduction: 'ReduceMax' | 'ReduceSum', each: Tensor): Tensor =>
    tape.node(reduction, [each, tape.integers([1])], column, { keepdims: 1 });
  // Exponentials of what is at most 0 stay within bounds.
  const below = tape.node('Sub', [x, ofRows('ReduceMax', x)], x.shape);
  const sums = ofRows('ReduceSum', tape.node('Exp', [below], x.shape));
  const logits = tape.node('Sub', [below, tape.node('Log', [sums], column)], x.shape);
  return tape.record(logits, [x], (gradient) => {
    const shares = tape.node('Exp', [logits], x.shape);
    const total = ofRows('ReduceSum', gradient);
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
  const [rows, classes] = logits.shape as [number, number];
  // Compared in the graph: a constant of [n, c] would be as large as all that is computed.
  const isTarget = tape.node(
    'Equal',
    [
      tape.constant(targets, [rows, 1]),
      tape.constant(
        Float32Array.from({ length: classes }, (_, i) => i),
        [1, classes],
      ),
    ],
    logits.shape,
  );
  const ofTarget = (x: Tensor): Tensor => tape.node('Where', [isTarget, x, tape.constant([0])], logits.shape);
  const all = logSoftmax(tape, logits);
  const picked = tape.record(ofTarget(all), [all], (gradient) => [ofTarget(gradient)]);
  return negate(tape, scale(tape, sum(tape, picked), 1 / rows));
};
