// Somebody else's network as a backbone: each node of its ONNX graph becomes the operator that knows its gradient, and
// what it holds becomes weights with their names.
import {
  add,
  clip,
  divide,
  hardSigmoid,
  hardSwish,
  multiply,
  relu,
  scale,
  sigmoid,
  subtract,
} from '../../autodiff/arithmetic.ts';
import { convolution } from '../../autodiff/convolution.ts';
import { concatenate, pad, reshape, transpose } from '../../autodiff/layout.ts';
import { matrixProduct } from '../../autodiff/matrix.ts';
import { averagePool, globalAveragePool, maxPool } from '../../autodiff/pooling.ts';
import { mean, sum } from '../../autodiff/reductions.ts';
import { sizeOf, type Tape, type Tensor } from '../../autodiff/tape.ts';
import { messageOf } from '../../base/errors.ts';
import type { NamedTensor } from '../../onnx/initializers.ts';
import type { GraphNode, ModelGraph } from '../../onnx/model-graph.ts';
import type { Backbone } from '../methods/method.ts';
import { batchNormLayer } from './layers.ts';
import type { Scope } from './scope.ts';

export interface ImportedNetworkOptions {
  /** The value that takes pictures, float32 [n, 3, height, width]. */
  readonly input: string;
  /** The value that is the answer: [n, width], or [n, width, height, width], which is averaged over positions. */
  readonly output: string;
}

/**
 * @throws SyntaxError, saying why, when an operator's gradient is not known, or something is used in a way that is not:
 *   for nodes that are needed, at once; for shapes when the network is built
 */
export const importedNetwork = (graph: ModelGraph, { input, output }: ImportedNetworkOptions): Backbone => {
  const nodes = neededFor(graph, output);
  for (const { operator, name } of nodes)
    if (!Object.hasOwn(OPERATORS, operator) && !Object.hasOwn(NUMBER_OPERATORS, operator))
      throw new SyntaxError(`the gradient of ${operator} is not known (node ${name})`);
  const names = new WeightNames();
  return (scope, x) => {
    const values = new Map<string, Tensor>([[input, x]]);
    const numbers = new Map<string, readonly number[]>();
    for (const node of nodes) {
      const call = new Call(scope, node, graph, { values, numbers, names });
      const [output] = node.outputs as [string];
      try {
        const shapes = call.isOfNumbers ? NUMBER_OPERATORS[node.operator] : undefined;
        if (shapes !== undefined) numbers.set(output, shapes(call));
        else values.set(output, requireOperator(node)(call));
      } catch (error) {
        throw new SyntaxError(`node ${node.name} (${node.operator}): ${messageOf(error)}`, { cause: error });
      }
    }
    const answer = values.get(output);
    if (answer?.shape.length === 4) return globalAveragePool(scope.tape, answer);
    if (answer?.shape.length === 2) return answer;
    throw new SyntaxError(`its output ${output} is no vector`);
  };
};

/**
 * The value to embed with: what goes into the linear layer at the end, the classifier, where there is one.
 *
 * @param output of the model
 */
export const beforeClassifier = ({ nodes, constants }: ModelGraph, output: string): string => {
  const producer = nodes.find(({ outputs }) => outputs[0] === output);
  if (producer === undefined) return output;
  const [x = output, other = ''] = producer.inputs;
  if (producer.operator === 'Softmax' || producer.operator === 'LogSoftmax') {
    const before = beforeClassifier({ nodes, constants }, x);
    return before === x ? output : before;
  }
  if (producer.operator === 'Gemm' && constants.has(other)) return x;
  if (producer.operator === 'MatMul' && constants.has(other)) return x;
  // A bias of its own.
  if (producer.operator !== 'Add' || !(constants.has(other) || constants.has(x))) return output;
  const product = constants.has(other) ? x : other;
  const before = beforeClassifier({ nodes, constants }, product);
  return before === product ? output : before;
};

/** In the graph's order. */
const neededFor = ({ nodes }: ModelGraph, output: string): GraphNode[] => {
  const needed = new Set([output]);
  const kept: GraphNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((each) => needed.has(each))) continue;
    kept.push(node);
    for (const each of node.inputs) needed.add(each);
  }
  return kept.reverse();
};

