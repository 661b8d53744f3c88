// Luma: the brightness of a picture's pixels, which all measures of a frame look at.
import type { RgbImage } from '../base/rgb-image.ts';

/** A picture in 8-bit grey, rows tight, top row first. */
export interface LumaPlane {
  readonly width: number;
  readonly height: number;
  /** `width × height` bytes: 0 is black, 255 white. */
  readonly data: Uint8Array;
}

// In 1/32768, and rounded as OpenCV does it; they add up to 32768, so that grey stays what it is.
const [RED, GREEN, BLUE, SHIFT] = [9798, 19235, 3735, 15] as const;
const HALF = 1 << (SHIFT - 1);

/**
 * Luma by BT.601, full range: `0.299 R + 0.587 G + 0.114 B`, to the nearest integer. The bytes are those of OpenCV's
 * `cvtColor(…, COLOR_RGB2GRAY)`.
 */
export const lumaOf = ({ width, height, data }: RgbImage): LumaPlane => {
  const luma = new Uint8Array(width * height);
  for (let i = 0, from = 0; i < luma.length; i++, from += 3) {
    luma[i] = (RED * data[from]! + GREEN * data[from + 1]! + BLUE * data[from + 2]! + HALF) >> SHIFT;
  }
  return { width, height, data: luma };
};
