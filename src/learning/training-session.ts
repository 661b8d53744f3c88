// Runs steps of training: ONNX Runtime computes, the state goes round.
import { FramesiftError } from '../base/errors.ts';
import {
  floatTensor,
  integerTensor,
  type OnnxSession,
  type OnnxTensor,
  openSession,
  pictureTensor,
  wordsOf,
} from '../native/onnxruntime.ts';
import { GraphBuilder } from '../onnx/graph.ts';
import type { Weights } from './network/weights.ts';
import type { TrainingGraph } from './training-graph.ts';

export interface TrainingSessionOptions {
  /** ONNX Runtime's name of where it computes. Default the processor, `cpu`. */
  readonly provider?: string | undefined;
  /** Threads inside one operator; ONNX Runtime's choice when left out. */
  readonly threads?: number | undefined;
}

export interface StepInput {
  /** First all first views, then all second ones; see `TrainingGraph.viewsShape`. */
  readonly views: Uint8Array | Float32Array;
  readonly learningRate: number;
  /** Of the encoder that follows, where there is one: how much it keeps of itself, in [0, 1]. */
  readonly momentum?: number | undefined;
  /** Rows of earlier batches, where there is a memory bank. */
  readonly bank?: Float32Array | undefined;
  /** In which order the momentum encoder sees the batch, where that is shuffled. */
  readonly order?: Uint32Array | undefined;
}

export interface StepOutput {
  readonly loss: number;
  /** 1 where the projections of a batch point everywhere, 0 where they are all the same. */
  readonly spread: number;
  /** Rows for the memory bank: [batch, width]. */
  readonly keys: Float32Array | undefined;
}

/** A network in training; `await using` closes it. */
export class TrainingSession implements AsyncDisposable {
  readonly #graph: TrainingGraph;
  readonly #provider: string;
  readonly #session: OnnxSession;
  /** Brings the state of a graphics card into memory; undefined where it is there. */
  readonly #copying: OnnxSession | undefined;
  #state: Map<string, OnnxTensor>;
  #stepCount: number;

  private constructor(
    graph: TrainingGraph,
    provider: string,
    session: OnnxSession,
    copying: OnnxSession | undefined,
    state: Map<string, OnnxTensor>,
    stepCount: number,
  ) {
    this.#graph = graph;
    this.#provider = provider;
    this.#session = session;
    this.#copying = copying;
    this.#state = state;
    this.#stepCount = stepCount;
  }

