import { type Matrix, rowOf } from '../base/matrix.ts';

// As torch.nn.functional.normalize: a row of zeros stays one.
const LEAST_LENGTH = 1e-12;

/** A copy with every row scaled to Euclidean length 1; a row shorter than 1e-12 is divided by that instead. */
export const normalizeRows = (matrix: Matrix): Matrix => {
  const result: Matrix = { ...matrix, data: new Float32Array(matrix.data.length) };
  for (let row = 0; row < matrix.rows; row++) {
    const source = rowOf(matrix, row);
    let square = 0;
    for (let i = 0; i < source.length; i++) square += source[i]! * source[i]!;
    const length = Math.max(Math.sqrt(square), LEAST_LENGTH);
    const target = rowOf(result, row);
    for (let i = 0; i < source.length; i++) target[i] = source[i]! / length;
  }
  return result;
};
