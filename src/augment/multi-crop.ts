import { invalidOption, requireWhole } from '../base/option-checks.ts';
import type { Random } from '../base/random.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { requireScales, requireSide } from './option-values.ts';
import { randomResizedCrop } from './random-resized-crop.ts';
import { chain, type Transform } from './transform.ts';

/** One entry for each kind of crop; all lists are of the same length. */
export interface MultiCropOptions {
  /** Sides in pixels. Default 224 and 96. */
  readonly cropSizes?: readonly number[] | undefined;
  /** How many of each. Default 2 and 6. */
  readonly cropCounts?: readonly number[] | undefined;
  /** Least share of the picture's area, in (0, 1]. Default 0.14 and 0.05. */
  readonly cropMinScales?: readonly number[] | undefined;
  /** Greatest share of the picture's area, in (0, 1]. Default 1 and 0.14. */
  readonly cropMaxScales?: readonly number[] | undefined;
}

/** One kind of crop. */
export interface CropKind {
  /** Side of the square that it is resized to, in pixels. */
  readonly size: number;
  readonly count: number;
  /** Share of the picture's area, in (0, 1]. */
  readonly minScale: number;
  readonly maxScale: number;
}

const MOST_CROPS = 1024;

/**
 * Crops of several kinds, large ones first: Lightly's `MultiCropTransform`, with the defaults of SwaV.
 *
 * @param transform what becomes of each crop, each with numbers of its own
 * @throws ERR_OPTION
 */
export const multiCrop = (
  options: MultiCropOptions = {},
  transform: Transform = (image) => image,
): ((image: RgbImage, random: Random) => readonly RgbImage[]) => {
  const crops = cropTransforms(cropKinds(options)).map((crop) => chain(crop, transform));
  return (image, random) => crops.map((crop) => crop(image, random));
};

/** One transform for each crop, in order. @throws ERR_OPTION */
export const cropTransforms = (kinds: readonly CropKind[]): readonly Transform[] =>
  kinds.flatMap(({ size, count, minScale, maxScale }) => {
    const crop = randomResizedCrop({ size, scale: [minScale, maxScale] });
    return new Array<Transform>(count).fill(crop);
  });

/** @throws ERR_OPTION */
export const cropKinds = ({
  cropSizes = [224, 96],
  cropCounts = [2, 6],
  cropMinScales = [0.14, 0.05],
  cropMaxScales = [1, 0.14],
}: MultiCropOptions): readonly CropKind[] => {
  if (cropSizes.length === 0) throw invalidOption('cropSizes', cropSizes, 'at least one size');
  for (const [option, list] of Object.entries({ cropCounts, cropMinScales, cropMaxScales }))
    if (list.length !== cropSizes.length)
      throw invalidOption(option, list, `as many numbers as cropSizes has, which is ${cropSizes.length}`);
  for (const count of cropCounts) requireWhole('cropCounts', count, 1, MOST_CROPS);
  return cropSizes.map((size, i) => {
    const [minScale, maxScale] = [cropMinScales[i]!, cropMaxScales[i]!];
    requireSide('cropSizes', size);
    requireScales('cropMinScales and cropMaxScales', [minScale, maxScale]);
    return { size, count: cropCounts[i]!, minScale, maxScale };
  });
};
