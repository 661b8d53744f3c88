// How well embeddings tell labels apart: each row of one table is classified by its neighbours in another.
import { FramesiftError } from './base/errors.ts';
import { matrixOf } from './base/matrix.ts';
import type { LoadedEmbeddings } from './formats/embedding-dict.ts';
import { loadEmbeddings } from './lightly.ts';
import { KnnBenchmark } from './linalg/knn-benchmark.ts';

export interface KnnAccuracyOptions {
  /** Table whose rows and labels are known. */
  readonly train: string;
  /** Table whose labels are to be found, and are compared. */
  readonly test: string;
  /** Neighbours that vote. Default 200, or all rows where there are fewer. */
  readonly k?: number | undefined;
  /** Temperature: the lower, the more the nearest count. Default 0.1. */
  readonly temperature?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface KnnAccuracy {
  readonly trainRows: number;
  readonly testRows: number;
  readonly numClasses: number;
  readonly k: number;
  /** Shares of rows whose label is the likeliest, or among the first five, in [0, 1]. */
  readonly top1: number;
  readonly top5: number;
}

const USUAL_K = 200;

/**
 * Classifies the rows of a table by a weighted vote of their neighbours in another one (Lightly's `knn_predict`),
 * and compares with their labels. Rows are compared by cosine similarity.
 *
 * @throws ERR_NOT_FOUND, ERR_EMBEDDINGS, ERR_OPTION, ERR_SHAPE when the tables do not fit together
 */
export const knnAccuracy = async ({
  train,
  test,
  k,
  temperature: knnT,
  signal,
}: KnnAccuracyOptions): Promise<KnnAccuracy> => {
  const bank = await loadEmbeddings(train, { type: 'float32' });
  const queries = await loadEmbeddings(test, { type: 'float32' });
  if (bank.embeddings.columns !== queries.embeddings.columns) {
    throw new FramesiftError(
      'ERR_SHAPE',
      `${test}: its embeddings have ${queries.embeddings.columns} values, those of ${train} have ${bank.embeddings.columns}. Embed both with one model.`,
      { facts: { train, test } },
    );
  }
  // Labels may be any numbers; of likely classes the one of the lower label goes first.
  const labels = [...new Set([...bank.labels, ...queries.labels])].sort((a, b) => a - b);
  const classes = new Map(labels.map((label, position) => [label, position]));
  const classesOf = ({ labels: own }: LoadedEmbeddings<Float32Array>): number[] =>
    own.map((label) => classes.get(label)!);
  const numClasses = labels.length;
  const knnK = k ?? Math.min(USUAL_K, bank.embeddings.rows);
  const benchmark = new KnnBenchmark({ numClasses, knnK, knnT, topk: [1, 5] });
  benchmark.collect(asMatrix(bank), classesOf(bank));
  const accuracy = await benchmark.evaluate(asMatrix(queries), classesOf(queries), { signal });
  return {
    trainRows: bank.embeddings.rows,
    testRows: queries.embeddings.rows,
    numClasses,
    k: knnK,
    top1: accuracy.get(1)!,
    top5: accuracy.get(5)!,
  };
};

const asMatrix = ({ embeddings: { data, rows, columns } }: LoadedEmbeddings<Float32Array>) =>
  matrixOf(data, rows, columns);
