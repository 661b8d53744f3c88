import type { RgbImage } from '../base/rgb-image.ts';
import { type Transform, withProbability } from './transform.ts';

export interface RandomGrayscaleOptions {
  /** In [0, 1]. Default 0.2. */
  readonly prob?: number | undefined;
}

/** The picture without its colours, in three equal channels: torchvision's `RandomGrayscale`. @throws ERR_OPTION */
export const randomGrayscale = ({ prob = 0.2 }: RandomGrayscaleOptions = {}): Transform =>
  withProbability(prob, grayscale);

/** Three equal channels of {@link grayOf}. */
export const grayscale = ({ width, height, data: source }: RgbImage): RgbImage => {
  const data = new Uint8Array(source.length);
  for (let i = 0; i < data.length; i += 3) {
    const gray = grayOf(source[i]!, source[i + 1]!, source[i + 2]!);
    data[i] = gray;
    data[i + 1] = gray;
    data[i + 2] = gray;
  }
  return { width, height, data };
};

// In 1/65536, as in PIL. The luma of measures rounds as OpenCV does, and differs by a level now and then.
const [RED, GREEN, BLUE, HALF, SHIFT] = [19_595, 38_470, 7_471, 32_768, 16] as const;

/** PIL's mode L of one pixel: `0.299 R + 0.587 G + 0.114 B`, rounded. */
export const grayOf = (red: number, green: number, blue: number): number =>
  (RED * red + GREEN * green + BLUE * blue + HALF) >> SHIFT;
