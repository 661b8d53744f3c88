// What options that are numbers may be. Each check throws ERR_OPTION with what would be right.
import { FramesiftError } from './errors.ts';

/** The error of an option that cannot be what it is. */
export const invalidOption = (option: string, value: unknown, expected: string): FramesiftError => {
  const text =
    typeof value === 'string' ? JSON.stringify(value) : Array.isArray(value) ? `[${value}]` : `${value}`;
  return new FramesiftError('ERR_OPTION', `${option} ${text}: expected ${expected}.`, {
    facts: { option, value: typeof value === 'number' || typeof value === 'string' ? value : text },
  });
};

/** Whole numbers from `least` to `most`, both included. @throws ERR_OPTION */
export const requireWhole = (
  option: string,
  value: number,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void => {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw invalidOption(option, value, `a whole number ${range}`);
};

/** Finite numbers from `least` to `most`, both included. @throws ERR_OPTION */
export const requireNumber = (
  option: string,
  value: number,
  least = Number.NEGATIVE_INFINITY,
  most = Number.POSITIVE_INFINITY,
): void => {
  if (typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most) return;
  throw invalidOption(
    option,
    value,
    most !== Number.POSITIVE_INFINITY
      ? `a number from ${least} to ${most}`
      : least === Number.NEGATIVE_INFINITY
        ? 'a finite number'
        : `a number of at least ${least}`,
  );
};
