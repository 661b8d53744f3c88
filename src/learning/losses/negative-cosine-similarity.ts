// How far two views point in different directions: the losses of SimSiam and BYOL.
import { add, negate, scale } from '../../autodiff/arithmetic.ts';
import { normalizeRows } from '../../autodiff/matrix.ts';
import { mean, rowProducts } from '../../autodiff/reductions.ts';
import type { Tape, Tensor } from '../../autodiff/tape.ts';
import { requireViews } from '../view-shapes.ts';

export interface CosineOptions {
  /** Rows that are shorter count as of this length. Default 1e-8 (PyTorch). */
  readonly epsilon?: number | undefined;
}

/**
 * −cosine of the rows of two matrices, on average: from −1 for the same directions to 1. A row of zeros has a cosine
 * of 0.
 *
 * @param x0 [n, d] @param x1 [n, d] @returns []
 * @throws ERR_SHAPE when the shapes differ
 */
export const negativeCosineSimilarity = (
  tape: Tape,
  x0: Tensor,
  x1: Tensor,
  { epsilon = 1e-8 }: CosineOptions = {},
): Tensor => {
  requireViews([x0.shape, x1.shape]);
  const [first, second] = [normalizeRows(tape, x0, epsilon), normalizeRows(tape, x1, epsilon)];
  return negate(tape, mean(tape, rowProducts(tape, first, second)));
};

/** What comes of one view. */
export interface PredictedView {
  /** Of the network that learns, [n, d]. */
  readonly prediction: Tensor;
  /** What the other view's prediction should be like, [n, d]; no gradient flows to it. */
  readonly target: Tensor;
}

/**
 * Each view's prediction against the other view's target, half and half: Lightly's `SymNegCosineSimilarityLoss`. For
 * SimSiam the target is the view's own projection (Chen and He 2021).
 *
 * @returns []
 * @throws ERR_SHAPE when the shapes differ
 */
export const symmetricNegativeCosineSimilarity = (
  tape: Tape,
  view0: PredictedView,
  view1: PredictedView,
  options: CosineOptions = {},
): Tensor => {
  const half = ({ prediction }: PredictedView, { target }: PredictedView): Tensor =>
    negativeCosineSimilarity(tape, prediction, tape.detach(target), options);
  return scale(tape, add(tape, half(view0, view1), half(view1, view0)), 0.5);
};
