import { add, relu, scale, shift, square, squareRoot, subtract } from '../../autodiff/arithmetic.ts';
import { matrixProduct, withDiagonal } from '../../autodiff/matrix.ts';
import { mean, sum } from '../../autodiff/reductions.ts';
import type { Tape, Tensor } from '../../autodiff/tape.ts';
import { requireSeveralRows, requireViews } from '../view-shapes.ts';

export interface VicRegOptions {
  /** How much each term weighs, by the paper's letters: invariance, 25; variance, 25; covariance, 1. */
  readonly lambda?: number | undefined;
  readonly mu?: number | undefined;
  readonly nu?: number | undefined;
  /** Added to variances before the root. Default 1e-4. */
  readonly epsilon?: number | undefined;
}

/**
 * Views alike (invariance), a standard deviation of at least 1 in every dimension (variance), and dimensions that are not
 * correlated (covariance) (Bardes et al. 2022). The variance term is the mean of the two views' and the covariance term
 * their sum, as in Lightly and in the authors' own code.
 *
 * @param out0 [n, d], n at least 2 @param out1 [n, d], the other view of each @returns []
 * @throws ERR_SHAPE when the shapes do not fit together
 */
export const vicReg = (
  tape: Tape,
  out0: Tensor,
  out1: Tensor,
  { lambda = 25, mu = 25, nu = 1, epsilon = 1e-4 }: VicRegOptions = {},
): Tensor => {
  requireViews([out0.shape, out1.shape]);
  requireSeveralRows(out0.shape[0]!, 'a VICReg loss');
  const invariance = mean(tape, square(tape, subtract(tape, out0, out1)));
  const [first, second] = [spread(tape, out0, epsilon), spread(tape, out1, epsilon)];
  const variance = scale(tape, add(tape, first.variance, second.variance), mu / 2);
  const covariance = scale(tape, add(tape, first.covariance, second.covariance), nu);
  return add(tape, add(tape, scale(tape, invariance, lambda), variance), covariance);
};

/** Two terms of one view, each []. */
const spread = (
  tape: Tape,
  x: Tensor,
  epsilon: number,
): { readonly variance: Tensor; readonly covariance: Tensor } => {
  const [count, dimensions] = x.shape as [number, number];
  const centred = subtract(tape, x, mean(tape, x, [0], true));
  const variances = scale(tape, sum(tape, square(tape, centred), [0]), 1 / (count - 1));
  const deviations = squareRoot(tape, shift(tape, variances, epsilon));
  const products = matrixProduct(tape, centred, centred, { transposeA: true });
  const covariances = withDiagonal(tape, scale(tape, products, 1 / (count - 1)), 0);
  return {
    variance: mean(tape, relu(tape, shift(tape, scale(tape, deviations, -1), 1))),
    covariance: scale(tape, sum(tape, square(tape, covariances)), 1 / dimensions),
  };
};
