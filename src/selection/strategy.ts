// The strategies that a selection is combined of, by Lightly's names for them. Pure.
import type { Matrix } from '../base/matrix.ts';
import type { BalanceTarget } from './balance.ts';

interface Weighted {
  /** The power of the strategy's objective in the product. Default 1; below 0 it is inverted, at 0 it has no say. */
  readonly strength?: number | undefined;
}

/** The distance to the nearest selected candidate. */
interface DiversityStrategy extends Weighted {
  readonly type: 'diversity';
}

/** (1 + cosine similarity to the nearest query) / 2, in [0, 1]. */
interface SimilarityStrategy extends Weighted {
  readonly type: 'similarity';
  /** At least one row, of length 1. */
  readonly queries: Matrix;
}

/** `typicality`: high in crowds, low for outliers. Combine it with diversity. */
export interface TypicalityStrategy extends Weighted {
  readonly type: 'typicality';
  /** At least 2. Default 20. */
  readonly neighbours?: number | undefined;
  /** In (0, 1]: nothing less typical than this share of the most typical candidate is picked. Default: everything is. */
  readonly minimum?: number | undefined;
}

/** A column's value, at least 0. */
interface WeightsStrategy extends Weighted {
  readonly type: 'weights';
  readonly column: string;
  /** The run ends before a pick that would bring the selection's sum above this. */
  readonly maxSum?: number | undefined;
}

/** What the classes of the selection with the candidate come to: see `balanceObjective`. */
interface BalanceStrategy extends Weighted {
  readonly type: 'balance';
  readonly classes: string;
  readonly target: BalanceTarget;
}

/** A number in [0, 1) for each candidate. */
interface RandomStrategy extends Weighted {
  readonly type: 'random';
  /** Default 0. */
  readonly seed?: number | undefined;
}

/** Seconds to the nearest selected frame of the same video: even in time. */
interface TimeStrategy extends Weighted {
  readonly type: 'time';
}

export type Strategy =
  | DiversityStrategy
  | SimilarityStrategy
  | TypicalityStrategy
  | WeightsStrategy
  | BalanceStrategy
  | RandomStrategy
  | TimeStrategy;
