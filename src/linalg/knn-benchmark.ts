import { FramesiftError } from '../base/errors.ts';
import { type Matrix, matrixOf } from '../base/matrix.ts';
import { checkedKnnOptions, type KnnOptions, knnPredict, meanTopkAccuracy, requireLabels } from './knn.ts';
import { normalizeRows } from './normalize-rows.ts';

export interface KnnBenchmarkOptions extends KnnOptions {
  /** The k of the accuracies reported. Default 1 and 5. */
  readonly topk?: readonly number[] | undefined;
  /** Whether features are scaled to length 1 before they are compared. Default true. */
  readonly normalize?: boolean | undefined;
}

/**
 * How well the features of an encoder tell classes apart, without training anything: labelled training features are
 * collected, validation features classified by their neighbours among them (Lightly's `KNNClassifier` and
 * `BenchmarkModule`). Features may come from any engine.
 */
export class KnnBenchmark {
  readonly #options: Required<KnnOptions>;
  readonly #topk: readonly number[];
  readonly #normalize: boolean;
  #features: Matrix[] = [];
  #labels: number[] = [];
  #maxAccuracy = 0;

  /** @throws ERR_OPTION */
  constructor({ topk = [1, 5], normalize = true, ...options }: KnnBenchmarkOptions) {
    this.#options = checkedKnnOptions(options);
    this.#topk = topk;
    this.#normalize = normalize;
  }

  /** The best top-1 accuracy of all evaluations so far, in [0, 1]; 0 before the first. */
  get maxAccuracy(): number {
    return this.#maxAccuracy;
  }

  /**
   * Adds training features; they are copied.
   *
   * @param features any number of rows, as wide as those before
   * @param labels one class for each row
   * @throws ERR_SHAPE, ERR_EMBEDDINGS when a label is no class
   */
  collect(features: Matrix, labels: ArrayLike<number>): void {
    requireLabels(labels, features.rows, this.#options.numClasses);
    const width = this.#features[0]?.columns ?? features.columns;
    if (features.columns !== width) {
      throw new FramesiftError(
        'ERR_SHAPE',
        `the features have ${features.columns} columns, those before have ${width}.`,
        { facts: { columns: features.columns, expected: width } },
      );
    }
    this.#features.push(
      this.#normalize ? normalizeRows(features) : { ...features, data: features.data.slice() },
    );
    for (let i = 0; i < labels.length; i++) this.#labels.push(labels[i]!);
  }

  /** Forgets the training features, so that those of the next epoch can be collected. Keeps the best accuracy. */
  reset(): void {
    this.#features = [];
    this.#labels = [];
  }

  /**
   * Classifies validation features.
   *
   * @param targets the class of each row
   * @returns k → share of rows whose class is among the first k, for each k of `topk`
   * @throws as {@link knnPredict}: ERR_OPTION among others when fewer rows than `knnK` were collected
   */
  async evaluate(
    features: Matrix,
    targets: ArrayLike<number>,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Map<number, number>> {
    const queries = this.#normalize ? normalizeRows(features) : features;
    const ranking = await knnPredict(queries, this.#bank(features.columns), this.#labels, {
      ...this.#options,
      signal,
    });
    this.#maxAccuracy = Math.max(this.#maxAccuracy, meanTopkAccuracy(ranking, targets, [1]).get(1)!);
    return meanTopkAccuracy(ranking, targets, this.#topk);
  }

  /** All training features as one matrix, in place of the pieces. */
  #bank(columns: number): Matrix {
    const [only] = this.#features;
    if (this.#features.length === 1) return only!;
    const width = only?.columns ?? columns;
    const data = new Float32Array(this.#labels.length * width);
    let end = 0;
    for (const piece of this.#features) {
      data.set(piece.data, end);
      end += piece.data.length;
    }
    const bank = matrixOf(data, this.#labels.length, width);
    this.#features = [bank];
    return bank;
  }
}
