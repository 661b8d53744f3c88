// How far two pictures are from one another, byte by byte.

/**
 * Mean absolute difference: `Σ |a − b| / n`.
 *
 * @param a at least one byte
 * @param b as many
 * @returns in [0, 255]
 */
export const meanDifference = (a: Uint8Array, b: Uint8Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
};
