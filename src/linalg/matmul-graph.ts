// The two products that nearly all time of linear algebra on embeddings goes into, as ONNX graphs. Pure.
import { GraphBuilder } from '../onnx/graph.ts';
import { int64Constant } from '../onnx/tensor.ts';

/**
 * One block's part of a covariance matrix: (X − m)ᵀ(X − m). Summed over the blocks of a table and divided by its
 * rows less one, that is the covariance.
 *
 * Inputs: `rows` float32 [n, dimensions]; `mean` float32 [dimensions]. Output: `scatter` float32 [dimensions, dimensions].
 */
export const scatterGraph = (dimensions: number): Uint8Array => {
  const graph = new GraphBuilder('scatter');
  const rows = graph.input('rows', 'float32', ['n', dimensions]);
  const mean = graph.input('mean', 'float32', [dimensions]);
  const centred = graph.node('Sub', [rows, mean]);
  const scatter = graph.node('Gemm', [centred, centred], { transA: 1 }, 'scatter');
  graph.output(scatter, 'float32', [dimensions, dimensions]);
  return graph.build();
};

/**
 * The `k` largest scalar products of each query with a block of rows, largest first: nearest neighbours by cosine when
 * all rows have length 1. Of a block with fewer rows, all.
 *
 * Inputs: `queries` float32 [q, dimensions]; `rows` float32 [n, dimensions]. Outputs: `similarities` float32
 * [q, min(k, n)]; `indices` int64 [q, min(k, n)], positions in `rows`.
 */
export const similarityGraph = (dimensions: number, k: number): Uint8Array => {
  const graph = new GraphBuilder('similarity');
  const queries = graph.input('queries', 'float32', ['q', dimensions]);
  const rows = graph.input('rows', 'float32', ['n', dimensions]);
  const rowCount = graph.node('Shape', [rows], { start: 0, end: 1 });
  const count = graph.node('Min', [graph.constant(int64Constant([k])), rowCount]);
  const products = graph.node('Gemm', [queries, rows], { transB: 1 });
  const [similarities, indices] = graph.nodes('TopK', [products, count], ['similarities', 'indices'], {
    axis: 1,
    largest: 1,
    sorted: 1,
  });
  graph.output(similarities!, 'float32', ['q', 'count']);
  graph.output(indices!, 'int64', ['q', 'count']);
  return graph.build();
};
