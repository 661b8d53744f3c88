import { extname } from 'node:path';
import { FramesiftError } from '../base/errors.ts';
import { writeAtomic } from '../base/files.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { encodeRgb } from '../native/sharp.ts';
import { encodeRequest, type FrameFormat } from './frame-files.ts';

const FORMATS: Readonly<Record<string, FrameFormat>> = {
  '.png': 'png',
  '.jpg': 'jpg',
  '.jpeg': 'jpg',
  '.webp': 'webp',
};

/**
 * Writes an image to a file; the extension says in which format.
 *
 * @param quality 1 to 100, for JPEG and WebP; default 95
 * @throws ERR_OPTION, ERR_ENCODE, ERR_WRITE
 */
export const saveImage = async (
  image: RgbImage,
  path: string,
  options: { quality?: number } = {},
): Promise<void> => {
  const format = FORMATS[extname(path).toLowerCase()];
  if (format === undefined) {
    throw new FramesiftError(
      'ERR_OPTION',
      `${path}: the extension says no image format. Use .png, .jpg or .webp.`,
      {
        facts: { path },
      },
    );
  }
  await writeAtomic(path, await encodeRgb(image, encodeRequest({ format, quality: options.quality })));
};
