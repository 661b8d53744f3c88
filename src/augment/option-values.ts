import { invalidOption, requireNumber, requireWhole } from '../base/option-checks.ts';
// What options of transforms may be. Each check throws ERR_OPTION with what would be right.

export type Pair = readonly [low: number, high: number];

/** The longest side of a view: more is a slip, and fills the memory. */
const LARGEST_SIDE = 16_384;

export const requireProbability = (option: string, value: number): void => requireNumber(option, value, 0, 1);

/** Two numbers from `low` to `high`, the first not above the second. */
export const requirePair = (option: string, value: Pair, low: number, high = Infinity): void => {
  const isPair = Array.isArray(value) && value.length === 2 && value.every(Number.isFinite);
  if (isPair && value[0] <= value[1] && value[0] >= low && value[1] <= high) return;
  const bounds =
    high === Infinity ? (low === -Infinity ? '' : ` of at least ${low}`) : ` from ${low} to ${high}`;
  throw invalidOption(option, value, `two numbers${bounds}, the smaller first`);
};

/** Shares of a picture: above 0, at most 1, the smaller first. */
export const requireScales = (option: string, value: Pair): void => {
  requirePair(option, value, 0, 1);
  if (value[0] === 0) throw invalidOption(option, value, 'shares above 0');
};

export const requireSide = (option: string, value: number): void =>
  requireWhole(option, value, 1, LARGEST_SIDE);
