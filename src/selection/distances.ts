// How far rows are from each other, one pair at a time, exactly. Pure.
import { FramesiftError } from '../base/errors.ts';
import { type Matrix, matrixOf } from '../base/matrix.ts';

/**
 * The rows scaled to Euclidean length 1.
 *
 * @param nameOf for messages
 * @throws ERR_EMBEDDINGS for a row of zeros, which has no direction, or one that is not finite
 */
export const unitRows = (
  { rows, columns, data }: Matrix,
  nameOf: (row: number) => string = (row) => `row ${row}`,
): Matrix => {
  const scaled = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let sum = 0;
    for (let i = start; i < start + columns; i++) sum += data[i]! * data[i]!;
    if (!(sum > 0 && sum < Number.POSITIVE_INFINITY)) {
      const why = sum === 0 ? 'is all zeros and has no direction' : 'has numbers that are not finite';
      throw new FramesiftError('ERR_EMBEDDINGS', `${nameOf(row)}: its embedding ${why}. Leave it out.`, {
        facts: { row },
      });
    }
    const length = Math.sqrt(sum);
    for (let i = start; i < start + columns; i++) scaled[i] = data[i]! / length;
  }
  return matrixOf(scaled, rows, columns);
};

/**
 * Squared Euclidean distance of row `a` and row `b`, added up in float64: 0 for equal rows, 4 for opposite ones of
 * length 1.
 *
 * @param others where `b` is looked up; the same matrix when left out
 */
export const squaredDistance = (rows: Matrix, a: number, b: number, others: Matrix = rows): number => {
  const { columns, data } = rows;
  const other = others.data;
  let [first, second, third, fourth] = [0, 0, 0, 0];
  const end = columns - (columns % 4);
  let [i, j] = [a * columns, b * columns];
  for (const stop = i + end; i < stop; i += 4, j += 4) {
    const d0 = data[i]! - other[j]!;
    const d1 = data[i + 1]! - other[j + 1]!;
    const d2 = data[i + 2]! - other[j + 2]!;
    const d3 = data[i + 3]! - other[j + 3]!;
    first += d0 * d0;
    second += d1 * d1;
    third += d2 * d2;
    fourth += d3 * d3;
  }
  for (const stop = (a + 1) * columns; i < stop; i++, j++) first += (data[i]! - other[j]!) ** 2;
  return first + second + (third + fourth);
};

/** The scalar product of row `a` and row `b`, added up in float64. */
export const innerProduct = ({ columns, data }: Matrix, a: number, b: number): number => {
  let [first, second] = [0, 0];
  const end = columns - (columns % 2);
  let [i, j] = [a * columns, b * columns];
  for (const stop = i + end; i < stop; i += 2, j += 2) {
    first += data[i]! * data[j]!;
    second += data[i + 1]! * data[j + 1]!;
  }
  return columns % 2 === 0 ? first + second : first + second + data[i]! * data[j]!;
};

/**
 * How much a scalar product of two rows can be off in float32, in whichever order it is added up: the classic bound
 * columns × 2^-24 × |a| × |b|, with a little room for what is done to the product afterwards.
 *
 * @param largestSquare of the rows' squared lengths
 */
export const productError = (columns: number, largestSquare: number): number =>
  (columns + 8) * 2 ** -24 * largestSquare;

/** By row: its squared length. */
export const squaredLengths = (rows: Matrix): Float64Array =>
  Float64Array.from({ length: rows.rows }, (_, row) => innerProduct(rows, row, row));

/** The mean of the rows that `has` says yes to; of none, undefined. 1 × columns, added up in float64. */
export const meanRow = (rows: Matrix, has: (row: number) => boolean): Matrix | undefined => {
  const sums = new Float64Array(rows.columns);
  let count = 0;
  for (let row = 0; row < rows.rows; row++) {
    if (!has(row)) continue;
    count++;
    const start = row * rows.columns;
    for (let i = 0; i < sums.length; i++) sums[i]! += rows.data[start + i]!;
  }
  if (count === 0) return undefined;
  return matrixOf(
    Float32Array.from(sums, (sum) => sum / count),
    1,
    rows.columns,
  );
};
