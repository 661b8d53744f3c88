// The numbers of a network, by the names that PyTorch gives them in a state dict.

import { sizeOf } from '../../autodiff/tape.ts';
import type { Random } from '../../base/random.ts';

/** One parameter or buffer: `shape` multiplied out is the length of `data`. */
export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type Weights = ReadonlyMap<string, Weight>;

/** What a parameter or buffer is before the first step. */
export type Initializer = (shape: readonly number[], random: Random) => Float32Array;

/** A parameter is trained; a buffer is carried along (running means and variances). */
export interface WeightDeclaration {
  readonly name: string;
  readonly kind: 'parameter' | 'buffer';
  readonly shape: readonly number[];
  readonly initializer: Initializer;
}

export const filledWith =
  (value: number): Initializer =>
  (shape) =>
    new Float32Array(sizeOf(shape)).fill(value);

/**
 * Uniform in ±1/√fan-in, as PyTorch fills convolutions and linear layers.
 *
 * @param fanIn numbers that go into one output
 */
export const uniformByFanIn =
  (fanIn: number): Initializer =>
  (shape, random) => {
    const bound = 1 / Math.sqrt(fanIn);
    return Float32Array.from({ length: sizeOf(shape) }, () => (2 * random.uniform() - 1) * bound);
  };

/** Each weight as it is declared; the same seed gives the same, in the order of declaration. */
export const initialWeights = (declarations: Iterable<WeightDeclaration>, random: Random): Weights =>
  new Map(
    [...declarations].map(({ name, shape, initializer }) => [
      name,
      { shape, data: initializer(shape, random) },
    ]),
  );
