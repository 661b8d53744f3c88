// Weights of an encoder that follows another one slowly: MoCo's key encoder, BYOL's target.
import type { Tape, Tensor } from '../../autodiff/tape.ts';
import type { TrainedWeights, WeightSource } from './scope.ts';
import type { WeightDeclaration } from './weights.ts';

/**
 * Before anything is computed with it, each parameter becomes m · its own + (1 − m) · the trained one's (Lightly's
 * `update_momentum`). Buffers are its own, by its own batches. No gradient flows here.
 */
export class MomentumWeights implements WeightSource {
  readonly isTraining = true;
  /** By its own name, that of the trained weight that it follows. */
  readonly declarations = new Map<string, { readonly follows: string; readonly shape: readonly number[] }>();
  readonly #trained: TrainedWeights;
  readonly #momentum: Tensor;
  readonly #tensors = new Map<string, Tensor>();

  /** @param momentum m, of shape [], in [0, 1] */
  constructor(trained: TrainedWeights, momentum: Tensor) {
    this.#trained = trained;
    this.#momentum = momentum;
  }

  take(tape: Tape, declaration: WeightDeclaration): Tensor {
    const { shape, kind } = declaration;
    const name = momentumName(declaration.name);
    const known = this.#tensors.get(name);
    if (known !== undefined) return known;
    const before = tape.input(name, shape);
    const tensor =
      kind === 'buffer' ? before : this.#moved(tape, before, this.#trained.take(tape, declaration));
    this.declarations.set(name, { follows: declaration.name, shape });
    this.#tensors.set(name, tensor);
    return tensor;
  }

  update(name: string, value: Tensor): void {
    this.#tensors.set(momentumName(name), value);
  }

  /** Each as it is after this step. */
  get tensors(): ReadonlyMap<string, Tensor> {
    return this.#tensors;
  }

  #moved(tape: Tape, own: Tensor, trained: Tensor): Tensor {
    // Nodes that are not recorded: nothing flows back to the trained weights.
    const rest = tape.node('Sub', [tape.constant([1]), this.#momentum], []);
    const parts = [
      tape.node('Mul', [own, this.#momentum], own.shape),
      tape.node('Mul', [trained, rest], own.shape),
    ];
    return tape.node('Add', parts, own.shape);
  }
}

/** `backbone.conv1.weight` → `backbone_momentum.conv1.weight`, as in Lightly's state dicts. */
const momentumName = (name: string): string => name.replace(/^[^.]+/, '$&_momentum');
