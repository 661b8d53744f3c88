// sharp (libvips): image files from pixels and back.
import { FramesiftError, messageOf } from '../base/errors.ts';
import type { Interpolation, RgbImage } from '../base/rgb-image.ts';
import { loadNative } from './load.ts';

const { default: sharp } = await loadNative('sharp', import('sharp'));

// Images are encoded side by side, each on one thread, and never twice: libvips' own threads and cache only cost memory.
sharp.concurrency(1);
sharp.cache(false);

/** Versions of sharp and of the libraries that it writes images with. */
export const sharpVersions = (): Readonly<Record<string, string>> =>
  ({ ...sharp.versions }) as Record<string, string>;

export type EncodeRequest =
  | { readonly format: 'png' }
  | { readonly format: 'jpg' | 'webp' /** 1 to 100. */; readonly quality: number };

/** The bytes of an image file. @throws ERR_ENCODE */
export const encodeRgb = async (
  { width, height, data }: RgbImage,
  request: EncodeRequest,
): Promise<Uint8Array> => {
  try {
    const image = sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
    if (request.format === 'png') return await image.png({ compressionLevel: 6 }).toBuffer();
    // Huffman tables made to measure would save 1.5 % of the bytes and take three times as long.
    if (request.format === 'jpg') {
      return await image.jpeg({ quality: request.quality, optimiseCoding: false }).toBuffer();
    }
    return await image.webp({ quality: request.quality }).toBuffer();
  } catch (error) {
    throw new FramesiftError(
      'ERR_ENCODE',
      `a ${width}×${height} image cannot be written as ${request.format}: ${messageOf(error)}.`,
      {
        facts: { width, height, format: request.format },
        cause: error,
      },
    );
  }
};

const KERNELS = {
  nearest: 'nearest',
  bilinear: 'linear',
  bicubic: 'cubic',
  lanczos: 'lanczos3',
  area: 'linear',
} as const satisfies Record<Interpolation, string>;

/** The picture in an image file, turned as its EXIF orientation asks, without alpha. @throws ERR_IMAGE_OPEN */
export const decodeRgb = async (
  path: string,
  size?: { width: number; height: number },
  interpolation: Interpolation = 'lanczos',
): Promise<RgbImage> => {
  try {
    let image = sharp(path, { limitInputPixels: false }).rotate().toColourspace('srgb').removeAlpha();
    if (size !== undefined)
      image = image.resize(size.width, size.height, { fit: 'fill', kernel: KERNELS[interpolation] });
    const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    if (info.channels === 3) return { width: info.width, height: info.height, data };
    return { width: info.width, height: info.height, data: grayToRgb(data, info.channels) };
  } catch (error) {
    throw imageError(path, error);
  }
};

/** Width and height as shown, without decoding the picture. @throws ERR_IMAGE_OPEN */
export const imageSize = async (path: string): Promise<{ width: number; height: number }> => {
  try {
    const { width, height, orientation = 1 } = await sharp(path).metadata();
    return orientation >= 5 ? { width: height, height: width } : { width, height };
  } catch (error) {
    throw imageError(path, error);
  }
};

const grayToRgb = (gray: Uint8Array, channels: number): Uint8Array => {
  const pixels = gray.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) rgb.fill(gray[i * channels]!, i * 3, i * 3 + 3);
  return rgb;
};

const imageError = (path: string, error: unknown): FramesiftError =>
  new FramesiftError('ERR_IMAGE_OPEN', `${path}: cannot be read as an image (${messageOf(error)}).`, {
    facts: { path },
    cause: error,
  });
