import type { Random } from '../base/random.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { requireProbability } from './option-values.ts';

/**
 * Makes a picture from a picture, by chance. Never writes over the picture that it is given; may return it. What it
 * draws from `random` depends on its options and, but for crops, not on the picture.
 */
export type Transform = (image: RgbImage, random: Random) => RgbImage;

/** One after the other, as torchvision's `Compose`. */
export const chain =
  (...transforms: readonly Transform[]): Transform =>
  (image, random) =>
    transforms.reduce((picture, transform) => transform(picture, random), image);

/**
 * The transform or, with probability `1 - prob`, the picture as it is: torchvision's `RandomApply`.
 *
 * @param prob in [0, 1]: 0 never, 1 always
 * @throws ERR_OPTION
 */
export const withProbability = (prob: number, transform: Transform): Transform => {
  requireProbability('prob', prob);
  return (image, random) => (random.uniform() < prob ? transform(image, random) : image);
};

/** A number from `[low, high)`, or `low` where both are the same. */
export const drawBetween = (random: Random, [low, high]: readonly [number, number]): number =>
  low + (high - low) * random.uniform();
