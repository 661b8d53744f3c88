// How near the classes of the selection come to the shares that are wanted. Pure.
import { FramesiftError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';
import type { ClassShares } from './candidates.ts';
import type { Objective } from './objective.ts';

/**
 * The wanted share of each class: `uniform`, `input` (as the candidates have them), or shares by class, in [0, 1]. With
 * those, classes that are not listed share what is left, however it falls among them.
 */
export type BalanceTarget = 'uniform' | 'input' | Readonly<Record<string, number>>;

/** Keeps the objective finite where the shares are exactly as wanted. */
const LEAST_MISS = 1e-5;

const SHARES_TOLERANCE = 1e-9;

/**
 * Values are 1 / (m + 1e-5), where m is what a selection with the candidate would miss the target by: the total
 * variation distance, half the sum of |share − wanted share|, in [0, 1]. The reciprocal and not 1 − m, so that balance
 * does not lose its say as the selection grows and single picks move shares by ever less.
 *
 * @param classes finite numbers of at least 0
 * @param isOpen candidates that `input` counts
 * @throws ERR_OPTION for shares that are none
 */
export const balanceObjective = (
  classes: ClassShares,
  target: BalanceTarget,
  strength: number,
  isOpen: (candidate: number) => boolean,
): Objective => {
  const { wanted, binOf } = binsOf(classes, target, isOpen);
  const { columns, data } = classes.rows;
  const sums = new Float64Array(wanted.length);
  const next = new Float64Array(wanted.length);
  const fill = (bins: Float64Array, candidate: number): void => {
    for (let i = 0; i < columns; i++) bins[binOf[i]!]! += data[candidate * columns + i]!;
  };
  const value = (candidate: number): number => {
    next.set(sums);
    fill(next, candidate);
    let total = 0;
    for (let i = 0; i < next.length; i++) total += next[i]!;
    if (total === 0) return 1 / (1 + LEAST_MISS);
    let miss = 0;
    for (let i = 0; i < next.length; i++) miss += Math.abs(next[i]! / total - wanted[i]!);
    return 1 / (miss / 2 + LEAST_MISS);
  };
  return { strength, course: 'free', value, bound: value, add: (candidate) => fill(sums, candidate) };
};

interface Bins {
  /** Wanted shares; they sum to 1. */
  readonly wanted: readonly number[];
  /** By class: the bin that it counts in. */
  readonly binOf: readonly number[];
}

const binsOf = (
  { names, rows }: ClassShares,
  target: BalanceTarget,
  isOpen: (candidate: number) => boolean,
): Bins => {
  const each = names.map((_, i) => i);
  if (target === 'uniform') return { wanted: names.map(() => 1 / names.length), binOf: each };
  if (target === 'input') {
    const sums = names.map(() => 0);
    for (let row = 0; row < rows.rows; row++)
      if (isOpen(row)) for (const i of each) sums[i]! += rows.data[row * rows.columns + i]!;
    const total = sums.reduce((sum, one) => sum + one, 0);
    return { wanted: sums.map((sum) => (total === 0 ? 1 / names.length : sum / total)), binOf: each };
  }
  const listed = Object.keys(target);
  const unknown = listed.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw balanceError(`there is no class ${quote(unknown)}. Classes: ${names.map(quote).join(', ')}`);
  }
  const shares = Object.values(target);
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (!shares.every((share) => share >= 0 && share <= 1) || total > 1 + SHARES_TOLERANCE) {
    throw balanceError(`${JSON.stringify(target)}: shares must be in [0, 1] and sum to at most 1`);
  }
  const rest = listed.length;
  const hasRest = listed.length < names.length;
  if (!hasRest && total < 1 - SHARES_TOLERANCE) {
    throw balanceError(`${JSON.stringify(target)}: all classes are listed, so their shares must sum to 1`);
  }
  return {
    wanted: hasRest ? [...shares, Math.max(0, 1 - total)] : shares,
    binOf: names.map((name) => (listed.includes(name) ? listed.indexOf(name) : rest)),
  };
};

const balanceError = (problem: string): FramesiftError =>
  new FramesiftError('ERR_OPTION', `balance: ${problem}.`);
