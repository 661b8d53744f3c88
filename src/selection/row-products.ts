// Scalar products of some rows with many, in float32 on all threads: they tell which few to compute in float64.
import type { Breather } from '../base/concurrency.ts';
import { type Matrix, rowsBetween } from '../base/matrix.ts';
import { floatsOf, MatrixGraph } from '../linalg/matrix-graph.ts';
import { GraphBuilder } from '../onnx/graph.ts';

/** Rows to multiply with all others in one product. */
export const BATCH = 64;

/** Rows that they are multiplied with at a time: 16 MiB of products. */
const BLOCK_ROWS = 65_536;

/** A product of matrices, open; `await using` closes it. */
export class RowProducts implements AsyncDisposable {
  readonly #graph: MatrixGraph;

  private constructor(graph: MatrixGraph) {
    this.#graph = graph;
  }

  static async open(columns: number): Promise<RowProducts> {
    return new RowProducts(await MatrixGraph.open(productGraph(columns)));
  }

  /**
   * Visits the products of each of some rows with a block of the others, block after block.
   *
   * @param some {@link BATCH} of them, or more where the others are few: their products with a block are in memory at once
   * @param visit a place in `some`, and its products with the others from `start` on
   */
  async forEach(
    some: Matrix,
    others: Matrix,
    breather: Breather,
    visit: (place: number, start: number, products: Float32Array) => void,
  ): Promise<void> {
    for (let start = 0; start < others.rows; start += BLOCK_ROWS) {
      const block = rowsBetween(others, start, Math.min(start + BLOCK_ROWS, others.rows));
      const products = floatsOf((await this.#graph.run({ some, others: block }))['products']);
      for (let place = 0; place < some.rows; place++)
        visit(place, start, products.subarray(place * block.rows, (place + 1) * block.rows));
      await breather.pause();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#graph[Symbol.asyncDispose]();
  }
}

const productGraph = (columns: number): Uint8Array => {
  const graph = new GraphBuilder('products');
  const some = graph.input('some', 'float32', ['k', columns]);
  const others = graph.input('others', 'float32', ['n', columns]);
  graph.output(graph.node('Gemm', [some, others], { transB: 1 }, 'products'), 'float32', ['k', 'n']);
  return graph.build();
};
