import { FramesiftError } from '../base/errors.ts';
import type { Matrix } from '../base/matrix.ts';

/**
 * @param what the matrix, as the message calls it
 * @param firstRow the number of the matrix's first row, where it is a part of a larger one
 * @throws ERR_EMBEDDINGS naming row and column of the first number that is NaN or infinite
 */
export const requireFinite = ({ data, columns }: Matrix, what: string, firstRow = 0): void => {
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (Number.isFinite(value)) continue;
    const row = firstRow + Math.floor(i / columns);
    const column = i % columns;
    throw new FramesiftError(
      'ERR_EMBEDDINGS',
      `row ${row}, column ${column} of ${what} is ${value}: every number must be finite.`,
      { facts: { row, column } },
    );
  }
};
