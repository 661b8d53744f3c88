// Views of many pictures, tight, in the order in which a network takes them.
import type { Failure, Outcome } from '../base/outcome.ts';
import type { ViewRecipe } from './recipe.ts';

/** All views of one size. */
export interface ViewGroup {
  /** Width and height of each, in pixels. */
  readonly size: number;
  /** Views of each picture. */
  readonly viewCount: number;
  /** Pictures that it has views of. */
  readonly pictureCount: number;
  /** `[viewCount, pictureCount, size, size, 3]` bytes, tight: first the first view of each picture, then the second. */
  readonly data: Uint8Array;
}

/**
 * Views of pictures. `done` has the samples that are in, in the order of the groups' second dimension; those that
 * failed are left out of the groups.
 */
export interface ViewBatch extends Outcome<number> {
  /** One for each kind of crop: a single one, but for multi-crop recipes. */
  readonly groups: readonly ViewGroup[];
}

/** What pictures come to: all their views, one behind the other, or why there are none. */
export type PictureViews = Uint8Array | Failure;

/** Sorts views by size and number. */
export const batchOf = (
  { crops }: ViewRecipe,
  samples: readonly number[],
  pictures: readonly PictureViews[],
): ViewBatch => {
  const isDone = pictures.map((views) => views instanceof Uint8Array);
  const pictureCount = isDone.filter(Boolean).length;
  const groups = crops.map(({ size, count }) => ({
    size,
    viewCount: count,
    pictureCount,
    data: new Uint8Array(count * pictureCount * size * size * 3),
  }));
  const failed: Failure[] = [];
  let row = 0;
  for (const views of pictures) {
    if (views instanceof Uint8Array) deal(views, groups, row++);
    else failed.push(views);
  }
  return { groups, done: samples.filter((_, i) => isDone[i]), failed };
};

const deal = (views: Uint8Array, groups: readonly ViewGroup[], row: number): void => {
  let from = 0;
  for (const { size, viewCount, pictureCount, data } of groups) {
    const viewBytes = size * size * 3;
    for (let view = 0; view < viewCount; view++, from += viewBytes)
      data.set(views.subarray(from, from + viewBytes), (view * pictureCount + row) * viewBytes);
  }
};
