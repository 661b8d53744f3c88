// What can be told of a frame without a model: brightness, contrast, blur, information, likeness, and change.
import type { RgbImage } from '../base/rgb-image.ts';
import { resizeByArea } from './area-resize.ts';
import { type LumaPlane, lumaOf } from './luma.ts';
import { type LumaStatistics, lumaStatistics } from './luma-statistics.ts';
import { meanDifference } from './mean-difference.ts';
import { perceptualHash } from './perceptual-hash.ts';
import { laplacianVariance } from './sharpness.ts';
import { overviewSize } from './size.ts';
import { uniformRowRatio } from './uniform-row-ratio.ts';

/** Measures of one frame, all of its luma at the size of `overviewSize`. */
export interface FrameMeasures extends LumaStatistics {
  /** Variance of the Laplacian, in [0, 1020²]; below about 100 a picture is as a rule blurred. See `laplacianVariance`. */
  readonly sharpness: number;
  /** Share of the rows in which next to nothing happens, in [0, 1]: above 0.1 a part is missing. See `uniformRowRatio`. */
  readonly uniformRowRatio: number;
  /** 16 hexadecimal digits. See `perceptualHash`. */
  readonly perceptualHash: string;
  /** 64 × 36 bytes of luma, for {@link motionBetween}; the picture's sides are brought to these whatever they are. */
  readonly thumbnail: Uint8Array;
}

const THUMBNAIL = { width: 64, height: 36 } as const;

export const THUMBNAIL_BYTES = THUMBNAIL.width * THUMBNAIL.height;

/**
 * Measures a frame. A picture whose longer side is above 512 pixels is averaged down to that first, so that measures
 * of videos of different sizes compare. A smaller one is never enlarged: its sharpness compares with that of pictures
 * of the same size only.
 *
 * @param image at least one pixel
 */
export const measureFrame = (image: RgbImage): FrameMeasures => {
  const plane = overviewOf(lumaOf(image));
  return {
    ...lumaStatistics(plane),
    sharpness: laplacianVariance(plane),
    uniformRowRatio: uniformRowRatio(plane),
    perceptualHash: perceptualHash(plane),
    thumbnail: resized(plane, THUMBNAIL.width, THUMBNAIL.height),
  };
};

/**
 * Mean change of luma between two frames, by their thumbnails: `Σ |a − b| / 2304`.
 *
 * @returns in [0, 255]; 0 for a frozen picture
 */
export const motionBetween = (a: Uint8Array, b: Uint8Array): number => meanDifference(a, b);

const overviewOf = (plane: LumaPlane): LumaPlane => {
  const { width, height } = overviewSize(plane);
  if (width === plane.width && height === plane.height) return plane;
  return { width, height, data: resized(plane, width, height) };
};

const resized = (plane: LumaPlane, width: number, height: number): Uint8Array => {
  const means = resizeByArea(plane, width, height);
  const data = new Uint8Array(means.length);
  for (let i = 0; i < data.length; i++) data[i] = Math.round(means[i]!);
  return data;
};
