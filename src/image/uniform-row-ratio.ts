// The measure by which pictures are found that have lost a part.
import { resizeByArea } from './area-resize.ts';
import type { LumaPlane } from './luma.ts';

const HIGHEST = 400;
/** Of the Laplacian, in levels of luma: what is below is no detail. */
const DETAIL = 5;
const UNIFORM_SHARE = 0.97;

/**
 * Share of the rows in which next to nothing happens: Lightly's metadata `uniformRowRatio`. Near 0 for a picture of
 * something. Pictures that are plain, and those that lost a part when they were decoded or sent (the rest is grey, or
 * repeats one row), have more; Lightly takes more than 0.1 as corrupt.
 *
 * A row is uniform when more than 97 % of its pixels have a Laplacian (kernel 8 in the middle, -1 around) of less than 5
 * levels, up or down. Rows and pixels at the edge have none and do not count. A picture higher than 400 pixels is
 * averaged down to that height first (Lightly resizes bilinearly).
 *
 * @param plane at least one pixel
 * @returns in [0, 1]; 0 when a side is below 3 pixels
 */
export const uniformRowRatio = (plane: LumaPlane): number => {
  if (plane.width < 3 || plane.height < 3) return 0;
  const lower = lowered(plane);
  let uniformRows = 0;
  for (let y = 1; y < lower.height - 1; y++) if (isUniform(lower, y)) uniformRows++;
  return uniformRows / (lower.height - 2);
};

const isUniform = ({ width, values }: Values, y: number): boolean => {
  const rowAt = (at: number): Values['values'] => values.subarray(at * width, (at + 1) * width);
  const [above, row, below] = [rowAt(y - 1), rowAt(y), rowAt(y + 1)];
  const pixels = width - 2;
  let detailedPixels = 0;
  // The kernel is 9 times the middle less all nine: three columns of three, of which the next pixel shares two.
  let left = above[0]! + row[0]! + below[0]!;
  let centre = above[1]! + row[1]! + below[1]!;
  for (let x = 1; x <= pixels; x++) {
    const right = above[x + 1]! + row[x + 1]! + below[x + 1]!;
    const laplacian = 9 * row[x]! - left - centre - right;
    if (laplacian >= DETAIL || laplacian <= -DETAIL) {
      // Most rows of most pictures show within a few pixels that they are not uniform.
      if (pixels - ++detailedPixels <= UNIFORM_SHARE * pixels) return false;
    }
    left = centre;
    centre = right;
  }
  return true;
};

interface Values {
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array | Float64Array;
}

const lowered = (plane: LumaPlane): Values => {
  if (plane.height <= HIGHEST) return { ...plane, values: plane.data };
  const width = Math.max(3, Math.floor((plane.width * HIGHEST) / plane.height));
  return { width, height: HIGHEST, values: resizeByArea(plane, width, HIGHEST) };
};
