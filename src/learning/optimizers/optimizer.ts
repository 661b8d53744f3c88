// What all optimisers are: updates of parameters as nodes of the graph that also computes the gradients.

import type { Tape, Tensor } from '../../autodiff/tape.ts';
import { FramesiftError } from '../../base/errors.ts';
import { invalidOption } from '../../base/option-checks.ts';

/** One parameter at one step; all but the last two are of the parameter's shape. */
export interface ParameterStep {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** In the order of {@link Optimizer.states}. */
  readonly states: readonly Tensor[];
  /** []; an input of the graph, as it changes from step to step. */
  readonly learningRate: Tensor;
  /** [] float32: 1 at the first step, and one more at each. */
  readonly step: Tensor;
}

export interface UpdatedParameter {
  readonly parameter: Tensor;
  readonly states: readonly Tensor[];
}

export interface Optimizer {
  readonly name: string;
  /** What is kept of each parameter from step to step: of its shape, 0 before the first. */
  readonly states: readonly string[];
  /** Writes the update of one parameter. No gradient flows through it. */
  readonly update: (tape: Tape, step: ParameterStep) => UpdatedParameter;
}

/** Options that are sums, shares and rates. @throws ERR_OPTION for one that is negative, or not below `end` */
export const requireRates = (
  rates: Readonly<Record<string, number>>,
  end = Number.POSITIVE_INFINITY,
): void => {
  for (const [name, value] of Object.entries(rates)) {
    if (value >= 0 && value < end) continue;
    const range = end === Number.POSITIVE_INFINITY ? 'of at least 0' : `in [0, ${end})`;
    throw invalidOption(name, value, `a number ${range}`);
  }
};

/** Nesterov's momentum looks ahead along the momentum. @throws ERR_OPTION where there is none */
export const requireMomentum = (isNesterov: boolean, momentum: number): void => {
  if (!isNesterov || momentum > 0) return;
  throw new FramesiftError('ERR_OPTION', 'isNesterov needs a momentum above 0, such as 0.9.', {
    facts: { momentum },
  });
};
