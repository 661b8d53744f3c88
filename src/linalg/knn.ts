import { FramesiftError } from '../base/errors.ts';
import type { Matrix } from '../base/matrix.ts';
import { invalidOption, requireWhole } from '../base/option-checks.ts';
import { type Neighbours, nearestNeighbours } from './nearest-neighbours.ts';

export interface KnnOptions {
  /** Classes are the integers `[0, numClasses)`. */
  readonly numClasses: number;
  /** Neighbours that vote; at most the rows of the bank. Default 200. */
  readonly knnK?: number | undefined;
  /** Temperature, above 0: the lower, the more the nearest neighbours count. Default 0.1. */
  readonly knnT?: number | undefined;
}

/** For each of `rows` samples classes in order, the likeliest first: `rows × columns` class indices, row-major. */
export interface ClassRanking {
  readonly rows: number;
  readonly columns: number;
  readonly data: Int32Array;
}

/**
 * Ranks the classes for each sample by a weighted vote of its nearest neighbours (Wu et al. 2018; Lightly's
 * `knn_predict`): a neighbour of similarity s votes for its class with weight `exp(s / knnT)`. Equal scores are in
 * ascending order of class; classes without a neighbour come last. Nothing is normalised: give unit rows for the
 * cosine similarity.
 *
 * @param features B × D
 * @param bank N × D, one labelled sample in each row. (Lightly takes its transpose, D × N.)
 * @param bankLabels N classes
 * @returns B × numClasses: every class, not only the winner
 * @throws ERR_OPTION for an option out of range, `knnK` above N among them; ERR_SHAPE when shapes do not fit;
 *   ERR_EMBEDDINGS when a number is not finite, or a label is no class
 */
export const knnPredict = async (
  features: Matrix,
  bank: Matrix,
  bankLabels: ArrayLike<number>,
  options: KnnOptions & { readonly signal?: AbortSignal | undefined },
): Promise<ClassRanking> => {
  const { numClasses, knnK, knnT } = checkedKnnOptions(options);
  requireLabels(bankLabels, bank.rows, numClasses);
  if (knnK > bank.rows) {
    throw new FramesiftError(
      'ERR_OPTION',
      `knnK ${knnK} neighbours are more than the ${bank.rows} rows of the bank. Choose a smaller knnK.`,
      { facts: { knnK, rows: bank.rows } },
    );
  }
  const neighbours = await nearestNeighbours(features, bank, knnK, { signal: options.signal });
  const data = new Int32Array(features.rows * numClasses);
  const scores = new Float64Array(numClasses);
  for (let row = 0; row < features.rows; row++) {
    vote(scores, neighbours, row, bankLabels, knnT);
    rankClasses(scores, data.subarray(row * numClasses, (row + 1) * numClasses));
  }
  return { rows: features.rows, columns: numClasses, data };
};

/** The options with their defaults. @throws ERR_OPTION */
export const checkedKnnOptions = ({
  numClasses,
  knnK = 200,
  knnT = 0.1,
}: KnnOptions): { readonly numClasses: number; readonly knnK: number; readonly knnT: number } => {
  requireWhole('numClasses', numClasses, 1);
  requireWhole('knnK', knnK, 1);
  if (!(Number.isFinite(knnT) && knnT > 0)) throw invalidOption('knnT', knnT, 'a number above 0');
  return { numClasses, knnK, knnT };
};

/** @throws ERR_SHAPE unless there are `count` labels; ERR_EMBEDDINGS unless each is a whole number in `[0, numClasses)` */
export const requireLabels = (labels: ArrayLike<number>, count: number, numClasses: number): void => {
  if (labels.length !== count) {
    throw new FramesiftError('ERR_SHAPE', `there are ${labels.length} labels for ${count} rows.`, {
      facts: { labels: labels.length, rows: count },
    });
  }
  for (let i = 0; i < count; i++) {
    const label = labels[i]!;
    if (Number.isInteger(label) && label >= 0 && label < numClasses) continue;
    throw new FramesiftError(
      'ERR_EMBEDDINGS',
      `label ${i} is ${label}: expected a whole number from 0 to ${numClasses - 1}.`,
      { facts: { row: i, label, numClasses } },
    );
  }
};

const vote = (
  scores: Float64Array,
  { k, indices, similarities }: Neighbours,
  row: number,
  labels: ArrayLike<number>,
  temperature: number,
): void => {
  scores.fill(0);
  // Weights relative to the nearest neighbour's: the order is the same, and no temperature makes them overflow.
  const nearest = similarities[row * k]!;
  for (let i = row * k; i < (row + 1) * k; i++) {
    const label = labels[indices[i]!]!;
    scores[label] = scores[label]! + Math.exp((similarities[i]! - nearest) / temperature);
  }
};

const rankClasses = (scores: Float64Array, ranking: Int32Array): void => {
  let found = 0;
  for (let label = 0; label < scores.length; label++) if (scores[label]! > 0) ranking[found++] = label;
  ranking.subarray(0, found).sort((a, b) => scores[b]! - scores[a]! || a - b);
  for (let label = 0; label < scores.length; label++) if (scores[label] === 0) ranking[found++] = label;
};

/**
 * Share of samples whose class is among the first k of their ranking (Lightly's `mean_topk_accuracy`).
 *
 * @param targets one class for each row
 * @param ks whole numbers of at least 1; one above the number of classes takes all of them
 * @returns k → share in [0, 1], in the order of `ks`
 * @throws ERR_OPTION for another k; ERR_SHAPE when there are no rows, or not as many targets
 */
export const meanTopkAccuracy = (
  { rows, columns, data }: ClassRanking,
  targets: ArrayLike<number>,
  ks: readonly number[],
): Map<number, number> => {
  if (rows === 0 || targets.length !== rows) {
    throw new FramesiftError(
      'ERR_SHAPE',
      `there are ${rows} predictions and ${targets.length} targets: an accuracy needs as many of both, and at least 1.`,
      { facts: { rows, targets: targets.length } },
    );
  }
  const ranks = Array.from({ length: rows }, (_, row) => {
    const rank = data.subarray(row * columns, (row + 1) * columns).indexOf(targets[row]!);
    return rank < 0 ? Infinity : rank;
  });
  for (const k of ks) requireWhole('top', k, 1);
  return new Map(ks.map((k) => [k, ranks.filter((rank) => rank < k).length / rows]));
};
