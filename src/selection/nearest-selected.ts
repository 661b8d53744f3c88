// How far every row is from the nearest of those that were selected: exactly where somebody asks, as a bound elsewhere.
import { Breather } from '../base/concurrency.ts';
import { type Matrix, rowsBetween } from '../base/matrix.ts';
import { floatsOf, MatrixGraph } from '../linalg/matrix-graph.ts';
import { GraphBuilder } from '../onnx/graph.ts';
import { int64Constant } from '../onnx/tensor.ts';
import { gatherRows } from './candidates.ts';
import { productError, squaredDistance, squaredLengths } from './distances.ts';

/** Rows whose distances are computed together: 16 MiB for 64 selected. */
const BLOCK_ROWS = 65_536;

/** Selected rows that are compared with all others in one product. */
const MOST_CENTRES = 64;

/** A product on all threads compares so many times as many rows in a second as one comparison after the other. */
const REFRESH_GAIN = 4;

/**
 * Follows a growing selection. A distance to the nearest selected row only ever falls, so one that was computed
 * earlier is a bound from above: most rows never need to be brought up to date.
 */
export class NearestSelected implements AsyncDisposable {
  readonly selected: number[] = [];
  /** By row: at least the squared distance to the nearest selected row. */
  readonly bounds: Float64Array;
  readonly #rows: Matrix;
  readonly #squares: Float64Array;
  /** By how much a squared distance that was computed in float32 can be too small. */
  readonly #slack: number;
  /** By row: the squared distance to the nearest of the first {@link #seen} selected. */
  readonly #exact: Float64Array;
  readonly #seen: Uint32Array;
  /** Selected rows that {@link bounds} knows of everywhere. */
  #applied = 0;
  #comparisons = 0;
  #graph: MatrixGraph | undefined;

  constructor(rows: Matrix) {
    this.#rows = rows;
    this.#squares = squaredLengths(rows);
    this.#slack =
      2 *
      productError(
        rows.columns,
        this.#squares.reduce((a, b) => Math.max(a, b), 0),
      );
    this.bounds = new Float64Array(rows.rows).fill(Number.POSITIVE_INFINITY);
    this.#exact = new Float64Array(rows.rows).fill(Number.POSITIVE_INFINITY);
    this.#seen = new Uint32Array(rows.rows);
  }

  add(row: number): void {
    this.selected.push(row);
  }

  /** The squared distance of a row to the nearest selected one; ∞ while there is none. */
  exact(row: number): number {
    let least = this.#exact[row]!;
    const { length } = this.selected;
    // Of a row that is equal to a selected one nothing is left to find: where all are selected, that is every row.
    for (let i = this.#seen[row]!; i < length && least > 0; i++)
      least = Math.min(least, squaredDistance(this.#rows, row, this.selected[i]!));
    this.#comparisons += length - this.#seen[row]!;
    this.#seen[row] = length;
    this.#exact[row] = least;
    if (least < this.bounds[row]!) this.bounds[row] = least;
    return least;
  }

  /** Whether comparing one by one has cost as much since the last {@link refresh} as another one would. */
  get isRefreshDue(): boolean {
    return this.#applied < this.selected.length && this.#comparisons > this.#rows.rows / REFRESH_GAIN;
  }

  /** Brings all bounds up to date, with products of matrices on all threads. */
  async refresh(signal?: AbortSignal): Promise<void> {
    const breather = new Breather(signal);
    this.#graph ??= await MatrixGraph.open(nearestGraph(this.#rows.columns));
    while (this.#applied < this.selected.length) {
      const chosen = this.selected.slice(this.#applied, this.#applied + MOST_CENTRES);
      const centres = gatherRows(this.#rows, chosen);
      const squares = Float32Array.from(chosen, (row) => this.#squares[row]!);
      for (let start = 0; start < this.#rows.rows; start += BLOCK_ROWS) {
        const block = rowsBetween(this.#rows, start, Math.min(start + BLOCK_ROWS, this.#rows.rows));
        const nearest = floatsOf((await this.#graph.run({ rows: block, centres, squares }))['nearest']);
        for (let i = 0; i < block.rows; i++) {
          const bound = Math.max(0, this.#squares[start + i]! + nearest[i]!) + this.#slack;
          if (bound < this.bounds[start + i]!) this.bounds[start + i] = bound;
        }
        await breather.pause();
      }
      this.#applied += chosen.length;
    }
    this.#comparisons = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#graph?.[Symbol.asyncDispose]();
  }
}

/** For each row a the smallest |c|² − 2 a·c of any centre c: the squared distance but for |a|². */
const nearestGraph = (columns: number): Uint8Array => {
  const graph = new GraphBuilder('nearest centre');
  const rows = graph.input('rows', 'float32', ['n', columns]);
  const centres = graph.input('centres', 'float32', ['k', columns]);
  const squares = graph.input('squares', 'float32', ['k']);
  const partial = graph.node('Gemm', [rows, centres, squares], { transB: 1, alpha: { float: -2 } });
  const axes = graph.constant(int64Constant([1]));
  graph.output(graph.node('ReduceMin', [partial, axes], { keepdims: 0 }, 'nearest'), 'float32', ['n']);
  return graph.build();
};
