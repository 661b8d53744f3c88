// The hash by which neighbouring frames are compared.
import { resizeByArea } from '../image/area-resize.ts';
import { cosineTransform, hexOfBits } from '../image/cosine-transform.ts';
import type { LumaPlane } from '../image/luma.ts';

const SIDE = 16;
const KEPT = 8;

const lowestFrequencies = cosineTransform(SIDE, KEPT);

/**
 * The hash by which PySceneDetect's `HashDetector` compares frames (size 8, low-pass 2): luma at 16 × 16 by averaging,
 * its orthonormal discrete cosine transform of type II, and of the 8 × 8 lowest frequencies one bit each: 1 where the
 * coefficient is above the median of all. Bits at the median hang on rounding, and may be others than OpenCV's. Coarser
 * than `perceptualHash`, which tells pictures apart that this one does not: it is for neighbours in a video only.
 *
 * @param plane at least one pixel
 * @returns 16 hexadecimal digits, for `hammingDistance`; row by row from the lowest vertical frequency
 */
export const shotHash = (plane: LumaPlane): string => {
  const coefficients = lowestFrequencies(resizeByArea(plane, SIDE, SIDE).map(Math.round));
  // The norm of frequency 0 is smaller by √2 each way; the norm that all have in common moves no bit.
  for (let i = 0; i < KEPT; i++) {
    coefficients[i]! *= Math.SQRT1_2;
    coefficients[i * KEPT]! *= Math.SQRT1_2;
  }
  const sorted = coefficients.toSorted();
  const median = (sorted[(KEPT * KEPT) / 2 - 1]! + sorted[(KEPT * KEPT) / 2]!) / 2;
  return hexOfBits(Array.from(coefficients, (coefficient) => coefficient > median));
};
