import { Random } from '../../src/base/random.ts';
import type { RgbImage } from '../../src/base/rgb-image.ts';

/** A picture in which no two neighbours are alike. */
export const noise = (width: number, height: number, seed = 1): RgbImage => {
  const random = new Random(seed);
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => random.below(256)) };
};

/** A picture of one colour. */
export const plain = (width: number, height: number, level: number): RgbImage => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).fill(level),
});

/** The three channels of a pixel. */
export const pixelOf = ({ width, data }: RgbImage, x: number, y: number): readonly number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x + 1) * 3),
];
