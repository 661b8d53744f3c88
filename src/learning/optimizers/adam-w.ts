import {
  add,
  divide,
  multiply,
  scale,
  shift,
  square,
  squareRoot,
  subtract,
} from '../../autodiff/arithmetic.ts';
import type { Tape, Tensor } from '../../autodiff/tape.ts';
import { type Optimizer, requireRates } from './optimizer.ts';

export interface AdamWOptions {
  /** How slowly the averages of gradients and of their squares follow; both in [0, 1). Default 0.9 and 0.999. */
  readonly betas?: readonly [number, number] | undefined;
  /** Default 1e-8. */
  readonly epsilon?: number | undefined;
  /** So much of every parameter, times the learning rate, goes away at each step. Default 0.01. */
  readonly weightDecay?: number | undefined;
}

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's `AdamW`. @throws ERR_OPTION */
export const adamW = ({
  betas: [beta1, beta2] = [0.9, 0.999],
  epsilon = 1e-8,
  weightDecay = 0.01,
}: AdamWOptions = {}): Optimizer => {
  requireRates({ 'the first of betas': beta1, 'the second of betas': beta2 }, 1);
  requireRates({ epsilon, weightDecay });
  const corrections = new Corrections([beta1, beta2]);
  return {
    name: 'adamW',
    states: ['mean', 'meanSquare'],
    update: (tape, { parameter: tracked, gradient, states, learningRate, step }) => {
      const parameter = tape.detach(tracked);
      const [ofMean, ofSquare] = corrections.at(tape, step);
      const mean = follow(tape, states[0]!, gradient, beta1);
      const meanSquare = follow(tape, states[1]!, square(tape, gradient), beta2);
      const deviation = divide(tape, squareRoot(tape, meanSquare), squareRoot(tape, ofSquare));
      const direction = divide(tape, mean, shift(tape, deviation, epsilon));
      const kept = shift(tape, scale(tape, learningRate, -weightDecay), 1);
      const moved = multiply(tape, direction, divide(tape, learningRate, ofMean));
      return {
        parameter: subtract(tape, multiply(tape, parameter, kept), moved),
        states: [mean, meanSquare],
      };
    },
  };
};

const follow = (tape: Tape, average: Tensor, x: Tensor, beta: number): Tensor =>
  add(tape, scale(tape, average, beta), scale(tape, x, 1 - beta));

/** What averages that began at 0 have come to, 1 − βᵗ: the same for all parameters, and once in a graph. */
class Corrections {
  readonly #betas: readonly [number, number];
  readonly #written = new WeakMap<Tape, { readonly step: Tensor; readonly of: readonly [Tensor, Tensor] }>();

  constructor(betas: readonly [number, number]) {
    this.#betas = betas;
  }

  at(tape: Tape, step: Tensor): readonly [Tensor, Tensor] {
    const written = this.#written.get(tape);
    if (written?.step.value === step.value) return written.of;
    const [first, second] = this.#betas;
    const of = [correction(tape, step, first), correction(tape, step, second)] as const;
    this.#written.set(tape, { step, of });
    return of;
  }
}

/**
 * 1 − βᵗ. Written so, 0.999 would leave 4 digits at the first step: with u = tanh(−t · ln β / 2) it is 2u / (1 + u), in
 * which nothing cancels.
 */
const correction = (tape: Tape, step: Tensor, beta: number): Tensor => {
  if (beta === 0) return tape.constant([1]);
  const u = tape.node('Tanh', [scale(tape, step, -Math.log(beta) / 2)], step.shape);
  return divide(tape, scale(tape, u, 2), shift(tape, u, 1));
};
