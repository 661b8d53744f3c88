// One step of training as one ONNX graph: forwards, backwards, and what the optimiser makes of it.
import { scale } from '../autodiff/arithmetic.ts';
import { reshape, slice } from '../autodiff/layout.ts';
import { sizeOf, Tape, type Tensor } from '../autodiff/tape.ts';
import type { Random } from '../base/random.ts';
import { spreadOfDirections } from './collapse.ts';
import type { Backbone, MethodGraph, MethodOptions } from './methods/method.ts';
import { METHODS, type MethodName } from './methods/methods.ts';
import { MomentumWeights } from './network/momentum-weights.ts';
import { Scope, TrainedWeights } from './network/scope.ts';
import { initialWeights, type Weights } from './network/weights.ts';
import { normalizePictures, type PictureNormalization } from './normalize-pictures.ts';
import type { Optimizer } from './optimizers/optimizer.ts';

/** What views are: pictures, or what a network that is not trained has made of them. */
export type ViewInput =
  | { readonly kind: 'pictures'; readonly size: number; readonly normalization: PictureNormalization }
  | { readonly kind: 'features'; readonly width: number };

export interface TrainingGraphOptions {
  readonly method: MethodName;
  readonly methodOptions?: MethodOptions | undefined;
  readonly backbone: Backbone;
  /** Pictures in a batch. */
  readonly batchSize: number;
  readonly views: ViewInput;
  readonly optimizer: Optimizer;
  /** Rows of the memory bank; 0 for none. */
  readonly memoryBankSize?: number | undefined;
  /** See `BatchParts`. */
  readonly numSplits?: number | undefined;
  /** Whether the momentum encoder sees its batch in a random order (MoCo). */
  readonly batchShuffle?: boolean | undefined;
}

/** A step of training, and what it takes. */
export interface TrainingGraph {
  readonly model: Uint8Array;
  /**
   * What is carried from step to step, by name: an input NAME, and an output `next NAME`. Parameters and buffers have the
   * names of PyTorch's state dict, what the optimiser keeps of them `SLOT of NAME`.
   */
  readonly state: ReadonlyMap<string, readonly number[]>;
  /** State before the first step. The same random numbers give the same. */
  initialState(random: Random): Weights;
  /** Shape of `views`: of pictures, which are bytes, [2, batch, height, width, 3]; of features [2, batch, width]. */
  readonly viewsShape: readonly number[];
  readonly hasMomentumEncoder: boolean;
  /** Shape of `bank`, where there is a memory bank. Rows for it come out as `keys`. */
  readonly bankShape: readonly [number, number] | undefined;
  readonly hasShuffle: boolean;
}

/**
 * Inputs besides state and `views`: `learning rate` and `step` (from 1 on) []; where there are such, `momentum` [], `bank`
 * [size, width], `order` and `inverse` int64 [batch]. Outputs besides state: `loss` [], `spread` [] (1 where the projections of a batch point everywhere, 0 where
 * they are all the same),
 * `keys` [batch, width].
 */
