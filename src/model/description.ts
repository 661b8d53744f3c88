// What a model wants to see and what of its answer is the embedding. Pure.
import type { Interpolation } from '../base/rgb-image.ts';
import type { Size, SizeRequest } from '../image/size.ts';

/**
 * How the answer of a network becomes one vector: `cls` the first token, `mean` the mean of all tokens, `avg` the
 * mean over a feature map, `none` the answer as it is.
 */
export type Pooling = 'none' | 'cls' | 'mean' | 'avg';

export const POOLINGS = ['none', 'cls', 'mean', 'avg'] as const satisfies readonly Pooling[];

/** From a decoded picture to the numbers that a network takes. */
export interface ModelInput extends Size {
  /** Length of the shorter side before the middle is cut out; undefined to resize to the very size, whatever the shape. */
  readonly shortSide?: number | undefined;
  readonly interpolation: Interpolation;
  /** A pixel's value `v` in [0, 255] becomes `(v × scale − mean) / std`, for red, green and blue. */
  readonly scale: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly layout: 'NCHW' | 'NHWC';
}

/** What is known of a model before it is opened. */
export interface ModelDescription {
  /** What it wants to see; where that is left out, what the network itself tells has to do. */
  readonly input?: ModelInput | undefined;
  /** Name of the output that holds the embedding; found by rule when left out. */
  readonly output?: string | undefined;
  readonly pooling?: Pooling | undefined;
}

/** Mean and standard deviation of ImageNet's pictures, for values in [0, 1]: what most networks were trained with. */
export const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** What a decoder is to make of a picture: its size, and what is cut out of the middle. */
export const decodeSize = ({
  width,
  height,
  shortSide,
}: ModelInput): { size: SizeRequest; crop: Size | undefined } =>
  shortSide === undefined
    ? { size: { width, height }, crop: undefined }
    : { size: { shortSide }, crop: { width, height } };

/** What is assumed of a network that comes without a description: ImageNet's values, resized to the very size. */
export const assumedInput = ({ width, height }: Size, layout: ModelInput['layout']): ModelInput => ({
  width,
  height,
  interpolation: 'bilinear',
  scale: 1 / 255,
  ...IMAGENET,
  layout,
});
