// Bilinear resizing with antialiasing, in PIL's arithmetic.
import type { RgbImage } from '../base/rgb-image.ts';
import type { Size } from '../image/size.ts';
import { type Box, cut } from './box.ts';

/** Weights are whole numbers of this part: a picture's level times all of them still fits 32 bits. */
const WEIGHT_BITS = 22;
const ONE = 1 << WEIGHT_BITS;
const HALF = ONE >> 1;

/**
 * Cuts a part out of a picture and resizes it, as torchvision's `resized_crop` does with pictures of PIL: what lies
 * outside the box has no weight. Bilinear; where the picture shrinks, the filter grows, so that nothing is passed over.
 * The bytes are those of PIL's `image.crop(box).resize(size, BILINEAR)`. Cost: each pixel of the box is looked at about
 * twice a side.
 *
 * @param box inside the picture, at least one pixel
 * @param size at least one pixel
 */
export const resizeBox = (image: RgbImage, box: Box, size: Size): RgbImage => {
  if (box.width === size.width && box.height === size.height) return cut(image, box);
  return squeezeRows(squeezeColumns(image, box, size.width), size.height);
};

/** For each target pixel the first source pixel with a weight, and the weights from there on. */
interface Taps {
  /** Weights of a target pixel; those that it does not need are 0. */
  readonly count: number;
  readonly starts: Int32Array;
  readonly weights: Int32Array;
}

const tapsOf = (sourceSide: number, side: number): Taps => {
  const scale = sourceSide / side;
  const reach = Math.max(1, scale);
  const count = Math.min(sourceSide, Math.ceil(reach) * 2 + 1);
  const starts = new Int32Array(side);
  const weights = new Int32Array(side * count);
  const triangle = new Float64Array(count);
  for (let i = 0; i < side; i++) {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(sourceSide, Math.trunc(centre + reach + 0.5));
    let sum = 0;
    for (let source = start; source < end; source++) {
      const weight = Math.max(0, 1 - Math.abs((source - centre + 0.5) / reach));
      triangle[source - start] = weight;
      sum += weight;
    }
    // Taps beyond the last one would reach outside the picture, were they not moved back.
    starts[i] = Math.min(start, sourceSide - count);
    const first = i * count + start - starts[i]!;
    for (let k = 0; k < end - start; k++) weights[first + k] = Math.trunc(0.5 + (triangle[k]! / sum) * ONE);
  }
  return { count, starts, weights };
};

const squeezeColumns = (
  image: RgbImage,
  { left, top, width: sourceWidth, height }: Box,
  width: number,
): RgbImage => {
  const { count, starts, weights } = tapsOf(sourceWidth, width);
  const source = image.data;
  const data = new Uint8Array(width * height * 3);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = ((top + y) * image.width + left) * 3;
    for (let x = 0, tap = 0; x < width; x++, to += 3) {
      let from = row + starts[x]! * 3;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (const end = tap + count; tap < end; tap++, from += 3) {
        const weight = weights[tap]!;
        red += Math.imul(weight, source[from]!);
        green += Math.imul(weight, source[from + 1]!);
        blue += Math.imul(weight, source[from + 2]!);
      }
      data[to] = red >> WEIGHT_BITS;
      data[to + 1] = green >> WEIGHT_BITS;
      data[to + 2] = blue >> WEIGHT_BITS;
    }
  }
  return { width, height, data };
};

const squeezeRows = ({ width, height: sourceHeight, data: source }: RgbImage, height: number): RgbImage => {
  const { count, starts, weights } = tapsOf(sourceHeight, height);
  const rowBytes = width * 3;
  const data = new Uint8Array(rowBytes * height);
  const sums = new Int32Array(rowBytes);
  for (let y = 0; y < height; y++) {
    sums.fill(HALF);
    for (let tap = 0; tap < count; tap++) {
      const weight = weights[y * count + tap]!;
      if (weight === 0) continue;
      const from = (starts[y]! + tap) * rowBytes;
      for (let x = 0; x < rowBytes; x++) sums[x]! += Math.imul(weight, source[from + x]!);
    }
    const to = y * rowBytes;
    for (let x = 0; x < rowBytes; x++) data[to + x] = sums[x]! >> WEIGHT_BITS;
  }
  return { width, height, data };
};
