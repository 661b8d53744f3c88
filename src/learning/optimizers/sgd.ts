import { add, multiply, scale, subtract } from '../../autodiff/arithmetic.ts';
import type { Tape, Tensor } from '../../autodiff/tape.ts';
import type { UpdatedParameter } from './optimizer.ts';
import { type Optimizer, type ParameterStep, requireMomentum, requireRates } from './optimizer.ts';

export interface SgdOptions {
  /** What of the last step's direction goes on; in [0, 1). Default 0. */
  readonly momentum?: number | undefined;
  /** So much of the parameter is added to its gradient. Default 0. */
  readonly weightDecay?: number | undefined;
  /** Whether the step goes to where the momentum leads next. Default false. */
  readonly isNesterov?: boolean | undefined;
}

/** Stochastic gradient descent as PyTorch's `SGD`, without dampening. @throws ERR_OPTION */
export const sgd = ({ momentum = 0, weightDecay = 0, isNesterov = false }: SgdOptions = {}): Optimizer => {
  requireRates({ momentum }, 1);
  requireRates({ weightDecay });
  requireMomentum(isNesterov, momentum);
  return {
    name: 'sgd',
    states: momentum === 0 ? [] : ['momentum'],
    update: (tape, step) => {
      const parameter = tape.detach(step.parameter);
      const direction =
        weightDecay === 0 ? step.gradient : add(tape, step.gradient, scale(tape, parameter, weightDecay));
      return descend(tape, { ...step, parameter, gradient: direction }, momentum, isNesterov);
    },
  };
};

/** A step along `gradient`, or along what it makes of the momentum. */
export const descend = (
  tape: Tape,
  { parameter, gradient, states, learningRate }: ParameterStep,
  momentum: number,
  isNesterov: boolean,
): UpdatedParameter => {
  const along = (direction: Tensor): Tensor =>
    subtract(tape, parameter, multiply(tape, direction, learningRate));
  if (momentum === 0) return { parameter: along(gradient), states: [] };
  const moved = add(tape, scale(tape, states[0]!, momentum), gradient);
  const direction = isNesterov ? add(tape, gradient, scale(tape, moved, momentum)) : moved;
  return { parameter: along(direction), states: [moved] };
};
