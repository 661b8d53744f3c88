import { FramesiftError } from '../base/errors.ts';
import type { RgbImage } from '../base/rgb-image.ts';

/** @throws ERR_SHAPE when the bytes of a picture are not `width × height × 3`, or it has no pixel */
export const requirePicture = ({ width, height, data }: RgbImage): void => {
  const isSize = Number.isInteger(width) && Number.isInteger(height) && width >= 1 && height >= 1;
  const sizeBytes = data instanceof Uint8Array ? data.length : null;
  if (isSize && sizeBytes === width * height * 3) return;
  const expected = isSize
    ? `${width * height * 3}, three a pixel, in a Uint8Array`
    : 'at least one pixel a side';
  throw new FramesiftError(
    'ERR_SHAPE',
    `a picture of ${width}×${height} pixels with ${sizeBytes ?? 'no'} bytes: expected ${expected}.`,
    { facts: { width, height, sizeBytes } },
  );
};
