import type { RgbImage } from '../base/rgb-image.ts';

/** Mirrors an image left to right on request, then turns it clockwise by 0, 90, 180 or 270 degrees. */
export const rotate = (image: RgbImage, degrees: number, isMirrored = false): RgbImage => {
  if (degrees === 0 && !isMirrored) return image;
  const { width, height, data } = image;
  const turned = new Uint8Array(data.length);
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
  for (let y = 0, from = 0; y < height; y++) {
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
