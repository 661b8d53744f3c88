// Reverse-mode differentiation over an ONNX graph: what is computed forwards is noted, and read backwards as more nodes of
// the same graph.
import { GraphBuilder, type Value } from '../onnx/graph.ts';
import type { Attributes } from '../onnx/model-proto.ts';
import { type ConstantTensor, type ElementType, float32Constant, int64Constant } from '../onnx/tensor.ts';

/** A value of a graph whose shape is known while the graph is written. Float32 where nothing else is said. */
export interface Tensor {
  readonly value: Value;
  readonly shape: readonly number[];
}

/** Gradients for the inputs of an operation, from that of its output; undefined where none flows. */
export type Backward = (gradient: Tensor) => readonly (Tensor | undefined)[];

/** Numbers of a constant that may be there once for all. */
const MOST_COMPARED = 2 ** 14;

interface Operation {
  readonly output: Tensor;
  readonly inputs: readonly Tensor[];
  readonly backward: Backward;
}

/**
 * A graph under construction that can be differentiated. The operators are functions in the files beside this one; each
 * adds nodes, and says by {@link record} how gradients flow back through them (Linnainmaa 1970).
 */
export class Tape {
  readonly graph: GraphBuilder;
  readonly #operations: Operation[] = [];
  /** What a gradient may be asked for, and all that depends on it. */
  readonly #tracked = new Set<Value>();
  readonly #constants = new Map<string, Value>();
  #isRecording = true;

  constructor(name: string) {
    this.graph = new GraphBuilder(name);
  }

  /** An input of the graph through which no gradient flows: data, a learning rate, state. */
  input(name: string, shape: readonly number[], type: ElementType = 'float32'): Tensor {
    return { value: this.graph.input(name, type, shape), shape };
  }

  /** An input of the graph that gradients are wanted for. */
  parameter(name: string, shape: readonly number[]): Tensor {
    const parameter = this.input(name, shape);
    this.#tracked.add(parameter.value);
    return parameter;
  }

  /** Numbers that are part of the graph; a scalar where no shape is given. */
  constant(values: readonly number[] | Float32Array, shape: readonly number[] = []): Tensor {
    return { value: this.#constantOnce(float32Constant(values, shape)), shape };
  }

  /** A vector of int64, as operators take axes and shapes. */
  integers(values: readonly number[]): Value {
    return this.#constantOnce(int64Constant(values));
  }

  /** An operator of the graph as it is: no gradient flows through it unless it is recorded. */
  node(
    operator: string,
    inputs: readonly (Tensor | Value)[],
    shape: readonly number[],
    attributes: Attributes = {},
  ): Tensor {
    const values = inputs.map((input) => (typeof input === 'string' ? input : input.value));
    return { value: this.graph.node(operator, values, attributes), shape };
  }

  /** Says how gradients flow from `output` to `inputs`, one for each. @returns the output */
  record(output: Tensor, inputs: readonly Tensor[], backward: Backward): Tensor {
    if (this.#isRecording && inputs.some((input) => this.isTracked(input))) {
      this.#tracked.add(output.value);
      this.#operations.push({ output, inputs, backward });
    }
    return output;
  }

  /** Whether a gradient is wanted of it: where not, an operation need not compute one. */
  isTracked({ value }: Tensor): boolean {
    return this.#tracked.has(value);
  }

  /** The same numbers, through which no gradient flows (PyTorch's `detach`). */
  detach(tensor: Tensor): Tensor {
    return this.isTracked(tensor) ? this.node('Identity', [tensor], tensor.shape) : tensor;
  }

  /** An output of the graph, under the name given. */
  output(name: string, tensor: Tensor, type: ElementType = 'float32'): void {
    this.graph.output(this.graph.node('Identity', [tensor.value], {}, name), type, tensor.shape);
  }

  /**
   * Writes the derivatives of a scalar.
   *
   * @param loss of shape []
   * @param of parameters, or anything between them and the loss
   * @returns one for each, of its shape; zeros where the loss does not depend on it
   */
  gradients(loss: Tensor, of: readonly Tensor[]): Tensor[] {
    if (loss.shape.length > 0) throw new Error(`the loss has the shape [${loss.shape.join(', ')}], not []`);
    const gradients = new Map<Value, Tensor>([[loss.value, this.constant([1])]]);
    // What the operators compute backwards is not differentiated again.
    this.#isRecording = false;
    for (const { output, inputs, backward } of this.#operations.toReversed()) {
      const gradient = gradients.get(output.value);
      if (gradient === undefined) continue;
      for (const [i, part] of backward(gradient).entries()) {
        const input = inputs[i]!;
        if (part === undefined || !this.isTracked(input)) continue;
        const before = gradients.get(input.value);
        gradients.set(
          input.value,
          before === undefined ? part : this.node('Add', [before, part], part.shape),
        );
      }
    }
    this.#isRecording = true;
    return of.map((tensor) => gradients.get(tensor.value) ?? this.#zeros(tensor.shape));
  }

  #zeros(shape: readonly number[]): Tensor {
    return this.constant(new Float32Array(sizeOf(shape)), shape);
  }

  #constantOnce(tensor: ConstantTensor): Value {
    // Very long ones are not worth comparing.
    if (tensor.data.length > MOST_COMPARED) return this.graph.constant(tensor);
    const key = `${tensor.type} [${tensor.shape.join()}] ${tensor.data.join()}`;
    const value = this.#constants.get(key) ?? this.graph.constant(tensor);
    this.#constants.set(key, value);
    return value;
  }
}

/** How many numbers a tensor holds. */
export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, length) => product * length, 1);
