// Products of matrices, and what rows of them are scaled by.
import { add, atLeast, divide, square, squareRoot } from './arithmetic.ts';
import { sum } from './reductions.ts';
import type { Tape, Tensor } from './tape.ts';

export interface ProductOptions {
  /** Whether a, b is transposed first. Default false. */
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** a · b. @param a [n, k], or [k, n] transposed @param b [k, m], or [m, k] transposed @returns [n, m] */
export const matrixProduct = (
  tape: Tape,
  a: Tensor,
  b: Tensor,
  { transposeA: ta = false, transposeB: tb = false }: ProductOptions = {},
): Tensor => {
  const [rows, inner] = ta ? a.shape.toReversed() : a.shape;
  const [innerOfB, columns] = tb ? b.shape.toReversed() : b.shape;
  if (a.shape.length !== 2 || b.shape.length !== 2 || inner !== innerOfB)
    throw new Error(`no product of [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`);
  const attributes = { transA: ta ? 1 : 0, transB: tb ? 1 : 0 };
  const product = tape.node('Gemm', [a, b], [rows!, columns!], attributes);
  const of = (left: Tensor, right: Tensor, transposeA: boolean, transposeB: boolean): Tensor =>
    matrixProduct(tape, left, right, { transposeA, transposeB });
  return tape.record(product, [a, b], (gradient) => [
    tape.isTracked(a) ? (ta ? of(b, gradient, tb, true) : of(gradient, b, false, !tb)) : undefined,
    tape.isTracked(b) ? (tb ? of(gradient, a, true, ta) : of(a, gradient, !ta, false)) : undefined,
  ]);
};

/** x · wᵀ + b. @param x [n, in] @param weight [out, in] @param bias [out] @returns [n, out] */
export const linear = (tape: Tape, x: Tensor, weight: Tensor, bias?: Tensor): Tensor => {
  const product = matrixProduct(tape, x, weight, { transposeB: true });
  return bias === undefined ? product : add(tape, product, bias);
};

/** Rows shorter than this are left shorter than 1 (PyTorch's `normalize`). */
const LEAST_LENGTH = 1e-12;

/** Rows scaled to length 1. A row of zeros stays one, and no gradient flows to it. @param x [n, d] @returns [n, d] */
export const normalizeRows = (tape: Tape, x: Tensor, leastLength = LEAST_LENGTH): Tensor => {
  // Squares this small are below what float32 holds: the root must not be of 0.
  const least = Math.max(leastLength ** 2, 1e-30);
  return divide(tape, x, squareRoot(tape, atLeast(tape, sum(tape, square(tape, x), [1], true), least)));
};
