import { add, multiply, scale, shift, square } from '../../autodiff/arithmetic.ts';
import { batchNorm } from '../../autodiff/batch-norm.ts';
import { matrixProduct, withDiagonal } from '../../autodiff/matrix.ts';
import { mean, sum } from '../../autodiff/reductions.ts';
import type { Tape, Tensor } from '../../autodiff/tape.ts';
import { requireSeveralRows, requireViews } from '../view-shapes.ts';

export interface BarlowTwinsOptions {
  /** How much correlations between different dimensions weigh. Default 0.005. */
  readonly lambda?: number | undefined;
}

/**
 * How far the correlations between the dimensions of two views are from those of equal views without redundancy: 1 of
 * each dimension with itself, 0 with all others (Zbontar et al. 2021).
 *
 * @param out0 [n, d], n at least 2 @param out1 [n, d], the other view of each @returns []
 * @throws ERR_SHAPE when the shapes do not fit together
 */
export const barlowTwins = (
  tape: Tape,
  out0: Tensor,
  out1: Tensor,
  { lambda = 5e-3 }: BarlowTwinsOptions = {},
): Tensor => {
  requireViews([out0.shape, out1.shape]);
  requireSeveralRows(out0.shape[0]!, 'a Barlow Twins loss');
  const [first, second] = [batchNorm(tape, out0).output, batchNorm(tape, out1).output];
  const ownCorrelations = mean(tape, multiply(tape, first, second), [0]);
  const products = matrixProduct(tape, first, second, { transposeA: true });
  const otherCorrelations = withDiagonal(tape, scale(tape, products, 1 / out0.shape[0]!), 0);
  const invariance = sum(tape, square(tape, shift(tape, ownCorrelations, -1)));
  const redundancy = sum(tape, square(tape, otherCorrelations));
  return add(tape, invariance, scale(tape, redundancy, lambda));
};
