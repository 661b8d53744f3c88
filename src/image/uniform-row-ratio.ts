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
  const { width, height, values } = lowered(plane);
  let uniformRows = 0;
  for (let y = 1; y < height - 1; y++) {
    let uniformPixels = 0;
    for (let x = 1; x < width - 1; x++) {
      if (Math.abs(laplacianAt(values, y * width + x, width)) < DETAIL) uniformPixels++;
    }
    if (uniformPixels > UNIFORM_SHARE * (width - 2)) uniformRows++;
  }
  return uniformRows / (height - 2);
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

const laplacianAt = (values: Values['values'], place: number, width: number): number => {
  let sum = 9 * values[place]!;
  for (let row = place - width; row <= place + width; row += width) {
    sum -= values[row - 1]! + values[row]! + values[row + 1]!;
  }
  return sum;
};
