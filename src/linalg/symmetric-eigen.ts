import { Breather } from '../base/concurrency.ts';
import { tridiagonalEigenvectors } from './inverse-iteration.ts';
import { tridiagonalEigenvalues } from './tridiagonal-eigenvalues.ts';
import { applyReflectors, tridiagonalise } from './tridiagonalise.ts';

/** Eigenvalues and eigenvectors of a symmetric matrix of `size` rows. */
export interface SymmetricEigen {
  /** The `count` largest eigenvalues, descending; a repeated one as often as it occurs. */
  readonly values: Float64Array;
  /** `count × size`: row `i` is a unit vector for value `i`; the rows are orthogonal, their signs arbitrary. */
  readonly vectors: Float64Array;
}

export interface SymmetricEigenOptions {
  /** How many eigenvalues, the largest first; from 0 to the size, which is the default. */
  readonly count?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The largest eigenvalues of a symmetric matrix and their vectors, in float64: Householder tridiagonalisation, QL for
 * the eigenvalues, inverse iteration for the vectors (the way of LAPACK's dsyevx). Errors are a few roundings of the
 * matrix's norm. Few vectors of many cost little beside the tridiagonalisation's 4/3 `size`³ operations.
 *
 * @param matrix `size × size`, row-major; only the lower triangle is read, nothing is written
 * @throws RangeError when an entry is not finite
 */
export const symmetricEigen = async (
  matrix: Float64Array,
  size: number,
  { count = size, signal }: SymmetricEigenOptions = {},
): Promise<SymmetricEigen> => {
  const breather = new Breather(signal);
  const scale = powerOfTwoBelow(largestEntry(matrix, size));
  if (scale === 0) return eigenOfZero(size, count);
  const form = await tridiagonalise(
    matrix.map((entry) => entry / scale),
    size,
    breather,
  );
  const values = tridiagonalEigenvalues(form).subarray(0, count);
  await breather.pause();
  const vectors = tridiagonalEigenvectors(form, values);
  for (let i = 0; i < count; i++) {
    if (breather.isDue) await breather.pause();
    applyReflectors(form, vectors.subarray(i * size, (i + 1) * size));
  }
  return { values: values.map((value) => value * scale), vectors };
};

const largestEntry = (matrix: Float64Array, size: number): number => {
  let largest = 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      const magnitude = Math.abs(matrix[row * size + column]!);
      if (!Number.isFinite(magnitude)) {
        throw new RangeError(`row ${row}, column ${column} of the matrix is ${matrix[row * size + column]}`);
      }
      largest = Math.max(largest, magnitude);
    }
  }
  return largest;
};

/** Division by a power of two is exact. Subnormal numbers have no digits left to work with and count as 0. */
const powerOfTwoBelow = (value: number): number =>
  value < 2 ** -1022 ? 0 : 2 ** Math.floor(Math.log2(value));

const eigenOfZero = (size: number, count: number): SymmetricEigen => {
  const vectors = new Float64Array(count * size);
  for (let i = 0; i < count; i++) vectors[i * size + i] = 1;
  return { values: new Float64Array(count), vectors };
};
