// Makes pictures smaller by averaging.
import type { LumaPlane } from './luma.ts';

/**
 * Resizes by averaging: each pixel becomes the mean of the source under it, of pixels at its rim in proportion to what
 * it covers of them. Exact up to rounding in float64; nothing is passed over, whatever the reduction.
 *
 * @param plane at least one pixel
 * @returns `width × height` means in [0, 255], row-major, not rounded
 */
export const resizeByArea = (plane: LumaPlane, width: number, height: number): Float64Array => {
  const resized = new Float64Array(width * height);
  const sums = new Float64Array(width);
  const area = (plane.width / width) * (plane.height / height);
  let summed = -1;
  for (let y = 0; y < height; y++) {
    const top = (y * plane.height) / height;
    const bottom = ((y + 1) * plane.height) / height;
    const row = resized.subarray(y * width, (y + 1) * width);
    for (let source = Math.floor(top); source < bottom; source++) {
      // The last row of one target is often the first of the next.
      if (source !== summed) sumRow(plane, source, sums);
      summed = source;
      const weight = (Math.min(source + 1, bottom) - Math.max(source, top)) / area;
      for (let x = 0; x < width; x++) row[x]! += weight * sums[x]!;
    }
  }
  return resized;
};

/** Cuts a row into equal parts and adds each up. */
const sumRow = (plane: LumaPlane, source: number, sums: Float64Array): void => {
  const start = source * plane.width;
  const end = start + plane.width;
  // What lies before a bound is a whole number of pixels and a part of the next; sums are differences of that.
  let [before, total, pixel] = [0, 0, start];
  for (let x = 0; x < sums.length; x++) {
    const bound = start + ((x + 1) * plane.width) / sums.length;
    for (; pixel + 1 <= bound; pixel++) total += plane.data[pixel]!;
    const upTo = pixel < end ? total + (bound - pixel) * plane.data[pixel]! : total;
    sums[x] = upTo - before;
    before = upTo;
  }
};