const requireOperator = ({ operator }: GraphNode): Operator => {
  const found = OPERATORS[operator];
  if (found === undefined) throw new Error('it is computed of pictures');
  return found;
};

/**
 * What weights are called. Exporters write equal tensors once: what scales here and shifts there are two weights, and
 * running averages are each node's own. Where both do the same, a network uses its weights twice.
 */
class WeightNames {
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
interface Known {
  readonly values: ReadonlyMap<string, Tensor>;
  /** Lengths and other numbers that are computed of shapes. */
  readonly numbers: ReadonlyMap<string, readonly number[]>;
  readonly names: WeightNames;
}

/** One node, with what its inputs have become. */
class Call {
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

type Operator = (call: Call) => Tensor;

const same: Operator = (call) => call.input(0);

const binary =
  (operator: (tape: Tape, a: Tensor, b: Tensor) => Tensor): Operator =>
  (call) =>
    operator(call.tape, call.input(0), call.input(1));

const unary =
  (operator: (tape: Tape, x: Tensor) => Tensor): Operator =>
  (call) =>
    operator(call.tape, call.input(0));

type Sides = readonly [top: number, left: number, bottom: number, right: number];

interface Window {
  readonly size: readonly [height: number, width: number];
  readonly stride: number;
  readonly padding: Sides;
}

/** How a kernel goes over a picture. @param x [n, channels, height, width] */
const windowOf = (call: Call, x: Tensor, kernel: readonly number[] | undefined): Window => {
  const [height, width, ...others] = kernel ?? [];
  if (height === undefined || width === undefined || others.length > 0 || x.shape.length !== 4)
    throw new Error('it is not over pictures');
  const [stride = 1, ...strides] = call.list('strides') ?? [];
  if (strides.some((each) => each !== stride)) throw new Error('its strides differ');
  if (call.list('dilations')?.some((each) => each !== 1)) throw new Error('it is dilated');
  const size = [height, width] as const;
  const padding = paddingOf(call, x, size, stride);
  const hasRest = size.some(
    (length, i) => (x.shape[2 + i]! + padding[i]! + padding[2 + i]! - length) % stride !== 0,
  );
  if (hasRest && call.number('ceil_mode', 0) !== 0) throw new Error('it rounds sizes up');
  return { size, stride, padding };
};

const paddingOf = (call: Call, x: Tensor, size: readonly [number, number], stride: number): Sides => {
  const way = call.text('auto_pad', 'NOTSET');
  if (way === 'VALID') return [0, 0, 0, 0];
  if (way === 'NOTSET') {
    const [top = 0, left = 0, bottom = 0, right = 0] = call.list('pads') ?? [];
    return [top, left, bottom, right];
  }
  // As many positions as the stride leaves of the picture.
  const [vertical, horizontal] = size.map((length, i) => {
    const side = x.shape[2 + i]!;
    return Math.max(0, (Math.ceil(side / stride) - 1) * stride + length - side);
  }) as [number, number];
  const first = way === 'SAME_LOWER' ? Math.ceil : Math.floor;
  const [top, left] = [first(vertical / 2), first(horizontal / 2)];
  return [top, left, vertical - top, horizontal - left];
};

const convolved: Operator = (call) => {
  const [x, weight] = [call.input(0), call.parameter(1)];
  const { stride, padding } = windowOf(call, x, weight.shape.slice(2));
  const groups = call.number('group', 1);
  const y = convolution(call.tape, x, weight, { stride, padding, groups });
  if (!call.has(2)) return y;
  const bias = call.parameter(2);
  return add(call.tape, y, reshape(call.tape, bias, [1, bias.shape[0]!, 1, 1]));
};

const normalized: Operator = (call) => {
  const [weight, bias] = [call.parameter(1), call.parameter(2)];
  return batchNormLayer(call.scope, call.input(0), {
    affine: { weight, bias },
    mean: call.buffer(3),
    variance: call.buffer(4),
    epsilon: call.number('epsilon', 1e-5),
    // ONNX says how much is kept.
    momentum: 1 - call.number('momentum', 0.9),
  });
};

const product: Operator = (call) => {
  if (call.number('alpha', 1) !== 1 || call.number('beta', 1) !== 1) throw new Error('it is scaled');
  if (call.number('transA', 0) !== 0) throw new Error('it turns its input');
  const transposeB = call.number('transB', 0) === 1;
  const y = matrixProduct(call.tape, call.input(0), call.parameter(1), { transposeB });
  return call.has(2) ? add(call.tape, y, call.parameter(2)) : y;
};

const clipped: Operator = (call) => {
  const bound = (place: number, attribute: 'min' | 'max', none: number): number =>
    call.has(place) ? call.numbers(place)[0]! : call.number(attribute, none);
  return clip(call.tape, call.input(0), bound(1, 'min', -3.4e38), bound(2, 'max', 3.4e38));
};

/** Max(x, 0) − slope · max(−x, 0). */
const leaky: Operator = (call) => {
  const [tape, x] = [call.tape, call.input(0)];
  const below = relu(tape, scale(tape, x, -1));
  return subtract(tape, relu(tape, x), scale(tape, below, call.number('alpha', 0.01)));
};

/** Zeros around pictures. */
const padded: Operator = (call) => {
  if (
    call.text('mode', 'constant') !== 'constant' ||
    (call.has(2) ? call.numbers(2)[0]! : call.number('value', 0)) !== 0
  )
    throw new Error('it pads with something else than zeros');
  const pads = call.has(1) ? call.numbers(1) : (call.list('pads') ?? []);
  const x = call.input(0);
  const rank = x.shape.length;
  const axes = call.has(3) ? call.numbers(3).map((axis) => (axis + rank) % rank) : [...x.shape.keys()];
  const [before, after] = [0, axes.length].map((from) => {
    const around = x.shape.map(() => 0);
    for (const [i, axis] of axes.entries()) around[axis] = pads[from + i]!;
    return around;
  }) as [number[], number[]];
  if (before[0] !== 0 || after[0] !== 0) throw new Error('it pads the batch');
  if (pads.some((each) => each < 0)) throw new Error('it cuts off');
  return pad(call.tape, x, before, after);
};

const reducedBy =
  (reduction: typeof mean): Operator =>
  (call) => {
    const x = call.input(0);
    const axes = axesOf(call, x.shape.length);
    if (axes === undefined || axes.includes(0)) throw new Error('it is over the batch');
    return reduction(call.tape, x, axes, call.number('keepdims', 1) === 1);
  };

/** The same numbers of each picture in another shape; pictures stay apart. */
const reshaped = (call: Call, wanted: readonly number[]): Tensor => {
  const x = call.input(0);
  const [n, ...rest] = x.shape as [number, ...number[]];
  const [first, ...others] = wanted.map((length, axis) => (length === 0 ? x.shape[axis]! : length));
  if (first !== -1 && first !== n) throw new Error('it does not leave the batch as it is');
  const known = sizeOf(others.filter((length) => length !== -1));
  const shape = others.map((length) => (length === -1 ? sizeOf(rest) / known : length));
  if (sizeOf(shape) !== sizeOf(rest))
    throw new Error(`[${rest.join(', ')}] does not fit into [${shape.join(', ')}]: is it for another size?`);
  return reshape(call.tape, x, [n, ...shape]);
};

/** From the end where negative. @param rank of what the axes are of */
const axesOf = (call: Call, rank: number): readonly number[] | undefined =>
  axesGiven(call)?.map((axis) => (axis < 0 ? axis + rank : axis));

/** An input, or in older operator sets an attribute. */
const axesGiven = (call: Call): readonly number[] | undefined =>
  call.has(1) ? call.numbers(1) : call.list('axes');

const squeezed: Operator = (call) => {
  const [, ...lengths] = call.input(0).shape;
  const axes = axesOf(call, lengths.length + 1);
  const isLeftOut = (length: number, axis: number): boolean => axes?.includes(axis) ?? length === 1;
  return reshaped(call, [0, ...lengths.filter((length, i) => !isLeftOut(length, i + 1))]);
};

const unsqueezed: Operator = (call) => {
  const { shape } = call.input(0);
  const axes = axesOf(call, shape.length + (axesGiven(call)?.length ?? 0)) ?? [];
  const wanted = [...shape];
  for (const axis of [...axes].sort((a, b) => a - b)) wanted.splice(axis, 0, 1);
  return reshaped(call, axes.includes(0) ? wanted : wanted.with(0, 0));
};

type NumberOperator = (call: Call) => readonly number[];

const ofPairs =
  (operator: (a: number, b: number) => number): NumberOperator =>
  (call) => {
    const [a, b] = [call.numbers(0), call.numbers(1)];
    const at = (list: readonly number[], i: number): number => list[list.length === 1 ? 0 : i]!;
    return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => operator(at(a, i), at(b, i)));
  };

const numbersAsTheyAre: NumberOperator = (call) => call.numbers(0);

/** Exporters write down how shapes are computed; they are known here. A batch that is not is 0, which stands for it in Reshape. */
const NUMBER_OPERATORS: Readonly<Record<string, NumberOperator>> = {
  Add: ofPairs((a, b) => a + b),
  Cast: numbersAsTheyAre,
  Concat: (call) => Array.from({ length: call.inputCount }, (_, place) => call.numbers(place)).flat(),
  Div: ofPairs((a, b) => Math.trunc(a / b)),
  Gather: (call) => {
    const list = call.numbers(0);
    return call.numbers(1).map((place) => list.at(place)!);
  },
  Identity: numbersAsTheyAre,
  Mul: ofPairs((a, b) => a * b),
  Shape: (call) => call.input(0).shape.slice(call.number('start', 0), call.number('end', Infinity)),
  Slice: (call) => {
    const [start = 0, end = Infinity] = [call.numbers(1)[0], call.numbers(2)[0]];
    if (call.has(4) && call.numbers(4)[0] !== 1) throw new Error('it takes every other number');
    return call.numbers(0).slice(start, end);
  },
  Squeeze: numbersAsTheyAre,
  Sub: ofPairs((a, b) => a - b),
  Unsqueeze: numbersAsTheyAre,
};

const OPERATORS: Readonly<Record<string, Operator>> = {
  Add: binary(add),
  AveragePool: (call) => {
    const x = call.input(0);
    const countsPadding = call.number('count_include_pad', 0) === 1;
    return averagePool(call.tape, x, { ...windowOf(call, x, call.list('kernel_shape')), countsPadding });
  },
  BatchNormalization: normalized,
  Clip: clipped,
  Concat: (call) => {
    const parts = Array.from({ length: call.inputCount }, (_, place) => call.input(place));
    const axis = call.number('axis', 1);
    const place = axis < 0 ? axis + parts[0]!.shape.length : axis;
    if (place === 0) throw new Error('it joins batches');
    return concatenate(call.tape, parts, place);
  },
  Conv: convolved,
  Div: binary(divide),
  Dropout: same,
  Flatten: (call) => {
    if (call.number('axis', 1) !== 1) throw new Error('it does not leave the batch as it is');
    return reshaped(call, [0, -1]);
  },
  Gemm: product,
  GlobalAveragePool: (call) => {
    const x = call.input(0);
    return reshape(call.tape, globalAveragePool(call.tape, x), [x.shape[0]!, x.shape[1]!, 1, 1]);
  },
  HardSigmoid: (call) =>
    hardSigmoid(call.tape, call.input(0), call.number('alpha', 0.2), call.number('beta', 0.5)),
  HardSwish: unary(hardSwish),
  Identity: same,
  LeakyRelu: leaky,
  MatMul: product,
  MaxPool: (call) => {
    const x = call.input(0);
    return maxPool(call.tape, x, windowOf(call, x, call.list('kernel_shape')));
  },
  Mul: binary(multiply),
  Pad: padded,
  ReduceMean: reducedBy(mean),
  ReduceSum: reducedBy(sum),
  Relu: unary(relu),
  Reshape: (call) => reshaped(call, call.numbers(1)),
  Sigmoid: unary(sigmoid),
  Squeeze: squeezed,
  Sub: binary(subtract),
  Transpose: (call) => {
    const x = call.input(0);
    const axes = call.list('perm') ?? [...x.shape.keys()].reverse();
    if (axes[0] !== 0) throw new Error('it moves the batch');
    return transpose(call.tape, x, axes);
  },
  Unsqueeze: unsqueezed,
};
