// The slowest cosines of a square of values: what perceptual hashes are made of.

/**
 * A discrete cosine transform of type II, without a norm, of which only the lowest frequencies are computed.
 *
 * @param side of the square of values
 * @param kept frequencies each way, at most `side`
 * @returns what makes `kept × kept` coefficients of `side × side` values, both row by row; the row is the vertical
 *   frequency
 */
export const cosineTransform = (side: number, kept: number): ((values: Float64Array) => Float64Array) => {
  const cosines = Float64Array.from({ length: kept * side }, (_, i) =>
    Math.cos((Math.PI * Math.floor(i / side) * (2 * (i % side) + 1)) / (2 * side)),
  );
  return (values) => {
    const halfway = new Float64Array(kept * side);
    for (let frequency = 0; frequency < kept; frequency++) {
      for (let y = 0; y < side; y++) {
        const weight = cosines[frequency * side + y]!;
        for (let x = 0; x < side; x++) halfway[frequency * side + x]! += weight * values[y * side + x]!;
      }
    }
    return Float64Array.from({ length: kept * kept }, (_, i) => {
      const row = Math.floor(i / kept) * side;
      const from = (i % kept) * side;
      let sum = 0;
      for (let x = 0; x < side; x++) sum += cosines[from + x]! * halfway[row + x]!;
      // Below this the arithmetic's rounding errors would decide: a plain picture has no frequencies at all.
      return Math.round(sum / GRAIN) * GRAIN;
    });
  };
};

const GRAIN = 1e-3;

/** Bits, the first the most significant, as hexadecimal digits; their number is a multiple of 4. */
export const hexOfBits = (bits: readonly boolean[]): string => {
  let hex = '';
  for (let i = 0; i < bits.length; i += 4) {
    let digit = 0;
    for (let bit = 0; bit < 4; bit++) digit = 2 * digit + (bits[i + bit] ? 1 : 0);
    hex += digit.toString(16);
  }
  return hex;
};
