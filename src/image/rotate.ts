import type { RgbImage, RgbRows } from '../base/rgb-image.ts';

/** Where pixels go: memory of exactly so many bytes. */
export type Allocate = (sizeBytes: number) => Uint8Array;

const allocateAnew: Allocate = (sizeBytes) => new Uint8Array(sizeBytes);

/** Copies a picture, mirrored left to right on request, then turned clockwise by 0, 90, 180 or 270 degrees. */
export const rotate = (
  rows: RgbRows,
  degrees: number,
  isMirrored = false,
  allocate = allocateAnew,
): RgbImage => {
  const { width, height, data, strideBytes } = rows;
  const turned = allocate(width * height * 3);
  if (degrees === 0 && !isMirrored) {
    copyRows(rows, turned);
    return { width, height, data: turned };
  }
  // Where a source pixel goes: `origin + x × stepX + y × stepY`, in pixels of the target.
  const turns: Readonly<Record<number, readonly [origin: number, stepX: number, stepY: number]>> = {
    0: [0, 1, width],
    90: [height - 1, height, -1],
    180: [width * height - 1, -1, -width],
    270: [(width - 1) * height, -height, 1],
  };
  let [origin, stepX, stepY] = turns[degrees] ?? [0, 1, width];
  if (isMirrored) {
    origin += (width - 1) * stepX;
    stepX = -stepX;
  }
  for (let y = 0; y < height; y++) {
    let from = y * strideBytes;
    for (let x = 0, to = (origin + y * stepY) * 3; x < width; x++, from += 3, to += stepX * 3) {
      turned[to] = data[from]!;
      turned[to + 1] = data[from + 1]!;
      turned[to + 2] = data[from + 2]!;
    }
  }
  return degrees % 180 === 0
    ? { width, height, data: turned }
    : { width: height, height: width, data: turned };
};

const copyRows = ({ width, height, data, strideBytes }: RgbRows, to: Uint8Array): void => {
  const rowBytes = width * 3;
  if (strideBytes === rowBytes) to.set(data.subarray(0, to.length));
  else
    for (let y = 0; y < height; y++)
      to.set(data.subarray(y * strideBytes, y * strideBytes + rowBytes), y * rowBytes);
};
