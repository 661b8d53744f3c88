// What options of transforms may be. Each check throws ERR_OPTION with what would be right.
import { FramesiftError } from '../base/errors.ts';

export type Pair = readonly [low: number, high: number];

/** The longest side of a view: more is a slip, and fills the memory. */
const LARGEST_SIDE = 16_384;

/** @throws ERR_OPTION */
export const refuseOption = (option: string, value: unknown, expected: string): never => {
  const text =
    typeof value === 'string' ? JSON.stringify(value) : Array.isArray(value) ? `[${value}]` : `${value}`;
  throw new FramesiftError('ERR_OPTION', `${option} ${text}: expected ${expected}.`, {
    facts: { option, value: text },
  });
};

/** Numbers from `low` to `high`, both included; `high` may be left out. */
export const requireNumber = (option: string, value: number, low: number, high = Infinity): void => {
  if (typeof value === 'number' && Number.isFinite(value) && value >= low && value <= high) return;
  refuseOption(
    option,
    value,
    high !== Infinity
      ? `a number from ${low} to ${high}`
      : low === -Infinity
        ? 'a finite number'
        : `a number of at least ${low}`,
  );
};

export const requireProbability = (option: string, value: number): void => requireNumber(option, value, 0, 1);

/** Two numbers from `low` to `high`, the first not above the second. */
export const requirePair = (option: string, value: Pair, low: number, high = Infinity): void => {
  const isPair = Array.isArray(value) && value.length === 2 && value.every(Number.isFinite);
  if (isPair && value[0] <= value[1] && value[0] >= low && value[1] <= high) return;
  const bounds =
    high === Infinity ? (low === -Infinity ? '' : ` of at least ${low}`) : ` from ${low} to ${high}`;
  refuseOption(option, value, `two numbers${bounds}, the smaller first`);
};

/** Shares of a picture: above 0, at most 1, the smaller first. */
export const requireScales = (option: string, value: Pair): void => {
  requirePair(option, value, 0, 1);
  if (value[0] === 0) refuseOption(option, value, 'shares above 0');
};

export const requireSide = (option: string, value: number): void =>
  requireWhole(option, value, 1, LARGEST_SIDE);

export const requireWhole = (option: string, value: number, low: number, high: number): void => {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  refuseOption(option, value, `a whole number from ${low} to ${high}`);
};
