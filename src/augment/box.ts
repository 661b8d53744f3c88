// Parts of pictures.
import type { RgbImage } from '../base/rgb-image.ts';

/** A part of a picture, in whole pixels, inside it. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Copies a part of a picture. */
export const cut = (image: RgbImage, { left, top, width, height }: Box): RgbImage => {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * 3;
    data.set(image.data.subarray(from, from + width * 3), y * width * 3);
  }
  return { width, height, data };
};
