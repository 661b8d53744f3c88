// All that the filters look at, measured once for each frame.
import type { RgbImage } from '../base/rgb-image.ts';
import { lumaOf } from '../image/luma.ts';
import { type FrameMeasures, measureLuma } from '../image/measures.ts';
import { quantile } from './quantile.ts';
import { uniformRowRatio } from './uniform-row-ratio.ts';

export interface FrameSignals extends FrameMeasures {
  /** The luma that 5 % of the pixels do not reach, in [0, 255]. */
  readonly shadows: number;
  /** The luma that 1 % of the pixels exceed, in [0, 255]. */
  readonly highlights: number;
  /** In [0, 1]. See `uniformRowRatio`. */
  readonly uniformRowRatio: number;
}

/** Measures a frame, best of `overviewSize`: `measureFrame` and what filters want besides. At least one pixel. */
export const frameSignals = (image: RgbImage): FrameSignals => {
  const luma = lumaOf(image);
  const sorted = sortedBytes(luma.data);
  return {
    ...measureLuma(luma),
    shadows: quantile(sorted, 0.05),
    highlights: quantile(sorted, 0.99),
    uniformRowRatio: uniformRowRatio(luma),
  };
};

/** By counting: a picture has many pixels and 256 levels. */
const sortedBytes = (bytes: Uint8Array): Uint8Array => {
  const counts = new Uint32Array(256);
  for (let i = 0; i < bytes.length; i++) counts[bytes[i]!]!++;
  const sorted = new Uint8Array(bytes.length);
  let start = 0;
  for (const [level, count] of counts.entries()) {
    sorted.fill(level, start, start + count);
    start += count;
  }
  return sorted;
};
