// Pictures side by side in one, to see at a glance what views are like.

import { requireWhole } from '../base/option-checks.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import type { Size } from '../image/size.ts';
import { requireSide } from './option-values.ts';
import { resizeBox } from './resize.ts';

/** A line of the sheet. */
export interface ContactRow {
  readonly original: RgbImage;
  /** What was made of it. */
  readonly views: readonly RgbImage[];
}

export interface ContactSheetOptions {
  /** Side of the square that each picture is fitted into, in pixels. Default 128. */
  readonly cell?: number | undefined;
  /** Between pictures and around them, in pixels. Default 4. */
  readonly padding?: number | undefined;
}

/** Light grey: pictures that are white at their edges end somewhere. */
const PAPER = 208;

/**
 * A sheet with a row for each picture: the original in the first column, its views after it. Pictures keep their
 * proportions: their longer side becomes that of a cell, whether they are larger or smaller. Rows may be of different
 * lengths; what is not covered is light grey. No row makes a sheet of a single cell.
 *
 * @throws ERR_OPTION
 */
export const contactSheet = (
  rows: readonly ContactRow[],
  { cell = 128, padding = 4 }: ContactSheetOptions = {},
): RgbImage => {
  requireSide('cell', cell);
  requireWhole('padding', padding, 0, 1024);
  const columns = Math.max(1, ...rows.map(({ views }) => 1 + views.length));
  const width = padding + columns * (cell + padding);
  const height = padding + Math.max(1, rows.length) * (cell + padding);
  const data = new Uint8Array(width * height * 3).fill(PAPER);
  const sheet = { width, height, data };
  for (const [row, { original, views }] of rows.entries()) {
    for (const [column, picture] of [original, ...views].entries()) {
      const size = fitted(picture, cell);
      const whole = { left: 0, top: 0, width: picture.width, height: picture.height };
      paste(
        resizeBox(picture, whole, size),
        sheet,
        padding + column * (cell + padding) + ((cell - size.width) >> 1),
        padding + row * (cell + padding) + ((cell - size.height) >> 1),
      );
    }
  }
  return sheet;
};

const fitted = ({ width, height }: Size, cell: number): Size => {
  const scale = cell / Math.max(width, height);
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
};

const paste = (picture: RgbImage, sheet: RgbImage, left: number, top: number): void => {
  const rowBytes = picture.width * 3;
  for (let y = 0; y < picture.height; y++) {
    const from = y * rowBytes;
    sheet.data.set(picture.data.subarray(from, from + rowBytes), ((top + y) * sheet.width + left) * 3);
  }
};
