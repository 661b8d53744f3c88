import { FramesiftError } from '../base/errors.ts';
import { type Matrix, rowsBetween } from '../base/matrix.ts';
import { requireFinite } from './finite.ts';
import { similarityGraph } from './matmul-graph.ts';
import { floatsOf, integersOf, MatrixGraph } from './matrix-graph.ts';

/** For each query its `k` most similar rows of a bank, the most similar first; of equal ones the lower row first. */
export interface Neighbours {
  readonly queries: number;
  readonly k: number;
  /** queries × k rows of the bank. */
  readonly indices: Int32Array;
  /** queries × k inner products. */
  readonly similarities: Float32Array;
}

// Inner products in memory at a time: at most QUERY_ROWS × 2 BANK_ROWS (128 MiB), or × 2k where that is more. A block
// of the bank is large, since each costs a choice of k anew.
const QUERY_ROWS = 256;
const BANK_ROWS = 65_536;

/**
 * Exact search for the largest inner products. Products and the choice within a block of the bank are one ONNX graph
 * on all threads; beyond the result, memory depends on neither count of rows.
 *
 * @param queries B × D
 * @param bank N × D
 * @param k from 1 to N
 * @throws ERR_OPTION for another k; ERR_SHAPE when the widths differ; ERR_EMBEDDINGS when a number is not
 *   finite, or an inner product exceeds float32
 */
export const nearestNeighbours = async (
  queries: Matrix,
  bank: Matrix,
  k: number,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Neighbours> => {
  requireFit(queries, bank, k);
  const best: Neighbours = {
    queries: queries.rows,
    k,
    indices: new Int32Array(queries.rows * k),
    similarities: new Float32Array(queries.rows * k),
  };
  await using graph = await MatrixGraph.open(similarityGraph(bank.columns, k));
  for (const [bankStart, bankEnd] of evenRanges(bank.rows, Math.max(BANK_ROWS, k))) {
    const block = rowsBetween(bank, bankStart, bankEnd);
    for (const [start, end] of evenRanges(queries.rows, QUERY_ROWS)) {
      signal?.throwIfAborted();
      const found = await graph.run({ queries: rowsBetween(queries, start, end), rows: block });
      const candidates = {
        similarities: floatsOf(found['similarities']),
        places: integersOf(found['indices']),
      };
      for (let query = start; query < end; query++) merge(best, query, candidates, query - start, bankStart);
    }
  }
  if (!best.similarities.every(Number.isFinite)) {
    throw new FramesiftError(
      'ERR_EMBEDDINGS',
      'an inner product exceeds float32: scale the rows to length 1.',
    );
  }
  return best;
};

/** Cuts `[0, count)` into ranges of equal size within 1: each of at least `size`, unless there is only one. */
function* evenRanges(count: number, size: number): Generator<readonly [start: number, end: number]> {
  const pieces = Math.max(1, Math.floor(count / size));
  for (let i = 0; i < pieces && count > 0; i++) {
    yield [Math.floor((count * i) / pieces), Math.floor((count * (i + 1)) / pieces)];
  }
}

/** What a block of the bank offers to some queries: k of its rows for each, counted from its first. */
interface Candidates {
  readonly similarities: Float32Array;
  readonly places: BigInt64Array;
}

/** Merges the candidates of one query into its best so far, which are of earlier rows and so win ties. */
const merge = (
  best: Neighbours,
  query: number,
  { similarities, places }: Candidates,
  candidateQuery: number,
  firstRow: number,
): void => {
  const { k } = best;
  const start = query * k;
  const from = candidateQuery * k;
  // How many of the candidates get in, in place of how many of the best.
  let kept = firstRow === 0 ? 0 : k;
  let added = k - kept;
  while (kept > 0 && similarities[from + added]! > best.similarities[start + kept - 1]!) {
    kept--;
    added++;
  }
  // From the back, so that nothing is overwritten before it has moved.
  for (let place = k - 1; added > 0; place--) {
    const isOld = kept > 0 && best.similarities[start + kept - 1]! < similarities[from + added - 1]!;
    if (isOld) {
      kept--;
      best.similarities[start + place] = best.similarities[start + kept]!;
      best.indices[start + place] = best.indices[start + kept]!;
    } else {
      added--;
      best.similarities[start + place] = similarities[from + added]!;
      best.indices[start + place] = firstRow + Number(places[from + added]!);
    }
  }
};

const requireFit = (queries: Matrix, bank: Matrix, k: number): void => {
  if (queries.columns !== bank.columns || bank.columns === 0) {
    throw new FramesiftError(
      'ERR_SHAPE',
      `the queries have ${queries.columns} columns and the bank ${bank.columns}: they must be the same, and at least 1.`,
      { facts: { queryColumns: queries.columns, bankColumns: bank.columns } },
    );
  }
  if (!Number.isSafeInteger(k) || k < 1 || k > bank.rows) {
    throw new FramesiftError(
      'ERR_OPTION',
      `k ${k}: expected a whole number from 1 to ${bank.rows}, the number of rows in the bank.`,
      { facts: { k, rows: bank.rows } },
    );
  }
  requireFinite(queries, 'the queries');
  requireFinite(bank, 'the bank');
};
