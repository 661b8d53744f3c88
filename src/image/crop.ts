import type { RgbImage } from '../base/rgb-image.ts';
import type { Size } from './size.ts';

/**
 * Cuts the middle out of an image, as torchvision's `CenterCrop` does: offsets are rounded to the nearest pixel, and
 * what the image does not cover is black.
 */
export const centerCrop = (image: RgbImage, { width, height }: Size): RgbImage => {
  if (image.width === width && image.height === height) return image;
  const data = new Uint8Array(width * height * 3);
  const [x, y] = [offset(image.width, width), offset(image.height, height)];
  const [left, right] = [Math.max(0, x), Math.min(image.width, x + width)];
  for (let row = Math.max(0, y); row < Math.min(image.height, y + height); row++) {
    const from = row * image.width * 3;
    data.set(image.data.subarray(from + left * 3, from + right * 3), ((row - y) * width + left - x) * 3);
  }
  return { width, height, data };
};

const offset = (whole: number, part: number): number => Math.round((whole - part) / 2);
