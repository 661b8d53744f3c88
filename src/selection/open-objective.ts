// What each strategy wants of the next pick, as an objective.
import { FramesiftError } from '../base/errors.ts';
import { type Matrix, rowOf } from '../base/matrix.ts';
import { quote } from '../base/quote.ts';
import { Random } from '../base/random.ts';
import { balanceObjective } from './balance.ts';
import { type Pool, requireNumbers } from './candidates.ts';
import type { NearestSelected } from './nearest-selected.ts';
import { columnFor, lacks, rowsFor } from './needs.ts';
import { nearestSquares } from './neighbour-distances.ts';
import { type Objective, staticObjective } from './objective.ts';
import type { Strategy } from './strategy.ts';
import { timeObjective } from './time-spread.ts';
import type { Typicalities } from './typicality.ts';

export interface ObjectiveContext {
  readonly pool: Pool;
  /** There when a strategy is diversity. */
  readonly nearest: NearestSelected | undefined;
  readonly typicalities: Typicalities;
  /** Candidates that may be chosen at the start. */
  readonly isOpen: (candidate: number) => boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * @returns undefined for a strength of 0
 * @throws ERR_OPTION for a value out of range, or when the candidates lack what the strategy looks at; ERR_METADATA for
 *   an entry that is below 0 or not finite
 */
export const openObjective = async (
  strategy: Strategy,
  { pool, nearest, typicalities, isOpen, signal }: ObjectiveContext,
): Promise<Objective | undefined> => {
  const { type, strength = 1 } = strategy;
  if (!Number.isFinite(strength)) throw strategyError(type, `strength ${strength}: expected a finite number`);
  // Weights without a say may still end the run by their sum.
  if (strategy.type === 'weights') requireWeights(strategy, pool);
  if (strength === 0) return undefined;
  switch (strategy.type) {
    case 'diversity':
      return diversityObjective(nearest!, strength);
    case 'similarity':
      return staticObjective(await similarities(rowsFor(pool, type), strategy.queries, signal), strength);
    case 'typicality':
      return staticObjective(typicalities.get(strategy)!, strength);
    case 'weights':
      return staticObjective(columnFor(pool.columns, type, strategy.column), strength);
    case 'balance': {
      const classes = Object.hasOwn(pool.classes, strategy.classes)
        ? pool.classes[strategy.classes]
        : undefined;
      if (!classes) throw lacks(type, `classes ${quote(strategy.classes)}`, Object.keys(pool.classes));
      for (let i = 0; i < pool.count; i++) {
        const name = `classes ${quote(strategy.classes)} of candidate ${pool.given[i]}`;
        requireNumbers(rowOf(classes.rows, i), name, 0);
      }
      return balanceObjective(classes, strategy.target, strength, isOpen);
    }
    case 'random': {
      const random = new Random(strategy.seed ?? 0);
      return staticObjective(
        Float64Array.from({ length: pool.count }, () => random.uniform()),
        strength,
      );
    }
    case 'time': {
      if (!pool.seconds) throw lacks(type, 'seconds', []);
      return timeObjective(pool, pool.seconds, strength);
    }
  }
};

const requireWeights = (
  { type, column, maxSum = Number.POSITIVE_INFINITY }: Extract<Strategy, { type: 'weights' }>,
  { columns, given }: Pool,
): void => {
  if (!(maxSum >= 0)) throw strategyError(type, `maxSum ${maxSum}: expected a number of at least 0`);
  requireNumbers(columnFor(columns, type, column), `weights ${quote(column)}`, 0, given);
};

/**
 * Squared distances with half the power: no root is taken, and none rounds two distances to one. While nothing is
 * selected, all candidates are worth the same.
 */
const diversityObjective = (nearest: NearestSelected, strength: number): Objective => ({
  strength: strength / 2,
  course: 'falling',
  value: (candidate) => (nearest.selected.length === 0 ? 1 : nearest.exact(candidate)),
  bound: (candidate) => nearest.bounds[candidate]!,
  add: () => {},
});

const similarities = async (
  rows: Matrix,
  queries: Matrix,
  signal: AbortSignal | undefined,
): Promise<Float64Array> => {
  if (queries.rows === 0) throw strategyError('similarity', 'there are no queries: give at least one row');
  const squares = await nearestSquares(rows, queries, 1, signal);
  return squares.map((square) => Math.max(0, 1 - square / 4));
};

const strategyError = (type: string, problem: string): FramesiftError =>
  new FramesiftError('ERR_OPTION', `${type}: ${problem}.`, { facts: { strategy: type } });
