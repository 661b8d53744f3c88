// Random views of pictures: what contrastive learning compares.
import { Random } from '../base/random.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { colorJitter } from './color-jitter.ts';
import { randomHorizontalFlip, randomVerticalFlip } from './flip.ts';
import { gaussianBlur } from './gaussian-blur.ts';
import { randomGrayscale } from './grayscale.ts';
import { cropTransforms } from './multi-crop.ts';
import { requirePicture } from './picture.ts';
import type { ViewRecipe } from './recipe.ts';
import { randomRotate, randomRotateDegrees } from './rotation.ts';
import { chain, type Transform, withProbability } from './transform.ts';
import { type ViewPlace, viewSeed } from './view-seed.ts';

/**
 * Views of a picture, independent of each other: two or, of a multi-crop recipe, as many as its counts add up to, in
 * the order of its crops. Any picture will do, down to a single pixel.
 *
 * @returns square pictures of the recipe's sizes
 * @throws ERR_SHAPE when the picture's bytes are not `width × height × 3`
 */
export const viewsOf = (image: RgbImage, recipe: ViewRecipe, random: Random): readonly RgbImage[] => {
  requirePicture(image);
  return viewTransforms(recipe).map((transform) => transform(image, random));
};

/**
 * The same, with numbers that depend on the place of each view only: the bytes are the same whoever makes them, and in
 * whatever order.
 *
 * @param place seed, epoch and sample
 * @param partner what all views but the first are of: the same, or another picture that counts as the same
 * @throws ERR_SHAPE as {@link viewsOf}; ERR_OPTION for a place that is none
 */
export const seededViews = (
  image: RgbImage,
  recipe: ViewRecipe,
  place: Omit<ViewPlace, 'view'>,
  partner: RgbImage = image,
): readonly RgbImage[] => {
  requirePicture(image);
  requirePicture(partner);
  return viewTransforms(recipe).map((transform, view) =>
    transform(view === 0 ? image : partner, new Random(viewSeed({ ...place, view }))),
  );
};

/** One transform for each view. @throws ERR_OPTION for a recipe that did not come from `viewRecipe` and is not sound */
export const viewTransforms = (recipe: ViewRecipe): readonly Transform[] => {
  const { rotation, jitter, blur } = recipe;
  const steps = [
    randomHorizontalFlip({ prob: recipe.horizontalFlipProb }),
    randomVerticalFlip({ prob: recipe.verticalFlipProb }),
    rotation.degrees === null
      ? randomRotate({ prob: rotation.prob })
      : randomRotateDegrees({ prob: rotation.prob, degrees: rotation.degrees }),
    withProbability(jitter.prob, colorJitter(jitter)),
    randomGrayscale({ prob: recipe.grayscaleProb }),
    gaussianBlur(blur),
  ];
  return cropTransforms(recipe.crops).map((crop) => chain(crop, ...steps));
};
