// Reads the description that stands beside a model: `NAME.json` beside `NAME.onnx`.
import { FramesiftError } from '../base/errors.ts';
import type { Interpolation } from '../base/rgb-image.ts';
import { IMAGENET, type ModelDescription, type ModelInput, POOLINGS } from './description.ts';

const INTERPOLATIONS = [
  'nearest',
  'bilinear',
  'bicubic',
  'lanczos',
  'area',
] as const satisfies readonly Interpolation[];
const LAYOUTS = ['NCHW', 'NHWC'] as const satisfies readonly ModelInput['layout'][];

type Fields = Readonly<Record<string, unknown>>;

/**
 * @param text JSON; fields that framesift does not know are left alone
 * @param path for messages
 * @throws ERR_MODEL, naming the field
 */
export const parseDescription = (text: string, path: string): ModelDescription => {
  const refuse = (field: string, expected: string): never => {
    throw new FramesiftError('ERR_MODEL', `${path}: ${field}: expected ${expected}.`, {
      facts: { path, field },
    });
  };
  const fields = objectIn(text) ?? refuse('the file', 'a JSON object');
  const word = <W extends string>(value: unknown, words: readonly W[], field: string): W =>
    words.find((each) => each === value) ?? refuse(field, `one of ${words.join(', ')}`);
  const size = (value: unknown, field: string): number =>
    isNumber(value) && Number.isInteger(value) && value >= 1
      ? value
      : refuse(field, 'a whole number of at least 1');
  const triple = (value: unknown, field: string): [number, number, number] => {
    const [red, green, blue, ...others] = Array.isArray(value) ? (value as unknown[]) : [];
    if (isNumber(red) && isNumber(green) && isNumber(blue) && others.length === 0) return [red, green, blue];
    return refuse(field, 'three numbers, for red, green and blue');
  };
  const readInput = (input: Fields): ModelInput => ({
    width: size(input['width'], 'input.width'),
    height: size(input['height'], 'input.height'),
    shortSide: optional(input['shortSide'], (value) => size(value, 'input.shortSide')),
    interpolation: word(input['interpolation'] ?? 'bilinear', INTERPOLATIONS, 'input.interpolation'),
    scale: isNumber(input['scale'] ?? 1 / 255)
      ? Number(input['scale'] ?? 1 / 255)
      : refuse('input.scale', 'a number'),
    mean: triple(input['mean'] ?? IMAGENET.mean, 'input.mean'),
    std: triple(input['std'] ?? IMAGENET.std, 'input.std'),
    layout: word(input['layout'] ?? 'NCHW', LAYOUTS, 'input.layout'),
  });
  const name = (value: unknown, field: string): string =>
    typeof value === 'string' && value !== '' ? value : refuse(field, 'a name');
  return {
    input: optional(fields['input'], (value) =>
      isObject(value) ? readInput(value) : refuse('input', 'an object with width and height'),
    ),
    output: optional(fields['output'], (value) => name(value, 'output')),
    pooling: optional(fields['pooling'], (value) => word(value, POOLINGS, 'pooling')),
  };
};

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const objectIn = (text: string): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const optional = <V>(value: unknown, read: (value: unknown) => V): V | undefined =>
  value === undefined ? undefined : read(value);
