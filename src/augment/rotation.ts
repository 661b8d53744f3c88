import { requireNumber } from '../base/option-checks.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { rotate } from '../image/rotate.ts';
import { type Pair, requirePair } from './option-values.ts';
import { drawBetween, type Transform, withProbability } from './transform.ts';

export interface RandomRotateOptions {
  /** In [0, 1]. Default 0.5. */
  readonly prob?: number | undefined;
  /** Degrees, counter-clockwise. Default 90. */
  readonly angle?: number | undefined;
}

export interface RandomRotateDegreesOptions {
  /** In [0, 1]. Default 0.5. */
  readonly prob?: number | undefined;
  /** Degrees, counter-clockwise: from the first to the second, or from −d to d for a single number. */
  readonly degrees: number | Pair;
}

/** Turns by always the same angle: Lightly's `RandomRotate`, see {@link turned}. @throws ERR_OPTION */
export const randomRotate = ({ prob = 0.5, angle = 90 }: RandomRotateOptions = {}): Transform => {
  requireNumber('angle', angle, -Infinity);
  return withProbability(prob, (image) => turned(image, angle));
};

/** Turns by a random angle: Lightly's `RandomRotateDegrees`, see {@link turned}. @throws ERR_OPTION */
export const randomRotateDegrees = ({ prob = 0.5, degrees }: RandomRotateDegreesOptions): Transform => {
  if (typeof degrees === 'number') requireNumber('degrees', degrees, 0);
  else requirePair('degrees', degrees, -Infinity);
  const range: Pair = typeof degrees === 'number' ? [-degrees, degrees] : degrees;
  return withProbability(prob, (image, random) => turned(image, drawBetween(random, range)));
};

/**
 * A picture turned about its middle, counter-clockwise, as PIL's `rotate` does unless told otherwise: the size stays,
 * corners are cut off, what was outside is black, and pixels are taken from the nearest place. Exact for 180 degrees
 * and, where the picture is square, for 90 and 270.
 *
 * @param degrees any finite number
 */
export const turned = (image: RgbImage, degrees: number): RgbImage => {
  const angle = ((degrees % 360) + 360) % 360;
  if (angle === 0) return image;
  const isSquare = image.width === image.height;
  if (angle === 180 || (isSquare && (angle === 90 || angle === 270)))
    return rotate({ ...image, strideBytes: image.width * 3 }, 360 - angle);
  return sampled(image, (-angle * Math.PI) / 180);
};

/** In 1/65536 of a pixel, as PIL walks through the source. */
const FIXED = 65_536;
const fixed = (value: number): number => Math.floor(value * FIXED + 0.5);

const sampled = ({ width, height, data: source }: RgbImage, radians: number): RgbImage => {
  const data = new Uint8Array(source.length);
  const [cosine, sine] = [decimal(Math.cos(radians)), decimal(Math.sin(radians))];
  const [middleX, middleY] = [width / 2, height / 2];
  const originX = middleX - (cosine * middleX + sine * middleY);
  const originY = middleY - (cosine * middleY - sine * middleX);
  const [stepX, stepY] = [fixed(cosine), fixed(sine)];
  const startX = fixed(originX + cosine * 0.5 + sine * 0.5);
  const startY = fixed(originY - sine * 0.5 + cosine * 0.5);
  const downwardStep = fixed(-sine);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const sourceX = Math.floor((startX + y * stepY + x * stepX) / FIXED);
      const sourceY = Math.floor((startY + y * stepX + x * downwardStep) / FIXED);
      if (sourceX < 0 || sourceX >= width || sourceY < 0 || sourceY >= height) continue;
      const from = (sourceY * width + sourceX) * 3;
      data[to] = source[from]!;
      data[to + 1] = source[from + 1]!;
      data[to + 2] = source[from + 2]!;
    }
  }
  return { width, height, data };
};

/** PIL rounds sines to 15 decimals, so that right angles come out even. */
const decimal = (value: number): number => Number(value.toFixed(15));
