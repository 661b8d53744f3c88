import type { RgbImage } from '../base/rgb-image.ts';
import { rotate } from '../image/rotate.ts';
import { type Transform, withProbability } from './transform.ts';

export interface FlipOptions {
  /** In [0, 1]. Default 0.5. */
  readonly prob?: number | undefined;
}

/** Left becomes right: torchvision's `RandomHorizontalFlip`. @throws ERR_OPTION */
export const randomHorizontalFlip = ({ prob = 0.5 }: FlipOptions = {}): Transform =>
  withProbability(prob, (image) => mirrored(image, 0));

/** Top becomes bottom: torchvision's `RandomVerticalFlip`. @throws ERR_OPTION */
export const randomVerticalFlip = ({ prob = 0.5 }: FlipOptions = {}): Transform =>
  withProbability(prob, (image) => mirrored(image, 180));

const mirrored = (image: RgbImage, degrees: number): RgbImage =>
  rotate({ ...image, strideBytes: image.width * 3 }, degrees, true);
