// Products of matrices, rows of length 1, and diagonals.
import { add, divide, multiply, subtract } from './arithmetic.ts';
import { rowProducts } from './reductions.ts';
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

/**
 * Rows scaled to length 1. A row shorter than `leastLength` is divided by that, so that zeros stay zeros; no gradient
 * flows to it, where PyTorch multiplies the gradient by 1e12.
 *
 * @param x [n, d] @returns [n, d]
 */
export const normalizeRows = (tape: Tape, x: Tensor, leastLength = LEAST_LENGTH): Tensor => {
  // Squares this small are below what float32 holds: the root must not be of 0.
  const least = tape.constant([Math.max(leastLength ** 2, 1e-30)]);
  const column = [x.shape[0]!, 1];
  const squares = tape.node('ReduceSumSquare', [x, tape.integers([1])], column, { keepdims: 1 });
  const lengths = tape.node('Sqrt', [tape.node('Max', [squares, least], column)], column);
  const unit = tape.node('Div', [x, lengths], x.shape);
  return tape.record(unit, [x], (gradient) => {
    const along = multiply(tape, unit, rowProducts(tape, gradient, unit));
    const across = divide(tape, subtract(tape, gradient, along), lengths);
    const isLong = tape.node('GreaterOrEqual', [squares, least], column);
    return [tape.node('Where', [isLong, across, tape.constant([0])], x.shape)];
  });
};

/** The matrix with one number all along its diagonal; no gradient flows there. @param x [n, n] @returns [n, n] */
export const withDiagonal = (tape: Tape, x: Tensor, number: number): Tensor => {
  const [rows, columns] = x.shape;
  if (x.shape.length !== 2 || rows !== columns)
    throw new Error(`[${x.shape.join(', ')}] is no square with a diagonal`);
  const places = Float32Array.from({ length: rows! }, (_, i) => i);
  const isDiagonal = tape.node(
    'Equal',
    [tape.constant(places, [rows!, 1]), tape.constant(places, [1, rows!])],
    x.shape,
  );
  const filled = (rest: Tensor, value: number): Tensor =>
    tape.node('Where', [isDiagonal, tape.constant([value]), rest], x.shape);
  return tape.record(filled(x, number), [x], (gradient) => [filled(gradient, 0)]);
};
