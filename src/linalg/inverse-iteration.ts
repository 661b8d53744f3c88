import { Random } from '../base/random.ts';
import { factorShifted, solveInPlace } from './tridiagonal-solve.ts';
import type { Tridiagonal } from './tridiagonalise.ts';

// LAPACK's dstein: eigenvalues closer than this share of the norm belong to one cluster, where only explicit
// orthogonalisation keeps the vectors apart.
const CLUSTER_GAP = 1e-3;
// In units of rounding errors of the norm. Two or three steps are the rule.
const ACCEPTED_RESIDUAL = 8;
const TOLERABLE_RESIDUAL = 1e-10;
const MOST_STEPS = 20;
const STEPS_PER_START = 5;

/**
 * Orthonormal eigenvectors of a symmetric tridiagonal matrix by inverse iteration (Wilkinson 1965; LAPACK's dstein).
 *
 * @param values some of the matrix's eigenvalues, descending, each as often as it is to have a vector
 * @returns one vector for each value, in rows: `values.length × size`, signs arbitrary but always the same
 */
export const tridiagonalEigenvectors = (matrix: Tridiagonal, values: Float64Array): Float64Array => {
  const size = matrix.diagonal.length;
  const vectors = new Float64Array(values.length * size);
  const norm = normOf(matrix);
  const random = new Random(0);
  let clusterStart = 0;
  for (const [index, value] of values.entries()) {
    if (index > 0 && values[index - 1]! - value > CLUSTER_GAP * norm) clusterStart = index;
    const cluster = vectors.subarray(clusterStart * size, index * size);
    findVector(matrix, norm, value, cluster, vectors.subarray(index * size, (index + 1) * size), random);
  }
  return vectors;
};

/** The largest sum of magnitudes in a row. */
const normOf = ({ diagonal, offDiagonal }: Tridiagonal): number =>
  diagonal.reduce(
    (largest, entry, i) =>
      Math.max(largest, Math.abs(entry) + Math.abs(offDiagonal[i]!) + Math.abs(offDiagonal[i - 1] ?? 0)),
    0,
  );

const findVector = (
  matrix: Tridiagonal,
  norm: number,
  value: number,
  cluster: Float64Array,
  vector: Float64Array,
  random: Random,
): void => {
  const factors = factorShifted(matrix, value, Number.EPSILON * norm);
  for (let step = 0; step < MOST_STEPS; step++) {
    // A start that holds next to nothing of the vector sought is replaced by another one.
    if (step % STEPS_PER_START === 0)
      for (let i = 0; i < vector.length; i++) vector[i] = random.uniform() - 0.5;
    solveInPlace(factors, vector);
    normalise(vector);
    // Twice is enough (Kahan and Parlett): what rounding leaves after the first time goes in the second.
    removeCluster(vector, cluster);
    removeCluster(vector, cluster);
    normalise(vector);
    const isSettled = step % STEPS_PER_START > 0;
    if (isSettled && residual(matrix, value, vector) <= ACCEPTED_RESIDUAL * Number.EPSILON * norm) return;
  }
  if (!(residual(matrix, value, vector) <= TOLERABLE_RESIDUAL * norm)) {
    throw new Error(`inverse iteration did not converge for the eigenvalue ${value}`);
  }
};

/** Removes from `vector` its parts along the orthonormal rows of `cluster` (modified Gram–Schmidt). */
const removeCluster = (vector: Float64Array, cluster: Float64Array): void => {
  const size = vector.length;
  for (let start = 0; start < cluster.length; start += size) {
    let inner = 0;
    for (let i = 0; i < size; i++) inner += cluster[start + i]! * vector[i]!;
    for (let i = 0; i < size; i++) vector[i] = vector[i]! - inner * cluster[start + i]!;
  }
};

const normalise = (vector: Float64Array): void => {
  const largest = vector.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
  if (largest === 0) return;
  let square = 0;
  for (let i = 0; i < vector.length; i++) {
    vector[i] = vector[i]! / largest;
    square += vector[i]! * vector[i]!;
  }
  const length = Math.sqrt(square);
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! / length;
};

/** The largest entry of `T x − λ x`. */
const residual = ({ diagonal, offDiagonal }: Tridiagonal, value: number, x: Float64Array): number => {
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    const before = i === 0 ? 0 : offDiagonal[i - 1]! * x[i - 1]!;
    const after = i === x.length - 1 ? 0 : offDiagonal[i]! * x[i + 1]!;
    largest = Math.max(largest, Math.abs((diagonal[i]! - value) * x[i]! + before + after));
  }
  return largest;
};
