import type { Breather } from '../base/concurrency.ts';

/** A symmetric tridiagonal matrix of `diagonal.length` rows. */
export interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Entry `i` couples rows `i` and `i + 1`; as long as the diagonal, its last entry is 0. */
  readonly offDiagonal: Float64Array;
}

/** `A = Q T Qᵀ` with T tridiagonal and Q a product of Householder reflections. */
export interface TridiagonalForm extends Tridiagonal {
  /** Row `i`, columns `[0, i)`: the vector u of the reflection `I − u uᵀ / h` that freed row `i`. */
  readonly reflectors: Float64Array;
  /** The h of each row's reflection; 0 where row `i` needed none. */
  readonly halfNorms: Float64Array;
}

// Squares below this lose digits to underflow, and a reflection made of them would not be orthogonal. The matrix has
// entries near 1, so that what is dropped is far below its rounding errors.
const NEGLIGIBLE_SQUARE = 1e-200;

/**
 * Reduces a symmetric matrix to tridiagonal form, from its last row upwards (Householder; Martin, Reinsch and
 * Wilkinson 1968). Reads and writes along rows only. About 4/3 `size`³ operations.
 *
 * @param matrix `size × size`, row-major, largest entry near 1; only the lower triangle is read. It is overwritten
 *   and becomes the result's `reflectors`
 */
export const tridiagonalise = async (
  matrix: Float64Array,
  size: number,
  breather: Breather,
): Promise<TridiagonalForm> => {
  const form: TridiagonalForm = {
    diagonal: new Float64Array(size),
    offDiagonal: new Float64Array(size),
    reflectors: matrix,
    halfNorms: new Float64Array(size),
  };
  const image = new Float64Array(size);
  for (let row = size - 1; row > 0; row--) {
    if (breather.isDue) await breather.pause();
    const reflector = matrix.subarray(row * size, row * size + row);
    form.diagonal[row] = matrix[row * size + row]!;
    const h = makeReflector(reflector, form.offDiagonal);
    form.halfNorms[row] = h;
    if (h !== 0) reflectBothSides(matrix, size, reflector, h, image);
  }
  form.diagonal[0] = matrix[0]!;
  return form;
};

/** Turns a row left of the diagonal into the vector that reflects it onto its last entry. @returns h, half of uᵀu */
const makeReflector = (row: Float64Array, offDiagonal: Float64Array): number => {
  const end = row.length - 1;
  const last = row[end]!;
  let square = 0;
  for (let k = 0; k < end; k++) square += row[k]! * row[k]!;
  if (square < NEGLIGIBLE_SQUARE) {
    offDiagonal[end] = last;
    return 0;
  }
  square += last * last;
  const reflected = last > 0 ? -Math.sqrt(square) : Math.sqrt(square);
  offDiagonal[end] = reflected;
  row[end] = last - reflected;
  return square - last * reflected;
};

/** `A ← H A H` for the leading rows of A, as `A − u qᵀ − q uᵀ`; the lower triangle only. */
const reflectBothSides = (
  matrix: Float64Array,
  size: number,
  u: Float64Array,
  h: number,
  image: Float64Array,
): void => {
  const q = image.subarray(0, u.length);
  multiplySymmetric(matrix, size, u, q);
  let inner = 0;
  for (let k = 0; k < u.length; k++) inner += u[k]! * q[k]!;
  // Not divided by h², which may underflow.
  const share = inner / h / (2 * h);
  for (let k = 0; k < u.length; k++) q[k] = q[k]! / h - share * u[k]!;
  for (let row = 0; row < u.length; row++) {
    subtractScaled(matrix.subarray(row * size, row * size + row + 1), u, q[row]!, q, u[row]!);
  }
};

/** `product ← A x` for the leading rows of A, each entry of the lower triangle read once. */
const multiplySymmetric = (
  matrix: Float64Array,
  size: number,
  x: Float64Array,
  product: Float64Array,
): void => {
  for (let row = 0; row < x.length; row++) {
    const start = row * size;
    const scale = x[row]!;
    let sum = matrix[start + row]! * scale;
    for (let k = 0; k < row; k++) {
      const entry = matrix[start + k]!;
      sum += entry * x[k]!;
      product[k] = product[k]! + entry * scale;
    }
    product[row] = sum;
  }
};

/** `target ← target − a x − b y`, over the length of the target. */
const subtractScaled = (
  target: Float64Array,
  x: Float64Array,
  a: number,
  y: Float64Array,
  b: number,
): void => {
  for (let k = 0; k < target.length; k++) target[k] = target[k]! - a * x[k]! - b * y[k]!;
};

/** `vector ← Q vector`: takes an eigenvector of the tridiagonal matrix to one of the original. */
export const applyReflectors = ({ reflectors, halfNorms }: TridiagonalForm, vector: Float64Array): void => {
  const size = vector.length;
  for (let row = 1; row < size; row++) {
    const h = halfNorms[row]!;
    if (h === 0) continue;
    const start = row * size;
    let inner = 0;
    for (let k = 0; k < row; k++) inner += reflectors[start + k]! * vector[k]!;
    const share = inner / h;
    for (let k = 0; k < row; k++) vector[k] = vector[k]! - share * reflectors[start + k]!;
  }
};
