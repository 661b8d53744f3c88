import { add, divide, multiply, scale, shift } from '../../autodiff/arithmetic.ts';
import type { Tape, Tensor } from '../../autodiff/tape.ts';
import { type Optimizer, requireMomentum, requireRates } from './optimizer.ts';
import { descend } from './sgd.ts';

export interface LarsOptions {
  /** In [0, 1). Default 0.9. */
  readonly momentum?: number | undefined;
  /** So much of the parameter is added to its gradient. Default 1e-6; with 0 nothing is adapted either (Lightly). */
  readonly weightDecay?: number | undefined;
  /** Whether the step goes to where the momentum leads next. Default false. */
  readonly isNesterov?: boolean | undefined;
  /** How long a step is, as a share of the parameter's length, at a learning rate of 1. Default 0.001. */
  readonly trustCoefficient?: number | undefined;
  /** Default 1e-8. */
  readonly epsilon?: number | undefined;
}

/**
 * Gradient descent whose steps are as long as the parameters themselves allow (You et al. 2017), as Lightly's `LARS`.
 * Biases and the scales of norms, which have one dimension, are neither adapted nor decayed, as in Lightly's examples.
 *
 * @throws ERR_OPTION
 */
export const lars = ({
  momentum = 0.9,
  weightDecay = 1e-6,
  isNesterov = false,
  trustCoefficient = 1e-3,
  epsilon = 1e-8,
}: LarsOptions = {}): Optimizer => {
  requireRates({ momentum }, 1);
  requireRates({ weightDecay, trustCoefficient, epsilon });
  requireMomentum(isNesterov, momentum);
  return {
    name: 'lars',
    states: momentum === 0 ? [] : ['momentum'],
    update: (tape, step) => {
      const parameter = tape.detach(step.parameter);
      const isAdapted = weightDecay !== 0 && parameter.shape.length > 1;
      if (!isAdapted) return descend(tape, { ...step, parameter }, momentum, isNesterov);
      const decayed = add(tape, step.gradient, scale(tape, parameter, weightDecay));
      const [length, slope] = [lengthOf(tape, parameter), lengthOf(tape, step.gradient)];
      const whole = shift(tape, add(tape, slope, scale(tape, length, weightDecay)), epsilon);
      const trust = divide(tape, scale(tape, length, trustCoefficient), whole);
      // A parameter of zeros steps along its gradient as it is; without a gradient nothing moves, nor decays.
      const rate = whereZero(tape, length, 1, whereZero(tape, slope, 0, trust));
      return descend(
        tape,
        { ...step, parameter, gradient: multiply(tape, decayed, rate) },
        momentum,
        isNesterov,
      );
    },
  };
};

/** Euclidean length of all numbers, []. */
const lengthOf = (tape: Tape, x: Tensor): Tensor => {
  const axes = tape.integers(x.shape.map((_, axis) => axis));
  return tape.node('Sqrt', [tape.node('ReduceSumSquare', [x, axes], [], { keepdims: 0 })], []);
};

const whereZero = (tape: Tape, x: Tensor, then: number, otherwise: Tensor): Tensor =>
  tape.node('Where', [tape.node('Equal', [x, tape.constant([0])], []), tape.constant([then]), otherwise], []);
