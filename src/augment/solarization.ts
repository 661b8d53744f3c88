import { requireNumber } from '../base/option-checks.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { type Transform, withProbability } from './transform.ts';

export interface RandomSolarizationOptions {
  /** In [0, 1]. Default 0.5. */
  readonly prob?: number | undefined;
  /** Levels from here on are inverted, in [0, 256]. Default 128. */
  readonly threshold?: number | undefined;
}

/** Inverts what is light: Lightly's `RandomSolarization`, PIL's `solarize`. @throws ERR_OPTION */
export const randomSolarization = ({
  prob = 0.5,
  threshold = 128,
}: RandomSolarizationOptions = {}): Transform => {
  requireNumber('threshold', threshold, 0, 256);
  return withProbability(prob, (image) => solarized(image, threshold));
};

/** `255 - level` for each level of at least `threshold`. */
export const solarized = ({ width, height, data: source }: RgbImage, threshold: number): RgbImage => {
  const data = new Uint8Array(source.length);
  for (let i = 0; i < data.length; i++) data[i] = source[i]! < threshold ? source[i]! : 255 - source[i]!;
  return { width, height, data };
};
