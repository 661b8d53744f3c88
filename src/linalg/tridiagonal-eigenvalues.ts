import type { Tridiagonal } from './tridiagonalise.ts';

const MOST_STEPS = 60;

/**
 * All eigenvalues of a symmetric tridiagonal matrix with entries near 1, by the QL method with implicit shifts
 * (Dubrulle, Martin and Wilkinson 1968; EISPACK's `imtql1`). Absolute error: a few roundings of the norm.
 *
 * @returns descending
 */
export const tridiagonalEigenvalues = (matrix: Tridiagonal): Float64Array => {
  const d = Float64Array.from(matrix.diagonal);
  const e = Float64Array.from(matrix.offDiagonal);
  for (let first = 0; first < d.length; first++) {
    for (let step = 0; ; step++) {
      const last = endOfBlock(d, e, first);
      if (last === first) break;
      if (step === MOST_STEPS) throw new Error(`eigenvalue ${first} of ${d.length} did not converge`);
      qlStep(d, e, first, last);
    }
  }
  return d.sort().reverse();
};

/** The last row that is still coupled to row `first`. */
const endOfBlock = (d: Float64Array, e: Float64Array, first: number): number => {
  let last = first;
  for (; last < d.length - 1; last++) {
    const neighbours = Math.abs(d[last]!) + Math.abs(d[last + 1]!);
    // The second epsilon ends the iteration in blocks of zeros, which have no scale of their own.
    if (Math.abs(e[last]!) <= Number.EPSILON * (neighbours + Number.EPSILON)) break;
  }
  return last;
};

/** One sweep of plane rotations over rows `first` to `last`, with Wilkinson's shift. */
const qlStep = (d: Float64Array, e: Float64Array, first: number, last: number): void => {
  const slope = (d[first + 1]! - d[first]!) / (2 * e[first]!);
  const root = Math.sqrt(slope * slope + 1);
  let g = d[last]! - d[first]! + e[first]! / (slope + (slope < 0 ? -root : root));
  let sine = 1;
  let cosine = 1;
  let p = 0;
  for (let i = last - 1; i >= first; i--) {
    const f = sine * e[i]!;
    const b = cosine * e[i]!;
    const r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1]! -= p;
      e[last] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    const shifted = d[i + 1]! - p;
    const turn = (d[i]! - shifted) * sine + 2 * cosine * b;
    p = sine * turn;
    d[i + 1] = shifted + p;
    g = cosine * turn - b;
  }
  d[first]! -= p;
  e[first] = g;
  e[last] = 0;
};