  /**
   * @param state as `TrainingGraph.state` wants it
   * @param stepCount steps that were done to come to this state
   * @throws ONNX Runtime's own error where it cannot compute there
   */
  static async open(
    graph: TrainingGraph,
    state: Weights,
    stepCount = 0,
    { provider = 'cpu', threads }: TrainingSessionOptions = {},
  ): Promise<TrainingSession> {
    const tensors = new Map<string, OnnxTensor>();
    for (const [name, shape] of graph.state) {
      const weight = state.get(name);
      if (weight?.shape.join() !== shape.join())
        throw new Error(`${name}: [${weight?.shape.join(', ') ?? ''}] for [${shape.join(', ')}]`);
      tensors.set(name, floatTensor(weight.data, shape));
    }
    const providers = [provider];
    // From step to step the state stays where it is computed.
    const stays = provider === 'webgpu';
    const deviceOutputs = stays ? [...graph.state.keys()].map((name) => `next ${name}`) : undefined;
    const session = await openSession({ model: graph.model, providers, threads, deviceOutputs });
    try {
      const copying = stays ? await openSession({ model: copyGraph(graph), providers }) : undefined;
      return new TrainingSession(graph, provider, session, copying, tensors, stepCount);
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /** Steps done so far. */
  get stepCount(): number {
    return this.#stepCount;
  }

  /** One step. Where the loss is no number, the state stays as it was. */
  async step(input: StepInput): Promise<StepOutput> {
    const outputs = await this.#run(input);
    const loss = scalarOf(outputs['loss']);
    const spread = scalarOf(outputs['spread']);
    const keys = outputs['keys']?.data as Float32Array | undefined;
    if (!Number.isFinite(loss)) {
      giveBack(Object.values(outputs));
      return { loss, spread, keys };
    }
    const before = this.#state;
    this.#state = new Map([...before.keys()].map((name) => [name, outputs[`next ${name}`]!]));
    giveBack(before.values());
    this.#stepCount++;
    return { loss, spread, keys };
  }

  async #run(input: StepInput): Promise<Readonly<Record<string, OnnxTensor>>> {
    try {
      return await this.#session.run(this.#feeds(input));
    } catch (error) {
      throw new FramesiftError(
        'ERR_DEVICE',
        `a step of training cannot be computed on ${this.#provider}: ${wordsOf(error)}. If memory is short, take a smaller --batch-size, --input-size or --width${this.#provider === 'cpu' ? '' : ', or the processor (--device cpu)'}.`,
        { facts: { device: this.#provider }, cause: error },
      );
    }
  }

  /** All that the next step depends on. It stays as it is while steps go on. */
  async state(): Promise<Weights> {
    const tensors =
      this.#copying === undefined || this.#isInMemory
        ? this.#state
        : new Map(Object.entries(await this.#copying.run(Object.fromEntries(this.#state))));
    const isCopy = tensors !== this.#state;
    return new Map(
      [...this.#graph.state].map(([name, shape]) => [
        name,
        { shape, data: tensors.get(isCopy ? `copy of ${name}` : name)!.data as Float32Array },
      ]),
    );
  }

  /** Before the first step the state is what it was opened with. */
  get #isInMemory(): boolean {
    const [first] = this.#state.values();
    return first?.location === 'cpu';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    giveBack(this.#state.values());
    await this.#session.release();
    await this.#copying?.release();
  }

  #feeds({ views, learningRate, momentum, bank, order }: StepInput): Record<string, OnnxTensor> {
    const { viewsShape, hasMomentumEncoder, bankShape, hasShuffle } = this.#graph;
    const scalar = (value: number): OnnxTensor => floatTensor(Float32Array.of(value), []);
    const feeds: Record<string, OnnxTensor> = {
      ...Object.fromEntries(this.#state),
      views: pictureTensor(views, viewsShape),
      'learning rate': scalar(learningRate),
      step: scalar(this.#stepCount + 1),
    };
    if (hasMomentumEncoder) feeds['momentum'] = scalar(momentum!);
    if (bankShape !== undefined) feeds['bank'] = floatTensor(bank!, bankShape);
    if (hasShuffle) {
      feeds['order'] = integerTensor(order!);
      feeds['inverse'] = integerTensor(inverseOf(order!));
    }
    // Inputs that no node takes are not there: the step count of an optimiser that does not look at it.
    const taken = new Set(this.#session.inputNames);
    return Object.fromEntries(Object.entries(feeds).filter(([name]) => taken.has(name)));
  }
}

/** A card's memory is nobody's garbage. */
const giveBack = (tensors: Iterable<OnnxTensor>): void => {
  for (const tensor of tensors) if (tensor.location === 'gpu-buffer') tensor.dispose();
};

/** The state as it is; its outputs are in memory. */
const copyGraph = ({ state }: TrainingGraph): Uint8Array => {
  const graph = new GraphBuilder('copy of the state');
  for (const [name, shape] of state)
    graph.output(
      graph.node('Identity', [graph.input(name, 'float32', shape)], {}, `copy of ${name}`),
      'float32',
      shape,
    );
  return graph.build();
};

const inverseOf = (order: Uint32Array): Uint32Array => {
  const inverse = new Uint32Array(order.length);
  for (const [place, from] of order.entries()) inverse[from] = place;
  return inverse;
};

const scalarOf = (tensor: OnnxTensor | undefined): number => (tensor!.data as Float32Array)[0]!;
