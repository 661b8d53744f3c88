// What the histogram of a picture's luma tells: how bright it is, how much it varies, how much it says.
import type { LumaPlane } from './luma.ts';

export interface LumaStatistics {
  /** Mean luma, in [0, 255]. */
  readonly luminance: number;
  /** RMS contrast: the standard deviation of luma, with divisor n, as `numpy.std`; in [0, 127.5]. */
  readonly contrast: number;
  /** Shannon entropy of the histogram, `Σ p log2(1/p)` over 256 bins; in [0, 8] bits, and 0 for a plain picture. */
  readonly entropy: number;
  /** The luma that 5 % of the pixels do not reach, in [0, 255]. */
  readonly shadows: number;
  /** The luma that 1 % of the pixels exceed, in [0, 255]. */
  readonly highlights: number;
}

/** @param plane at least one pixel */
export const lumaStatistics = ({ data }: LumaPlane): LumaStatistics => {
  const histogram = new Uint32Array(256);
  for (let i = 0; i < data.length; i++) histogram[data[i]!]!++;
  let sum = 0;
  for (let luma = 0; luma < 256; luma++) sum += luma * histogram[luma]!;
  const luminance = sum / data.length;
  let [variance, entropy] = [0, 0];
  for (let luma = 0; luma < 256; luma++) {
    if (histogram[luma] === 0) continue;
    const share = histogram[luma]! / data.length;
    variance += share * (luma - luminance) ** 2;
    entropy -= share * Math.log2(share);
  }
  const quantileOf = (share: number): number => quantileIn(histogram, share, data.length);
  return {
    luminance,
    contrast: Math.sqrt(variance),
    entropy,
    shadows: quantileOf(0.05),
    highlights: quantileOf(0.99),
  };
};

/** The value below which a share of all pixels lies, linear between neighbours, as `numpy.quantile`. */
const quantileIn = (histogram: Uint32Array, share: number, count: number): number => {
  const place = share * (count - 1);
  const [below, above] = [valueAt(histogram, Math.floor(place)), valueAt(histogram, Math.ceil(place))];
  return below + (place - Math.floor(place)) * (above - below);
};

/** The value at a place among all pixels in ascending order. */
const valueAt = (histogram: Uint32Array, place: number): number => {
  let value = 0;
  for (let before = histogram[0]!; before <= place; before += histogram[value]!) value++;
  return value;
};
