import type { Tridiagonal } from './tridiagonalise.ts';

/** `P (T − λ I) = L U` of a tridiagonal matrix, by Gaussian elimination with row exchanges (LAPACK's dgttrf). */
export interface ShiftedFactors {
  /** Diagonal and the two superdiagonals of U. */
  readonly pivots: Float64Array;
  readonly above: Float64Array;
  readonly twoAbove: Float64Array;
  readonly multipliers: Float64Array;
  /** 1 where row `i` was exchanged with row `i + 1`. */
  readonly exchanged: Uint8Array;
}

/** @param leastPivot pivots smaller than this are replaced by it: near an eigenvalue the matrix is singular */
export const factorShifted = (
  { diagonal, offDiagonal }: Tridiagonal,
  shift: number,
  leastPivot: number,
): ShiftedFactors => {
  const size = diagonal.length;
  const factors: ShiftedFactors = {
    pivots: new Float64Array(size),
    above: new Float64Array(size),
    twoAbove: new Float64Array(size),
    multipliers: new Float64Array(size),
    exchanged: new Uint8Array(size),
  };
  const { pivots, above, twoAbove, multipliers, exchanged } = factors;
  let pivot = diagonal[0]! - shift;
  let beside = offDiagonal[0]!;
  for (let i = 0; i < size - 1; i++) {
    const below = offDiagonal[i]!;
    const nextDiagonal = diagonal[i + 1]! - shift;
    const nextBeside = offDiagonal[i + 1]!;
    if (Math.abs(below) > Math.max(Math.abs(pivot), leastPivot)) {
      const multiplier = pivot / below;
      exchanged[i] = 1;
      multipliers[i] = multiplier;
      pivots[i] = below;
      above[i] = nextDiagonal;
      twoAbove[i] = nextBeside;
      pivot = beside - multiplier * nextDiagonal;
      beside = -multiplier * nextBeside;
    } else {
      const safe = Math.abs(pivot) < leastPivot ? leastPivot : pivot;
      const multiplier = below / safe;
      multipliers[i] = multiplier;
      pivots[i] = safe;
      above[i] = beside;
      pivot = nextDiagonal - multiplier * beside;
      beside = nextBeside;
    }
  }
  pivots[size - 1] = Math.abs(pivot) < leastPivot ? leastPivot : pivot;
  return factors;
};

const LARGE = 1e150;

/** Solves `(T − λ I) x = b`, up to a positive factor that keeps x from overflowing; `vector` is b, then x. */
export const solveInPlace = (
  { pivots, above, twoAbove, multipliers, exchanged }: ShiftedFactors,
  vector: Float64Array,
): void => {
  const size = vector.length;
  for (let i = 0; i < size - 1; i++) {
    const here = vector[i]!;
    const next = vector[i + 1]!;
    if (exchanged[i] === 1) {
      vector[i] = next;
      vector[i + 1] = here - multipliers[i]! * next;
    } else {
      vector[i + 1] = next - multipliers[i]! * here;
    }
  }
  for (let i = size - 1; i >= 0; i--) {
    const one = i + 1 < size ? above[i]! * vector[i + 1]! : 0;
    const two = i + 2 < size ? twoAbove[i]! * vector[i + 2]! : 0;
    const entry = (vector[i]! - one - two) / pivots[i]!;
    vector[i] = entry;
    if (Math.abs(entry) > LARGE) for (let k = 0; k < size; k++) vector[k] = vector[k]! / LARGE;
  }
};
