import type { RgbImage } from '../base/rgb-image.ts';

/** Turns an image clockwise by 0, 90, 180 or 270 degrees. */
export const rotate = (image: RgbImage, degrees: number): RgbImage => {
  if (degrees === 0) return image;
  const { width, height, data } = image;
  const turned = new Uint8Array(data.length);
  // Where a source pixel goes: `origin + x × stepX + y × stepY`, in pixels of the target.
  const [origin, stepX, stepY] =
    degrees === 90
      ? [height - 1, height, -1]
      : degrees === 180
        ? [width * height - 1, -1, -width]
        : [(width - 1) * height, -height, 1];
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0, to = (origin + y * stepY) * 3; x < width; x++, from += 3, to += stepX * 3) {
      turned[to] = data[from]!;
      turned[to + 1] = data[from + 1]!;
      turned[to + 2] = data[from + 2]!;
    }
  }
  return degrees === 180 ? { width, height, data: turned } : { width: height, height: width, data: turned };
};
