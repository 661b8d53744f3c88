// Reads Hugging Face's `preprocessor_config.json`: what transformers' image processors do to a picture.
import { FramesiftError } from '../base/errors.ts';
import type { Interpolation } from '../base/rgb-image.ts';
import type { Size } from '../image/size.ts';
import { IMAGENET, type ModelInput } from './description.ts';

/** Pillow's numbers of its filters. */
const RESAMPLE: Readonly<Record<number, Interpolation>> = {
  0: 'nearest',
  1: 'lanczos',
  2: 'bilinear',
  3: 'bicubic',
  4: 'area',
  5: 'area',
};

/**
 * @param text of the file
 * @param path for messages
 * @throws ERR_MODEL when it is no such file, or asks for what no image needs
 */
export const parsePreprocessorConfig = (text: string, path: string): ModelInput => {
  const config = parseObject(text, path);
  const flag = (name: string): boolean => config[name] !== false;
  const size = sizeOf(config['size']);
  const crop =
    config['do_center_crop'] === true ? (sizeOf(config['crop_size'])?.box ?? size?.box) : undefined;
  const box = crop ?? size?.box ?? square(size?.shortSide);
  if (box === undefined) {
    throw new FramesiftError(
      'ERR_MODEL',
      `${path}: says no size: expected "size" with "height" and "width", or with "shortest_edge".`,
      { facts: { path } },
    );
  }
  const isResized = flag('do_resize') && crop !== undefined;
  const { shortSide } = isResized ? { shortSide: size?.shortSide } : { shortSide: undefined };
  const resample = typeof config['resample'] === 'number' ? config['resample'] : 2;
  const rescale = typeof config['rescale_factor'] === 'number' ? config['rescale_factor'] : 1 / 255;
  return {
    ...box,
    shortSide,
    interpolation: RESAMPLE[resample] ?? 'bilinear',
    scale: flag('do_rescale') ? rescale : 1,
    mean: flag('do_normalize') ? triple(config['image_mean'], IMAGENET.mean) : [0, 0, 0],
    std: flag('do_normalize') ? triple(config['image_std'], IMAGENET.std) : [1, 1, 1],
    layout: 'NCHW',
  };
};

const parseObject = (text: string, path: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // told below
  }
  throw new FramesiftError('ERR_MODEL', `${path}: is not a JSON object. Download the model again.`, {
    facts: { path },
  });
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `224`, `{"shortest_edge": 256}` or `{"height": 224, "width": 224}`. */
const sizeOf = (value: unknown): { box?: Size | undefined; shortSide?: number | undefined } | undefined => {
  if (typeof value === 'number') return { box: square(value), shortSide: value };
  if (!isRecord(value)) return undefined;
  const { height, width, shortest_edge: shortSide } = value;
  if (typeof height === 'number' && typeof width === 'number') return { box: { width, height } };
  return typeof shortSide === 'number' ? { shortSide } : undefined;
};

const square = (side: number | undefined): Size | undefined =>
  side === undefined ? undefined : { width: side, height: side };

const triple = (value: unknown, otherwise: readonly [number, number, number]): [number, number, number] => {
  const [red, green, blue] = Array.isArray(value) ? (value as unknown[]) : otherwise;
  return typeof red === 'number' && typeof green === 'number' && typeof blue === 'number'
    ? [red, green, blue]
    : [...otherwise];
};