export const trainingGraph = (options: TrainingGraphOptions): TrainingGraph => {
  const { method, backbone, optimizer } = options;
  const tape = new Tape(`a step of ${method}`);
  const viewsShape = shapeOfViews(options);
  const views = inputViews(tape, viewsShape, options.views);
  const part = new MethodPart(tape, views, backbone, options);
  const { loss, projection, keys } = METHODS[method](part, options.methodOptions ?? {});
  tape.output('loss', loss);
  tape.output('spread', scale(tape, spreadOfDirections(tape, projection), Math.sqrt(projection.shape[1]!)));
  if (keys !== undefined) tape.output('keys', keys);

  const { trained, following } = part;
  const state = new Map<string, readonly number[]>();
  const carry = (name: string, next: Tensor): void => {
    state.set(name, next.shape);
    tape.output(`next ${name}`, next);
  };
  const declarations = [...trained.declarations.values()];
  const parameters = declarations.filter(({ kind }) => kind === 'parameter');
  const learningRate = tape.input('learning rate', []);
  const step = tape.input('step', []);
  const tensors = parameters.map(({ name }) => trained.tensors.get(name)!);
  for (const [i, gradient] of tape.gradients(loss, tensors).entries()) {
    const { name, shape } = parameters[i]!;
    const slots = optimizer.states.map((slot) => `${slot} of ${name}`);
    const states = slots.map((slot) => tape.input(slot, shape));
    const next = optimizer.update(tape, {
      parameter: tensors[i]!,
      gradient,
      states,
      learningRate,
      step,
    });
    carry(name, next.parameter);
    for (const [place, slot] of slots.entries()) carry(slot, next.states[place]!);
  }
  for (const { name, kind } of declarations) if (kind === 'buffer') carry(name, trained.tensors.get(name)!);
  for (const [name, tensor] of following?.tensors ?? []) carry(name, tensor);
  return {
    model: tape.graph.build(),
    state,
    initialState: (random) => {
      const weights = initialWeights(declarations, random);
      const follows = following?.declarations;
      return new Map(
        [...state].map(([name, shape]) => {
          const data = weights.get(follows?.get(name)?.follows ?? name)?.data.slice();
          return [name, { shape, data: data ?? new Float32Array(sizeOf(shape)) }];
        }),
      );
    },
    viewsShape,
    hasMomentumEncoder: following !== undefined,
    bankShape: part.bankShape,
    hasShuffle: part.shuffle !== undefined,
  };
};

const shapeOfViews = ({ views, batchSize }: TrainingGraphOptions): readonly number[] =>
  views.kind === 'pictures' ? [2, batchSize, views.size, views.size, 3] : [2, batchSize, views.width];

const inputViews = (tape: Tape, shape: readonly number[], views: ViewInput): readonly [Tensor, Tensor] => {
  if (views.kind === 'pictures')
    return normalizePictures(tape, tape.input('views', shape, 'uint8'), views.normalization);
  const [, batch, width] = shape;
  const both = reshape(tape, tape.input('views', shape), [2 * batch!, width!]);
  return [slice(tape, both, [0, batch!]), slice(tape, both, [batch!, 2 * batch!])];
};

/** What a method asks for becomes part of the graph. */
class MethodPart implements MethodGraph {
  readonly tape: Tape;
  readonly views: readonly [Tensor, Tensor];
  readonly backbone: Backbone;
  readonly trained = new TrainedWeights();
  following: MomentumWeights | undefined;
  bankShape: readonly [number, number] | undefined;
  readonly shuffle: MethodGraph['shuffle'];
  readonly #options: TrainingGraphOptions;

  constructor(
    tape: Tape,
    views: readonly [Tensor, Tensor],
    backbone: Backbone,
    options: TrainingGraphOptions,
  ) {
    this.tape = tape;
    this.views = views;
    this.backbone = backbone;
    this.#options = options;
    const { batchShuffle = false, batchSize } = options;
    this.shuffle = batchShuffle
      ? {
          order: tape.input('order', [batchSize], 'int64'),
          inverse: tape.input('inverse', [batchSize], 'int64'),
        }
      : undefined;
  }

  scope(views: number): Scope {
    return new Scope(this.tape, this.trained, { views, numSplits: this.#options.numSplits ?? 1 });
  }

  momentumScope(views: number): Scope {
    this.following ??= new MomentumWeights(this.trained, this.tape.input('momentum', []));
    return new Scope(this.tape, this.following, { views, numSplits: this.#options.numSplits ?? 1 });
  }

  bank(width: number): Tensor | undefined {
    const { memoryBankSize = 0 } = this.#options;
    if (memoryBankSize === 0) return undefined;
    this.bankShape = [memoryBankSize, width];
    return this.tape.input('bank', this.bankShape);
  }
}
