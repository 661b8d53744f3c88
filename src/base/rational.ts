/** A ratio of two integers, as FFmpeg's AVRational: a time base is the length of one tick in seconds. */
export interface Rational {
  readonly num: number;
  readonly den: number;
}

/** The seconds that `ticks` of `timeBase` last. Exact to the last bit of a double for all that fits one. */
export const ticksToSeconds = (ticks: bigint, timeBase: Rational): number => {
  const scaled = ticks * BigInt(timeBase.num);
  const den = BigInt(timeBase.den);
  const whole = scaled / den;
  return Number(whole) + Number(scaled - whole * den) / timeBase.den;
};

/** A ratio as a number; 0 where it is undefined (a rate of 0/0 or 1/0 means "unknown" in FFmpeg). */
export const rationalToNumber = ({ num, den }: Rational): number => (num === 0 || den === 0 ? 0 : num / den);
