// What Lightly's transforms and collate functions do by default.
import type { MultiCropOptions } from './multi-crop.ts';
import type { Pair } from './option-values.ts';

/** Lightly's options of a view, by Lightly's names in camel case. Probabilities are in [0, 1]. */
export interface ViewStepOptions {
  /** Probability of the colour jitter. */
  readonly cjProb?: number | undefined;
  /** What the four amounts below are multiplied by; at least 0. */
  readonly cjStrength?: number | undefined;
  /** Times `cjStrength`: factors go from `max(0, 1 - x)` to `1 + x`. At least 0, as the next two. */
  readonly cjBright?: number | undefined;
  readonly cjContrast?: number | undefined;
  readonly cjSat?: number | undefined;
  /** Times `cjStrength` at most 0.5: hues turn by so much of their circle either way. */
  readonly cjHue?: number | undefined;
  /** Probability of losing all colour. */
  readonly randomGrayScale?: number | undefined;
  /** Probability of the blur. */
  readonly gaussianBlur?: number | undefined;
  /**
   * Accepted, and without any effect, as in today's Lightly: it once set a radius that was used as a standard
   * deviation, and blurred far too much. `sigmas` says how much.
   */
  readonly kernelSize?: number | undefined;
  /** Standard deviations of the blur in pixels, from the first to the second. */
  readonly sigmas?: Pair | undefined;
  /** Probability of exchanging top and bottom. */
  readonly vfProb?: number | undefined;
  /** Probability of exchanging left and right. */
  readonly hfProb?: number | undefined;
  /** Probability of the rotation. */
  readonly rrProb?: number | undefined;
  /** Degrees, counter-clockwise: from −d to d, or from the first to the second. Always 90 when left out. */
  readonly rrDegrees?: number | Pair | undefined;
}

/** Two views of one kind. */
export interface ViewOptions extends ViewStepOptions {
  /** Side of a view in pixels. */
  readonly inputSize?: number | undefined;
  /** Least share of the picture's area that a view shows, in (0, 1]. */
  readonly minScale?: number | undefined;
}

/** Views of several kinds, each with a size of its own. */
export interface MultiCropViewOptions extends ViewStepOptions, MultiCropOptions {}

/** Every option with its value; there are two that may be without one. */
export type AllOf<Options> = {
  readonly [Name in keyof Options]-?: Name extends 'kernelSize' | 'rrDegrees'
    ? Options[Name] | undefined
    : Exclude<Options[Name], undefined>;
};

const STEPS: AllOf<ViewStepOptions> = {
  cjProb: 0.8,
  cjStrength: 1,
  cjBright: 0.8,
  cjContrast: 0.8,
  cjSat: 0.8,
  cjHue: 0.2,
  randomGrayScale: 0.2,
  gaussianBlur: 0.5,
  kernelSize: undefined,
  sigmas: [0.1, 2],
  vfProb: 0,
  hfProb: 0.5,
  rrProb: 0,
  rrDegrees: undefined,
};

const VIEW: AllOf<ViewOptions> = { ...STEPS, inputSize: 224, minScale: 0.08 };

const COLLATE = { ...VIEW, sigmas: [0.2, 2] } as const;

const MODERATE = { cjBright: 0.4, cjContrast: 0.4, cjSat: 0.4, minScale: 0.2 } as const;

/** Recipes of two views. */
export const VIEW_DEFAULTS = {
  SimCLRTransform: VIEW,
  MoCoV1Transform: { ...VIEW, ...MODERATE, cjHue: 0.4, gaussianBlur: 0 },
  MoCoV2Transform: { ...VIEW, ...MODERATE, cjHue: 0.1 },
  SimSiamTransform: { ...VIEW, ...MODERATE, cjHue: 0.1 },
  ImageCollateFunction: {
    ...COLLATE,
    inputSize: 64,
    cjBright: 0.7,
    cjContrast: 0.7,
    cjSat: 0.7,
    minScale: 0.15,
  },
  SimCLRCollateFunction: { ...COLLATE, cjStrength: 0.5 },
  // All four amounts are the strength itself.
  MoCoCollateFunction: {
    ...COLLATE,
    cjStrength: 0.4,
    cjBright: 1,
    cjContrast: 1,
    cjSat: 1,
    cjHue: 1,
    minScale: 0.2,
    gaussianBlur: 0,
  },
} as const satisfies Readonly<Record<string, AllOf<ViewOptions>>>;

/** Recipes of views of several kinds. */
export const MULTI_CROP_DEFAULTS = {
  SwaVTransform: {
    ...STEPS,
    cropSizes: [224, 96],
    cropCounts: [2, 6],
    cropMinScales: [0.14, 0.05],
    cropMaxScales: [1, 0.14],
  },
} as const satisfies Readonly<Record<string, AllOf<MultiCropViewOptions>>>;
