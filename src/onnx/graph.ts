// Computations written down as ONNX graphs, for ONNX Runtime to run on whichever device is there. Pure.
import { type Attributes, encodeModel, type Node, type ValueInfo } from './model-proto.ts';
import type { ConstantTensor, Dimension, ElementType } from './tensor.ts';

/**
 * The operators' version. From 18 on all reductions take their axes alike, as an input; nothing newer is needed, and
 * every runtime since 2023 reads it.
 */
const OPERATOR_SET = 18;

declare const brand: unique symbol;

/** The name of a value in a graph; only a {@link GraphBuilder} gives them out. */
export type Value = string & { readonly [brand]: true };

/** Stands for an optional input that is left out. */
export const ABSENT = '' as Value;

/** Collects a graph operator by operator: forwards, so that what a node takes is there before it. */
export class GraphBuilder {
  readonly #graphName: string;
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  readonly #initializers = new Map<string, ConstantTensor>();
  readonly #nodes: Node[] = [];
  readonly #names = new Set<string>();

  constructor(graphName: string) {
    this.#graphName = graphName;
  }

  /** @param shape dimensions that are known when the graph runs have a name instead of a length */
  input(name: string, type: ElementType, shape: readonly Dimension[]): Value {
    this.#inputs.push({ name, type, shape });
    return this.#claim(name);
  }

  /** An initializer: a constant, or a parameter that is read back by its name. */
  constant(tensor: ConstantTensor, name = this.freeName('constant')): Value {
    const length = tensor.shape.reduce((product, each) => product * each, 1);
    if (length !== tensor.data.length) {
      throw new Error(`${name}: ${tensor.data.length} elements for the shape [${tensor.shape.join(', ')}]`);
    }
    this.#initializers.set(name, tensor);
    return this.#claim(name);
  }

  /** An operator with one output, which gets `name`. */
  node(
    operator: string,
    inputs: readonly Value[],
    attributes: Attributes = {},
    name = this.freeName(operator),
  ): Value {
    const [output] = this.nodes(operator, inputs, [name], attributes);
    return output!;
  }

  /** An operator with several outputs, which get `names`. */
  nodes(
    operator: string,
    inputs: readonly Value[],
    names: readonly string[],
    attributes: Attributes = {},
  ): Value[] {
    for (const input of inputs) {
      if (input !== ABSENT && !this.#names.has(input))
        throw new Error(`${operator} takes ${input}, which is not there`);
    }
    const outputs = names.map((name) => this.#claim(name));
    this.#nodes.push({ name: outputs[0]!, operator, inputs, outputs, attributes });
    return outputs;
  }

  /** Makes a node's value an output of the graph, under the name that it has. */
  output(value: Value, type: ElementType, shape: readonly Dimension[]): void {
    this.#outputs.push({ name: value, type, shape });
  }

  /** @returns the model, as bytes that ONNX Runtime opens */
  build(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
    return encodeModel({
      graphName: this.#graphName,
      operatorSet: OPERATOR_SET,
      inputs: this.#inputs,
      outputs: this.#outputs,
      initializers: this.#initializers,
      nodes: this.#nodes,
      metadata,
    });
  }

  /** A name that no value has yet. */
  freeName(stem: string): string {
    return `${stem}_${this.#names.size}`;
  }

  #claim(name: string): Value {
    if (name === '' || this.#names.has(name)) throw new Error(`a second value is called "${name}"`);
    this.#names.add(name);
    return name as Value;
  }
}
