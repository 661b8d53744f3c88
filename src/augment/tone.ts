// Brightness, contrast and saturation as PIL's ImageEnhance changes them: the picture is mixed with a duller one.
import type { RgbImage } from '../base/rgb-image.ts';
import { grayOf } from './grayscale.ts';

/** Mixed with black. @param factor 0 is black, 1 the picture as it is, more brighter */
export const brightened = (image: RgbImage, factor: number): RgbImage => mixed(image, 0, factor);

/** Mixed with the mean grey of the picture. @param factor 0 is plain grey, 1 the picture as it is, more harsher */
export const contrasted = (image: RgbImage, factor: number): RgbImage =>
  mixed(image, Math.floor(meanGray(image) + 0.5), factor);

/** Mixed with its own greys. @param factor 0 is grey, 1 the picture as it is, more gaudier */
export const saturated = ({ width, height, data: source }: RgbImage, factor: number): RgbImage => {
  const data = new Uint8Array(source.length);
  // By the distance from the grey, which is -255 to 255.
  const shares = Float32Array.from({ length: 511 }, (_, i) => Math.fround(factor) * (i - 255));
  for (let i = 0; i < data.length; i += 3) {
    const [red, green, blue] = [source[i]!, source[i + 1]!, source[i + 2]!];
    const gray = grayOf(red, green, blue);
    data[i] = level(gray + shares[red - gray + 255]!);
    data[i + 1] = level(gray + shares[green - gray + 255]!);
    data[i + 2] = level(gray + shares[blue - gray + 255]!);
  }
  return { width, height, data };
};

const mixed = ({ width, height, data: source }: RgbImage, other: number, factor: number): RgbImage => {
  const table = Uint8Array.from({ length: 256 }, (_, value) =>
    level(other + Math.fround(Math.fround(factor) * (value - other))),
  );
  const data = new Uint8Array(source.length);
  for (let i = 0; i < data.length; i++) data[i] = table[source[i]!]!;
  return { width, height, data };
};

/** PIL computes in float32, and cuts off what is behind the point. */
const level = (value: number): number => {
  const rounded = Math.fround(value);
  return rounded <= 0 ? 0 : rounded >= 255 ? 255 : rounded | 0;
};

const meanGray = ({ data }: RgbImage): number => {
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) sum += grayOf(data[i]!, data[i + 1]!, data[i + 2]!);
  return sum / (data.length / 3);
};
