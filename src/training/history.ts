// What steps and epochs came to.

/** What an epoch came to. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  readonly steps: number;
  /** Mean over its steps. */
  readonly loss: number;
  /**
   * Mean over its steps of what says that the network has not collapsed: 1 where projections point everywhere, 0 where all
   * are the same.
   */
  readonly spread: number;
  /** At its last step. */
  readonly learningRate: number;
  /** Share of labelled frames whose class their neighbours tell, in [0, 1]. */
  readonly knnAccuracy?: number | undefined;
}

/** Sums over the steps of an epoch that is not finished. */
export interface EpochSums {
  readonly steps: number;
  readonly loss: number;
  readonly spread: number;
  readonly learningRate: number;
}

/** All that a history holds. */
export interface HistoryState {
  /** Which labels accuracies are of; undefined where nobody looked. */
  readonly labels?: string | undefined;
  readonly firstAccuracy: number | undefined;
  readonly epochs: readonly EpochRecord[];
  readonly sums: EpochSums;
  /** Of every step. */
  readonly losses: Float32Array;
}

const NOTHING: EpochSums = { steps: 0, loss: 0, spread: 0, learningRate: 0 };

export class History {
  /** {@link EpochRecord.knnAccuracy} before the first step. */
  firstAccuracy: number | undefined;
  readonly epochs: EpochRecord[];
  readonly #labels: string | undefined;
  readonly #losses: number[];
  #sums: EpochSums;

  /**
   * @param before what was kept of it; nothing where it begins
   * @param labels a key of the labels that are looked at now: accuracies of others are forgotten
   */
  constructor(before?: HistoryState, labels?: string) {
    this.#labels = labels ?? before?.labels;
    const isComparable = this.#labels === before?.labels;
    this.firstAccuracy = isComparable ? before?.firstAccuracy : undefined;
    this.epochs = (before?.epochs ?? []).map(({ knnAccuracy, ...epoch }) =>
      isComparable && knnAccuracy !== undefined ? { ...epoch, knnAccuracy } : epoch,
    );
    this.#losses = [...(before?.losses ?? [])];
    this.#sums = before?.sums ?? NOTHING;
  }

  /** All of it, for a checkpoint. */
  state(): HistoryState {
    const { firstAccuracy, epochs, sums, losses } = this;
    return { labels: this.#labels, firstAccuracy, epochs, sums, losses };
  }

  get sums(): EpochSums {
    return this.#sums;
  }

  /** Of every step so far. */
  get losses(): Float32Array {
    return Float32Array.from(this.#losses);
  }

  add({ loss, spread }: { readonly loss: number; readonly spread: number }, learningRate: number): void {
    this.#losses.push(loss);
    const { steps, loss: losses, spread: spreads } = this.#sums;
    this.#sums = { steps: steps + 1, loss: losses + loss, spread: spreads + spread, learningRate };
  }

  /** Begins the next epoch. @param epoch the one that is over, from 0 */
  closeEpoch(epoch: number, knnAccuracy: number | undefined): void {
    const { steps, loss, spread, learningRate } = this.#sums;
    this.epochs.push({
      epoch: epoch + 1,
      steps,
      loss: loss / steps,
      spread: spread / steps,
      learningRate,
      ...(knnAccuracy !== undefined && { knnAccuracy }),
    });
    this.#sums = NOTHING;
  }

  /** The best of all epochs; undefined where nobody looked. */
  get maxAccuracy(): number | undefined {
    return this.epochs.reduce<number | undefined>(
      (best, { knnAccuracy }) =>
        knnAccuracy === undefined ? best : Math.max(best ?? knnAccuracy, knnAccuracy),
      undefined,
    );
  }
}
