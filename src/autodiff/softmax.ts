// Softmax, in logarithms.
import { multiply, negate, scale } from './arithmetic.ts';
import { sum } from './reductions.ts';
import type { Tape, Tensor } from './tape.ts';

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
