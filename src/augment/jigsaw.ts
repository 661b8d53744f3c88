import { invalidOption, requireWhole } from '../base/option-checks.ts';
import type { Random } from '../base/random.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { cut } from './box.ts';
import { requireSide } from './option-values.ts';
import { resizeBox } from './resize.ts';

export interface JigsawOptions {
  /** Cells a side. Default 3. */
  readonly nGrid?: number | undefined;
  /** Side of the square picture that is cut up, in pixels. Default 255. */
  readonly imgSize?: number | undefined;
  /** Side of what is cut out of each cell, at most a cell's. Default 64. */
  readonly cropSize?: number | undefined;
}

const MOST_CELLS_A_SIDE = 64;

/**
 * Cuts the picture into a grid and takes a square from a random place in each cell, in random order: Lightly's `Jigsaw`
 * (PIRL's puzzle). A picture of another size than `imgSize × imgSize` is resized to it first; Lightly would cut beyond
 * its edges.
 *
 * @returns what gives `nGrid²` pictures of `cropSize × cropSize`
 * @throws ERR_OPTION
 */
export const jigsaw = ({
  nGrid = 3,
  imgSize = 255,
  cropSize = 64,
}: JigsawOptions = {}): ((image: RgbImage, random: Random) => readonly RgbImage[]) => {
  requireWhole('nGrid', nGrid, 1, MOST_CELLS_A_SIDE);
  requireSide('imgSize', imgSize);
  requireSide('cropSize', cropSize);
  const cellSide = Math.floor(imgSize / nGrid);
  if (cropSize > cellSide)
    throw invalidOption(
      'cropSize',
      cropSize,
      `at most ${cellSide}, the side of a cell (imgSize ${imgSize} / nGrid ${nGrid})`,
    );
  const margin = cellSide - cropSize;
  return (image, random) => {
    const board = resizedTo(image, imgSize);
    const crops = Array.from({ length: nGrid ** 2 }, (_, cell) =>
      cut(board, {
        left: (cell % nGrid) * cellSide + random.below(margin + 1),
        top: Math.floor(cell / nGrid) * cellSide + random.below(margin + 1),
        width: cropSize,
        height: cropSize,
      }),
    );
    return Array.from(random.permutation(crops.length), (cell) => crops[cell]!);
  };
};

const resizedTo = (image: RgbImage, side: number): RgbImage =>
  image.width === side && image.height === side
    ? image
    : resizeBox(
        image,
        { left: 0, top: 0, width: image.width, height: image.height },
        { width: side, height: side },
      );
