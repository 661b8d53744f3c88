// How sharp a picture is.
import type { LumaPlane } from './luma.ts';

/**
 * Variance of the Laplacian (Pech-Pacheco et al. 2000): the less a picture has of fine detail, the nearer to 0. It
 * grows with the picture's contrast, and with fewer pixels for the same view, so that only pictures of one size
 * compare.
 *
 * The kernel is `[0 1 0; 1 -4 1; 0 1 0]`. Beyond the edge the picture is mirrored about its outermost pixels, which
 * are not repeated; a side of one pixel continues as it is. This is `cv2.Laplacian(grey, cv2.CV_64F).var()`, with its
 * border rule BORDER_REFLECT_101 and divisor n.
 *
 * @param plane at least one pixel
 * @returns in [0, 1020²]
 */
export const laplacianVariance = ({ width, height, data }: LumaPlane): number => {
  const rowAt = (y: number): Uint8Array => {
    const start = mirrored(y, height) * width;
    return data.subarray(start, start + width);
  };
  let [sum, squares] = [0, 0];
  for (let y = 0; y < height; y++) {
    const [above, row, below] = [rowAt(y - 1), rowAt(y), rowAt(y + 1)];
    let [left, centre] = [row[mirrored(-1, width)]!, row[0]!];
    // Integers, which of a single row are small: they are added up fast, and exactly.
    let [rowSum, rowSquares] = [0, 0];
    for (let x = 0; x < width; x++) {
      const right = row[x + 1 < width ? x + 1 : mirrored(width, width)]!;
      const laplacian = left + right + above[x]! + below[x]! - 4 * centre;
      rowSum += laplacian;
      rowSquares += laplacian * laplacian;
      [left, centre] = [centre, right];
    }
    sum += rowSum;
    squares += rowSquares;
  }
  return (squares - (sum * sum) / data.length) / data.length;
};

/** The place in `[0, count)` that stands for one at most 1 outside. */
const mirrored = (place: number, count: number): number => {
  if (count === 1) return 0;
  if (place < 0) return 1;
  return place < count ? place : count - 2;
};
