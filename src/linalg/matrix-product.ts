// Products of float32 matrices, run by ONNX Runtime on all threads.
import { type Matrix, matrixOf } from '../base/matrix.ts';
import { GraphBuilder } from '../onnx/graph.ts';
import { scatterGraph } from './matmul-graph.ts';
import { floatsOf, MatrixGraph } from './matrix-graph.ts';

export interface GramProduct extends AsyncDisposable {
  /**
   * @param block n × columns, n at least 1
   * @param centre c, `columns` numbers, subtracted from each row
   * @returns `(X − c)ᵀ (X − c)`, columns × columns
   */
  gram(block: Matrix, centre: Float32Array): Promise<Float32Array>;
}

export const openGramProduct = async (columns: number): Promise<GramProduct> => {
  const graph = await MatrixGraph.open(scatterGraph(columns));
  return {
    gram: async (block, centre) => floatsOf((await graph.run({ rows: block, mean: centre }))['scatter']),
    [Symbol.asyncDispose]: () => graph[Symbol.asyncDispose](),
  };
};

export interface Projection extends AsyncDisposable {
  /**
   * @param block n × columns, n at least 1
   * @param centre c, `columns` numbers, subtracted from each row
   * @param basis k × columns
   * @returns `(X − c) Bᵀ`, n × k
   */
  project(block: Matrix, centre: Float32Array, basis: Matrix): Promise<Matrix>;
}

export const openProjection = async (columns: number): Promise<Projection> => {
  const graph = await MatrixGraph.open(projectionGraph(columns));
  return {
    project: async (block, centre, basis) => {
      const { projected } = await graph.run({ rows: block, centre, basis });
      return matrixOf(floatsOf(projected), block.rows, basis.rows);
    },
    [Symbol.asyncDispose]: () => graph[Symbol.asyncDispose](),
  };
};

const projectionGraph = (columns: number): Uint8Array => {
  const builder = new GraphBuilder('projection');
  const rows = builder.input('rows', 'float32', ['n', columns]);
  const centre = builder.input('centre', 'float32', [columns]);
  const basis = builder.input('basis', 'float32', ['k', columns]);
  const centred = builder.node('Sub', [rows, centre]);
  builder.output(builder.node('Gemm', [centred, basis], { transB: 1 }, 'projected'), 'float32', ['n', 'k']);
  return builder.build();
};
