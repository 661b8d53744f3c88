// The shortest decimal that rounds to a float32: what numpy prints, found about ten times as fast as by trying precisions.

/** `digits × 10^power`. */
export interface Decimal {
  /** A whole number from 1 to 2 000 000 000. */
  digits: number;
  power: number;
}

const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

const MANTISSA_BITS = 23;
const LEAST_EXPONENT = -149;
const WHOLE_BELOW = 2 ** 24;

// By biased exponent: the power of ten that brings the float to [1e8, 2e9), that power, and half a unit in the
// last place at that scale. So scaled, the floats between two neighbours are at least five whole numbers wide.
const POWERS = new Int8Array(256);
const SCALES = new Float64Array(256);
const HALF_UNITS = new Float64Array(256);
for (let exponent = 1; exponent < 255; exponent++) {
  const power = 8 - Math.floor(Math.log10(2 ** (exponent - 127)));
  POWERS[exponent] = -power;
  SCALES[exponent] = Number(`1e${power}`);
  HALF_UNITS[exponent] = 2 ** (exponent + LEAST_EXPONENT - 2) * SCALES[exponent]!;
}
const TENS = Float64Array.from({ length: 11 }, (_, power) => 10 ** power);

// Two roundings at 2e9 err by less than 1e-6. What is nearer to a decision than this goes the exact way.
const DOUBT = 1e-5;

const isClear = (fraction: number): boolean => fraction > DOUBT && fraction < 1 - DOUBT;

/**
 * The decimal of the fewest digits that reads back as the same float32; of several the nearest one, at a tie the
 * one with an even last digit. Agrees with numpy's Dragon4.
 *
 * @param magnitude a float32, finite and above 0
 * @param out receives the decimal, so that millions of calls allocate nothing
 */
export const shortestFloat32 = (magnitude: number, out: Decimal): void => {
  if (magnitude < WHOLE_BELOW && magnitude === Math.floor(magnitude)) {
    out.digits = magnitude;
    out.power = 0;
    return;
  }
  FLOAT[0] = magnitude;
  const exponent = BITS[0]! >>> MANTISSA_BITS;
  const mantissa = BITS[0]! & (2 ** MANTISSA_BITS - 1);
  // A power of two has a nearer neighbour below, a subnormal less than five whole numbers: both are rare.
  if (exponent === 0 || mantissa === 0 || !search(magnitude, exponent, out)) {
    searchExactly(mantissa, exponent, out);
  }
};

/** In doubles; false where their roundings leave a doubt. */
const search = (magnitude: number, exponent: number, out: Decimal): boolean => {
  const scaled = magnitude * SCALES[exponent]!;
  const halfUnit = HALF_UNITS[exponent]!;
  const low = scaled - halfUnit;
  const high = scaled + halfUnit;
  let below = low | 0;
  let within = high | 0;
  if (!isClear(low - below) || !isClear(high - within)) return false;
  // The interval holds the whole numbers above `below` up to `within`: shorten them while one remains.
  let dropped = 0;
  for (;;) {
    const shorterBelow = (below / 10) | 0;
    const shorterWithin = (within / 10) | 0;
    if (shorterWithin === shorterBelow) break;
    below = shorterBelow;
    within = shorterWithin;
    dropped++;
  }
  const exact = scaled / TENS[dropped]!;
  const floor = exact | 0;
  const rest = exact - floor;
  if (Math.abs(rest - 0.5) < DOUBT) return false;
  out.digits = rest > 0.5 ? floor + 1 : floor;
  out.power = POWERS[exponent]! + dropped;
  return true;
};

/** In whole numbers of any size. */
const searchExactly = (mantissa: number, exponent: number, out: Decimal): void => {
  const isSubnormal = exponent === 0;
  const units = BigInt(isSubnormal ? mantissa : mantissa + 2 ** MANTISSA_BITS);
  const unitExponent = LEAST_EXPONENT + (isSubnormal ? 0 : exponent - 1);
  // Everything in quarters of a unit, because half the distance to the neighbour below may be one.
  const binary = BigInt(Math.abs(unitExponent - 2));
  const isSmall = unitExponent < 2;
  const up = isSmall ? 1n : 2n ** binary;
  const value = units * 4n * up;
  const lowest = value - (mantissa === 0 && exponent > 1 ? 1n : 2n) * up;
  const highest = value + 2n * up;
  const divisor = isSmall ? 2n ** binary : 1n;
  const isEven = units % 2n === 0n;
  for (let power = leadingPower(Number(units) * 2 ** unitExponent); ; power--) {
    const times = power < 0 ? 10n ** BigInt(-power) : 1n;
    const step = divisor * (power < 0 ? 1n : 10n ** BigInt(power));
    const floor = (value * times) / step;
    const isLow = compare(floor * step, lowest * times) > (isEven ? -1 : 0);
    const isHigh = compare((floor + 1n) * step, highest * times) < (isEven ? 1 : 0);
    if (!isLow && !isHigh) continue;
    const half = compare(2n * (value * times - floor * step), step);
    const isUp = isLow && isHigh ? half > 0 || (half === 0 && floor % 2n === 1n) : isHigh;
    const digits = Number(isUp ? floor + 1n : floor);
    // Only a first digit can go up to ten: elsewhere the shorter number would have been found before.
    out.digits = digits === 10 ? 1 : digits;
    out.power = digits === 10 ? power + 1 : power;
    return;
  }
};

/** The power of ten of the first digit. */
const leadingPower = (value: number): number => Number(value.toExponential().split('e')[1]);

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
