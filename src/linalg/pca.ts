import { FramesiftError } from '../base/errors.ts';
import { type Matrix, matrixOf, rowBlocks, rowOf } from '../base/matrix.ts';
import { requireNumber } from '../base/option-checks.ts';
import { type BlockSource, covarianceOf, ROWS_PER_PRODUCT } from './covariance.ts';
import { requireFinite } from './finite.ts';
import { openProjection } from './matrix-product.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

export interface PcaOptions {
  /** Directions to keep; from 1 to the number of columns. Default 2. */
  readonly nComponents?: number | undefined;
  /** Added to the centred numbers by {@link PCA.transform}, as Lightly does; finite, 0 or more. Default 1e-10. */
  readonly eps?: number | undefined;
}

/** What a fit finds. */
interface Fit {
  readonly mean: Float32Array;
  readonly components: Matrix;
  readonly explainedVariance: Float64Array;
  readonly explainedVarianceRatio: Float64Array;
}

export interface Interruptible {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Principal component analysis: the orthogonal directions in which rows vary most. Gives what Lightly's
 * `utils.embeddings_2d.PCA` gives, up to the sign of each component, which is fixed here: of a component's entries
 * the largest in magnitude is positive; of entries that are equal within 1e-4, the first counts.
 */
export class PCA {
  readonly nComponents: number;
  readonly eps: number;
  #fit: Fit | undefined;

  /** @throws ERR_OPTION */
  constructor({ nComponents = 2, eps = 1e-10 }: PcaOptions = {}) {
    if (!Number.isSafeInteger(nComponents) || nComponents < 1) throw badCount(nComponents);
    requireNumber('eps', eps, 0);
    this.nComponents = nComponents;
    this.eps = eps;
  }

  /**
   * Learns mean and components.
   *
   * @param matrix n × d, n at least 2; n below d is fine, and so are constant columns
   * @throws ERR_SHAPE for fewer than 2 rows or no columns; ERR_EMBEDDINGS for a number that is not finite (naming
   *   row and column); ERR_OPTION when `nComponents` exceeds d
   */
  async fit(matrix: Matrix, options: Interruptible = {}): Promise<this> {
    return this.fitBlocks(() => [matrix], options);
  }

  /** {@link fit} for a matrix that comes in blocks of rows, from a file say. It is read twice. */
  async fitBlocks(source: BlockSource, { signal }: Interruptible = {}): Promise<this> {
    const { mean, matrix } = await covarianceOf(source, signal);
    const columns = mean.length;
    if (this.nComponents > columns) throw badCount(this.nComponents, columns);
    const { values, vectors } = await symmetricEigen(matrix, columns, { count: this.nComponents, signal });
    const components = matrixOf(Float32Array.from(vectors), this.nComponents, columns);
    for (let i = 0; i < components.rows; i++) fixSign(rowOf(components, i));
    // Where nothing varies, rounding may give a variance slightly below 0.
    const explainedVariance = values.map((value) => Math.max(0, value));
    const total = traceOf(matrix, columns);
    const explainedVarianceRatio = explainedVariance.map((value) => (total === 0 ? 0 : value / total));
    this.#fit = { mean, components, explainedVariance, explainedVarianceRatio };
    return this;
  }

  /**
   * Coordinates of rows along the components.
   *
   * @param matrix m × d, any m
   * @returns m × nComponents: `(x − mean + eps) · component`, in float32
   * @throws ERR_OPTION before {@link fit}; ERR_SHAPE for another d; ERR_EMBEDDINGS for a number that is not finite
   */
  async transform(matrix: Matrix, { signal }: Interruptible = {}): Promise<Matrix> {
    const { mean, components } = this.#fitted();
    if (matrix.columns !== mean.length) {
      throw new FramesiftError(
        'ERR_SHAPE',
        `the matrix has ${matrix.columns} columns; the PCA was fitted to ${mean.length}.`,
        { facts: { columns: matrix.columns, expected: mean.length } },
      );
    }
    const centre = mean.map((entry) => entry - this.eps);
    const result = new Float32Array(matrix.rows * components.rows);
    await using projection = await openProjection(matrix.columns);
    let row = 0;
    for (const block of rowBlocks(matrix, ROWS_PER_PRODUCT)) {
      signal?.throwIfAborted();
      const projected = await projection.project(block, centre, components);
      if (!projected.data.every(Number.isFinite)) requireFinite(block, 'the matrix', row);
      result.set(projected.data, row * components.rows);
      row += block.rows;
    }
    return matrixOf(result, matrix.rows, components.rows);
  }

  /** Mean of each column: d numbers. @throws ERR_OPTION before {@link fit}, as all below */
  get mean(): Float32Array {
    return this.#fitted().mean;
  }

  /** nComponents × d: orthonormal rows, the one with the most variance first. */
  get components(): Matrix {
    return this.#fitted().components;
  }

  /** Variance along each component, descending: eigenvalues of the covariance with divisor n − 1. */
  get explainedVariance(): Float64Array {
    return this.#fitted().explainedVariance;
  }

  /** {@link explainedVariance} as shares of the variance of all columns; 0 where nothing varies. */
  get explainedVarianceRatio(): Float64Array {
    return this.#fitted().explainedVarianceRatio;
  }

  #fitted(): Fit {
    if (this.#fit !== undefined) return this.#fit;
    throw new FramesiftError('ERR_OPTION', 'the PCA is not fitted yet: call fit first.');
  }
}

const badCount = (nComponents: number, columns?: number): FramesiftError => {
  const most = columns === undefined ? 'the number of columns' : `${columns}, the number of columns`;
  return new FramesiftError(
    'ERR_OPTION',
    `nComponents ${nComponents}: expected a whole number from 1 to ${most}.`,
    { facts: { nComponents, columns: columns ?? null } },
  );
};

const SAME_MAGNITUDE = 1 - 1e-4;

const fixSign = (component: Float32Array): void => {
  const largest = component.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
  const leading = component.find((entry) => Math.abs(entry) >= largest * SAME_MAGNITUDE);
  if (leading! < 0) for (let i = 0; i < component.length; i++) component[i] = -component[i]!;
};

const traceOf = (matrix: Float64Array, size: number): number => {
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[i * size + i]!;
  return trace;
};
