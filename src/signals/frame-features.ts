// What all shot detectors look at, measured once for each frame.
import type { RgbImage } from '../base/rgb-image.ts';
import { resizeByArea } from '../image/area-resize.ts';
import { lumaOf } from '../image/luma.ts';
import { type HsvPlanes, hsvOf } from './hsv.ts';
import { shotHash } from './shot-hash.ts';

export interface FrameFeatures extends HsvPlanes {
  /** Mean of all red, green and blue values, in [0, 255]. */
  readonly brightness: number;
  /** Pixels by luma: 128 bins of two levels each. */
  readonly lumaHistogram: Uint32Array;
  /** 64 bits as 16 hexadecimal digits. See `shotHash`. */
  readonly hash: string;
}

const LONG_SIDE = 256;

/**
 * Measures a frame for shot detection. A picture whose longer side is above 256 pixels is averaged down to that first,
 * as PySceneDetect does (bilinearly) since version 0.7: the thresholds of its detectors are for pictures of that size,
 * where noise is averaged out. A smaller picture is taken as it is.
 *
 * @param image at least one pixel; all frames of a video at the same size
 */
export const frameFeatures = (image: RgbImage): FrameFeatures => {
  const small = reduced(image);
  const luma = lumaOf(small);
  const lumaHistogram = new Uint32Array(128);
  for (let i = 0; i < luma.data.length; i++) lumaHistogram[luma.data[i]! >> 1]!++;
  let sum = 0;
  for (let i = 0; i < small.data.length; i++) sum += small.data[i]!;
  return { ...hsvOf(small), brightness: sum / small.data.length, lumaHistogram, hash: shotHash(luma) };
};

const reduced = (image: RgbImage): RgbImage => {
  const factor = LONG_SIDE / Math.max(image.width, image.height);
  if (factor >= 1) return image;
  const width = Math.max(1, Math.round(image.width * factor));
  const height = Math.max(1, Math.round(image.height * factor));
  const data = new Uint8Array(width * height * 3);
  const channel = new Uint8Array(image.width * image.height);
  for (let colour = 0; colour < 3; colour++) {
    for (let i = 0; i < channel.length; i++) channel[i] = image.data[3 * i + colour]!;
    const means = resizeByArea({ width: image.width, height: image.height, data: channel }, width, height);
    for (let i = 0; i < means.length; i++) data[3 * i + colour] = Math.round(means[i]!);
  }
  return { width, height, data };
};
