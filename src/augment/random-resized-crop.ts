import { invalidOption } from '../base/option-checks.ts';
import type { Random } from '../base/random.ts';
import type { Size } from '../image/size.ts';
import type { Box } from './box.ts';
import { type Pair, requirePair, requireScales, requireSide } from './option-values.ts';
import { resizeBox } from './resize.ts';
import { drawBetween, type Transform } from './transform.ts';

export interface RandomResizedCropOptions {
  /** Width and height of what comes out, in pixels. */
  readonly size: number;
  /** Share of the picture's area that is cut out, in (0, 1]. Default 0.08 to 1. */
  readonly scale?: Pair | undefined;
  /** Width through height of what is cut out, above 0. Default 3/4 to 4/3. */
  readonly ratio?: Pair | undefined;
}

const TRIES = 10;
const DEFAULT_SCALE: Pair = [0.08, 1];
const DEFAULT_RATIO: Pair = [3 / 4, 4 / 3];

/**
 * A random part of the picture, resized to a square: torchvision's `RandomResizedCrop` on pictures of PIL, bilinear.
 * Pictures that are smaller than `size` are enlarged.
 *
 * @throws ERR_OPTION
 */
export const randomResizedCrop = ({
  size,
  scale = DEFAULT_SCALE,
  ratio = DEFAULT_RATIO,
}: RandomResizedCropOptions): Transform => {
  requireSide('size', size);
  requireScales('scale', scale);
  requirePair('ratio', ratio, 0);
  if (ratio[0] === 0) throw invalidOption('ratio', ratio, 'two numbers above 0');
  return (image, random) =>
    resizeBox(image, drawBox(image, scale, ratio, random), { width: size, height: size });
};

/**
 * A part of a picture: its area is uniform in `scale`, the logarithm of its shape is uniform in `ratio`'s. Ten tries
 * that do not fit are followed by the largest part in the middle whose shape is allowed.
 */
export const drawBox = ({ width, height }: Size, scale: Pair, ratio: Pair, random: Random): Box => {
  const logRatio: Pair = [Math.log(ratio[0]), Math.log(ratio[1])];
  for (let i = 0; i < TRIES; i++) {
    const area = width * height * drawBetween(random, scale);
    const shape = Math.exp(drawBetween(random, logRatio));
    const box = { width: roundToEven(Math.sqrt(area * shape)), height: roundToEven(Math.sqrt(area / shape)) };
    if (box.width < 1 || box.height < 1 || box.width > width || box.height > height) continue;
    const top = random.below(height - box.height + 1);
    return { ...box, top, left: random.below(width - box.width + 1) };
  }
  return middleBox({ width, height }, ratio);
};

const middleBox = ({ width, height }: Size, ratio: Pair): Box => {
  const shape = width / height;
  // torchvision comes to no pixel at all where a ratio is extreme and the picture thin.
  const box = {
    width: shape > ratio[1] ? Math.max(1, roundToEven(height * ratio[1])) : width,
    height: shape < ratio[0] ? Math.max(1, roundToEven(width / ratio[0])) : height,
  };
  return { ...box, left: (width - box.width) >> 1, top: (height - box.height) >> 1 };
};

/** As Python's `round`: from the middle to the even neighbour. */
const roundToEven = (value: number): number => {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
};
