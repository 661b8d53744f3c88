// A node of somebody else's graph, with what its inputs have become: what an operator is written with.
import type { Tape, Tensor } from '../../autodiff/tape.ts';
import type { NamedTensor } from '../../onnx/initializers.ts';
import type { GraphNode, ModelGraph } from '../../onnx/model-graph.ts';
import type { Scope } from './scope.ts';

/**
 * What weights are called. Exporters write equal tensors once: what scales here and shifts there are two weights, and
 * running averages are each node's own. Where both do the same, a network uses its weights twice.
 */
export class WeightNames {
  readonly #roles = new Map<string, string>();

  nameFor(tensor: string, role: string): string {
    // Of an encoder of our own.
    const name = tensor.replace(/^backbone\./, '');
    const first = this.#roles.get(name) ?? role;
    this.#roles.set(name, first);
    return first === role ? name : `${name} (${role})`;
  }
}

/** What is known so far while a network is built. */
export interface Known {
  readonly values: ReadonlyMap<string, Tensor>;
  /** Lengths and other numbers that are computed of shapes. */
  readonly numbers: ReadonlyMap<string, readonly number[]>;
  readonly names: WeightNames;
}

/** One node, with what its inputs have become. */
export class Call {
  readonly scope: Scope;
  readonly tape: Tape;
  readonly #node: GraphNode;
  readonly #constants: ModelGraph['constants'];
  readonly #known: Known;

  constructor(scope: Scope, node: GraphNode, { constants }: ModelGraph, known: Known) {
    this.scope = scope;
    this.tape = scope.tape;
    this.#node = node;
    this.#constants = constants;
    this.#known = known;
  }

  get inputCount(): number {
    return this.#node.inputs.length;
  }

  /** Whether its first input is numbers of the graph, or it asks for a shape. */
  get isOfNumbers(): boolean {
    const [first = ''] = this.#node.inputs;
    const isNumbers = this.#known.numbers.has(first) || this.#constants.get(first)?.type === 'int64';
    return isNumbers || this.#node.operator === 'Shape';
  }

  has(place: number): boolean {
    return (this.#node.inputs[place] ?? '') !== '';
  }

  /** What was computed, or numbers that stay as they are. */
  input(place: number): Tensor {
    const name = this.#node.inputs[place] ?? '';
    const computed = this.#known.values.get(name);
    if (computed !== undefined) return computed;
    const { data, shape } = this.#floats(place);
    return this.tape.constant(data, shape);
  }

  /** Numbers that are trained. */
  parameter(place: number): Tensor {
    const { name: tensor, data, shape } = this.#floats(place);
    const name = this.#known.names.nameFor(tensor, `${this.#node.operator} ${place}`);
    return this.scope.parameter(name, shape, () => data.slice());
  }

  /** Numbers that are carried along, with the name that they have. */
  buffer(place: number): { readonly name: string; readonly tensor: Tensor } {
    const { name: tensor, data, shape } = this.#floats(place);
    const name = this.#known.names.nameFor(tensor, `${this.#node.outputs[0]} ${place}`);
    return { name, tensor: this.scope.buffer(name, shape, () => data.slice()) };
  }

  /** Numbers of the graph: bounds, axes. */
  numbers(place: number): readonly number[] {
    return this.#known.numbers.get(this.#node.inputs[place] ?? '') ?? [...this.#constant(place).data];
  }

  number(attribute: string, usual: number): number {
    const value = this.#node.attributes.get(attribute);
    return typeof value === 'number' ? value : usual;
  }

  list(attribute: string): readonly number[] | undefined {
    const value = this.#node.attributes.get(attribute);
    return Array.isArray(value) ? (value as readonly number[]) : undefined;
  }

  text(attribute: string, usual: string): string {
    const value = this.#node.attributes.get(attribute);
    return typeof value === 'string' ? value : usual;
  }

  #floats(place: number): NamedTensor & { readonly type: 'float32' } {
    const tensor = this.#constant(place);
    if (tensor.type !== 'float32') throw new Error(`its input ${place + 1} is of ${tensor.type}`);
    return tensor;
  }

  #constant(place: number): NamedTensor {
    const name = this.#node.inputs[place] ?? '';
    const tensor = this.#constants.get(name);
    if (tensor === undefined)
      throw new Error(`its input ${place + 1} (${name}) is no float32 or int64 inside the model`);
    return tensor;
  }
}
