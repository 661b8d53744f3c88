import { blurred } from './box-blur.ts';
import { type Pair, requirePair } from './option-values.ts';
import { drawBetween, type Transform, withProbability } from './transform.ts';

export interface GaussianBlurOptions {
  /** In [0, 1]. Default 0.5. */
  readonly prob?: number | undefined;
  /** Standard deviations in pixels, from the first to the second, at least 0. Default 0.2 to 2. */
  readonly sigmas?: Pair | undefined;
}

const DEFAULT_SIGMAS: Pair = [0.2, 2];

/** More than that is a slip: pictures are blurred by a few pixels. */
export const LARGEST_SIGMA = 1000;

/**
 * Blurs by a random standard deviation: Lightly's `GaussianBlur`, from the version on that has `sigmas`. (Before, a
 * kernel's radius was taken for the standard deviation, and pictures came out far too soft.)
 *
 * @throws ERR_OPTION
 */
export const gaussianBlur = ({
  prob = 0.5,
  sigmas = DEFAULT_SIGMAS,
}: GaussianBlurOptions = {}): Transform => {
  requirePair('sigmas', sigmas, 0, LARGEST_SIGMA);
  return withProbability(prob, (image, random) => blurred(image, drawBetween(random, sigmas)));
};
