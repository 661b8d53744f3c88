// How views of pictures are made, as plain data: Lightly's transforms by name, with options in place of their defaults.
import { FramesiftError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { invalidOption, requireNumber } from '../base/option-checks.ts';
import { quote } from '../base/quote.ts';
import { LARGEST_SIGMA } from './gaussian-blur.ts';
import { type CropKind, cropKinds } from './multi-crop.ts';
import { type Pair, requirePair, requireProbability, requireSide } from './option-values.ts';
import {
  type AllOf,
  MULTI_CROP_DEFAULTS,
  type MultiCropViewOptions,
  VIEW_DEFAULTS,
  type ViewOptions,
  type ViewStepOptions,
} from './recipe-defaults.ts';

export type ViewRecipeName = keyof typeof VIEW_DEFAULTS | keyof typeof MULTI_CROP_DEFAULTS;

/** The names of recipes of two views, both of the same kind. */
export const TWO_VIEW_NAMES = Object.keys(VIEW_DEFAULTS) as readonly (keyof typeof VIEW_DEFAULTS)[];

/** The names of all recipes: those of Lightly's classes. */
export const VIEW_RECIPE_NAMES = [
  ...TWO_VIEW_NAMES,
  ...Object.keys(MULTI_CROP_DEFAULTS),
] as readonly ViewRecipeName[];

export type ViewOptionsOf<Name extends ViewRecipeName> = Name extends keyof typeof MULTI_CROP_DEFAULTS
  ? MultiCropViewOptions
  : ViewOptions;

/**
 * What makes views, in the order in which it is done: crop, flips, rotation, colour jitter, loss of colour, blur. Plain
 * data that survives JSON and thread borders; {@link viewRecipe} makes sound ones.
 */
export interface ViewRecipe {
  /** Views, one after the other. */
  readonly crops: readonly CropKind[];
  readonly horizontalFlipProb: number;
  readonly verticalFlipProb: number;
  readonly rotation: {
    readonly prob: number /** null: always 90. */;
    readonly degrees: number | Pair | null;
  };
  /** Amounts with the strength in them. */
  readonly jitter: {
    readonly prob: number;
    readonly brightness: number;
    readonly contrast: number;
    readonly saturation: number;
    readonly hue: number;
  };
  readonly grayscaleProb: number;
  readonly blur: { readonly prob: number; readonly sigmas: Pair };
}

/**
 * The recipe of one of Lightly's transforms. Pixels stay in 8 bits: normalising is left to whoever feeds the network.
 *
 * @param name of Lightly's class; that of an older collate function stands for the transform inside it
 * @param options Lightly's, in camel case, in place of the defaults; `undefined` leaves a default
 * @throws ERR_OPTION for unknown names and for values that cannot be used
 */
export const viewRecipe = <Name extends ViewRecipeName>(
  name: Name,
  options: ViewOptionsOf<Name> = {} as ViewOptionsOf<Name>,
): ViewRecipe => {
  if (Object.hasOwn(MULTI_CROP_DEFAULTS, name)) {
    const defaults = MULTI_CROP_DEFAULTS[name as keyof typeof MULTI_CROP_DEFAULTS];
    const all = filledIn<MultiCropViewOptions>(name, defaults, options);
    return { crops: cropKinds(all), ...stepsOf(all) };
  }
  if (!Object.hasOwn(VIEW_DEFAULTS, name)) throw unknown('recipe of views', name, VIEW_RECIPE_NAMES);
  const all = filledIn<ViewOptions>(name, VIEW_DEFAULTS[name as keyof typeof VIEW_DEFAULTS], options);
  const { inputSize: size, minScale } = all;
  requireSide('inputSize', size);
  requireNumber('minScale', minScale, 0, 1);
  if (minScale === 0) throw invalidOption('minScale', minScale, 'a share above 0');
  return { crops: [{ size, count: 2, minScale, maxScale: 1 }], ...stepsOf(all) };
};

const filledIn = <Options extends object>(
  name: string,
  defaults: AllOf<Options>,
  options: Options,
): AllOf<Options> => {
  const known = Object.keys(defaults);
  for (const option of Object.keys(options))
    if (!known.includes(option)) throw unknown(`option of ${name}`, option, known);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...(Object.fromEntries(given) as Partial<Options>) };
};

const unknown = (what: string, name: string, known: readonly string[]): FramesiftError => {
  const suggestion = nearest(name, known);
  const hint = suggestion === undefined ? `Use one of: ${known.join(', ')}.` : `Did you mean ${suggestion}?`;
  return new FramesiftError('ERR_OPTION', `${quote(name)} is no ${what}. ${hint}`, {
    facts: { option: name },
  });
};

const stepsOf = (options: AllOf<ViewStepOptions>): Omit<ViewRecipe, 'crops'> => {
  const { cjProb, cjStrength, cjHue, randomGrayScale, gaussianBlur, hfProb, vfProb, rrProb } = options;
  const probabilities = { cjProb, randomGrayScale, gaussianBlur, hfProb, vfProb, rrProb };
  for (const [option, value] of Object.entries(probabilities)) requireProbability(option, value);
  requireNumber('cjStrength', cjStrength, 0);
  const amount = (option: 'cjBright' | 'cjContrast' | 'cjSat' | 'cjHue'): number => {
    requireNumber(option, options[option], 0);
    return cjStrength * options[option];
  };
  const hue = amount('cjHue');
  if (hue > 0.5)
    throw invalidOption('cjHue', cjHue, `at most 0.5 after multiplying it by cjStrength ${cjStrength}`);
  if (options.kernelSize !== undefined) requireNumber('kernelSize', options.kernelSize, 0);
  const { sigmas } = options;
  requirePair('sigmas', sigmas, 0, LARGEST_SIGMA);
  const degrees = options.rrDegrees ?? null;
  if (typeof degrees === 'number') requireNumber('rrDegrees', degrees, 0);
  else if (degrees !== null) requirePair('rrDegrees', degrees, -Infinity);
  return {
    horizontalFlipProb: hfProb,
    verticalFlipProb: vfProb,
    rotation: { prob: rrProb, degrees },
    jitter: {
      prob: cjProb,
      brightness: amount('cjBright'),
      contrast: amount('cjContrast'),
      saturation: amount('cjSat'),
      hue,
    },
    grayscaleProb: randomGrayScale,
    blur: { prob: gaussianBlur, sigmas },
  };
};
