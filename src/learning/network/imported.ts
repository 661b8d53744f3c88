// Somebody else's network as a backbone: each node of its ONNX graph becomes the operator that knows its gradient, and
// what it holds becomes weights with their names.
import { globalAveragePool } from '../../autodiff/pooling.ts';
import type { Tensor } from '../../autodiff/tape.ts';
import { messageOf } from '../../base/errors.ts';
import type { GraphNode, ModelGraph } from '../../onnx/model-graph.ts';
import type { Backbone } from '../methods/method.ts';
import { Call, WeightNames } from './onnx-call.ts';
import { NUMBER_OPERATORS, OPERATORS, type Operator } from './onnx-operators.ts';

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
