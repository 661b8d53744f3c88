// The shortest decimal that rounds to a float16: what numpy prints. There are few of them, so each precision is tried.
import { toFloat16Bits } from '../base/float16.ts';

/** Decimal digits that tell all float16 apart. */
const MOST_DIGITS = 5;

/**
 * The decimal of the fewest digits that reads back as the same float16; of several the nearest one, at a tie the one
 * with an even last digit. Agrees with numpy's Dragon4.
 *
 * @param half a float16, finite and not 0
 */
export const shortestFloat16 = (half: number): number => {
  const bits = toFloat16Bits(half);
  for (let digits = 1; digits < MOST_DIGITS; digits++) {
    const found = roundedTo(half, digits).find((candidate) => toFloat16Bits(candidate) === bits);
    if (found !== undefined) return found;
  }
  return Number(half.toPrecision(MOST_DIGITS));
};

/** The nearest number of so many decimal digits; halfway between two both, the one with an even last digit first. */
const roundedTo = (value: number, digits: number): number[] => {
  const upwards = Number(value.toPrecision(digits));
  // A float16 has at most 24 digits: these are all of them.
  const [mantissa, exponent] = value.toExponential(40).split('e') as [string, string];
  const cut = mantissa.indexOf('.') + digits;
  const kept = mantissa.slice(0, cut);
  if (!/^\.?50*$/.test(mantissa.slice(cut))) return [upwards];
  const downwards = Number(`${kept}e${exponent}`);
  return /[02468]\.?$/.test(kept) ? [downwards, upwards] : [upwards, downwards];
};
