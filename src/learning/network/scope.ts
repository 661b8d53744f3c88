// Where the numbers of a network come from while its graph is written: inputs when it is trained, constants when it is used.
import type { Tape, Tensor } from '../../autodiff/tape.ts';
import type { Initializer, WeightDeclaration, Weights } from './weights.ts';

/** Gives out the weights of a network. */
export interface WeightSource {
  /** Whether norms take the statistics of the batch, and keep running averages of them. */
  readonly isTraining: boolean;
  /** The same tensor each time it is asked for: where a network is used twice, its weights are shared. */
  take(tape: Tape, declaration: WeightDeclaration): Tensor;
  /** What a buffer is after this step. */
  update(name: string, value: Tensor): void;
}

/** How a batch is cut for its statistics. */
export interface BatchParts {
  /** So many views are in a batch, one after the other: each is as if it came by itself. Default 1. */
  readonly views?: number;
  /** Each view in so many parts again, as if on so many devices (Lightly's `num_splits`). Default 1. */
  readonly numSplits?: number;
}

/** A part of a network, by its path in PyTorch's state dict: `layer1.0.conv1`. */
export class Scope {
  readonly tape: Tape;
  readonly parts: Required<BatchParts>;
  readonly #source: WeightSource;
  readonly #path: string;

  constructor(tape: Tape, source: WeightSource, parts: BatchParts = {}, path = '') {
    this.tape = tape;
    this.parts = { views: 1, numSplits: 1, ...parts };
    this.#source = source;
    this.#path = path;
  }

  get isTraining(): boolean {
    return this.#source.isTraining;
  }

  in(name: string | number): Scope {
    return new Scope(this.tape, this.#source, this.parts, this.#nameOf(String(name)));
  }

  parameter(name: string, shape: readonly number[], initializer: Initializer): Tensor {
    return this.#source.take(this.tape, { name: this.#nameOf(name), kind: 'parameter', shape, initializer });
  }

  buffer(name: string, shape: readonly number[], initializer: Initializer): Tensor {
    return this.#source.take(this.tape, { name: this.#nameOf(name), kind: 'buffer', shape, initializer });
  }

  updateBuffer(name: string, value: Tensor): void {
    this.#source.update(this.#nameOf(name), value);
  }

  #nameOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }
}

/** Weights as inputs of a training step, and what it has to give back. */
export class TrainedWeights implements WeightSource {
  readonly isTraining = true;
  readonly declarations = new Map<string, WeightDeclaration>();
  readonly #tensors = new Map<string, Tensor>();

  take(tape: Tape, declaration: WeightDeclaration): Tensor {
    const { name, kind, shape } = declaration;
    const known = this.#tensors.get(name);
    if (known !== undefined) return known;
    const tensor = kind === 'buffer' ? tape.input(name, shape) : tape.parameter(name, shape);
    this.declarations.set(name, declaration);
    this.#tensors.set(name, tensor);
    return tensor;
  }

  update(name: string, value: Tensor): void {
    this.#tensors.set(name, value);
  }

  /** Each as it is now: an input, or what it was updated to. */
  get tensors(): ReadonlyMap<string, Tensor> {
    return this.#tensors;
  }
}

/** Weights as constants, of a network that is used as it is. */
export class FixedWeights implements WeightSource {
  readonly isTraining = false;
  readonly #weights: Weights;
  readonly #tensors = new Map<string, Tensor>();

  constructor(weights: Weights) {
    this.#weights = weights;
  }

  take(tape: Tape, { name, shape }: WeightDeclaration): Tensor {
    const known = this.#tensors.get(name);
    if (known !== undefined) return known;
    const weight = this.#weights.get(name);
    if (weight === undefined || weight.shape.join() !== shape.join())
      throw new Error(`${name}: [${weight?.shape.join(', ') ?? ''}] for [${shape.join(', ')}]`);
    const tensor = { value: tape.graph.constant({ type: 'float32', ...weight }, name), shape };
    this.#tensors.set(name, tensor);
    return tensor;
  }

  update(name: string): void {
    throw new Error(`${name} is fixed`);
  }
}
