import type { Tape, Tensor } from '../../autodiff/tape.ts';
import { type PredictedView, symmetricNegativeCosineSimilarity } from './negative-cosine-similarity.ts';

/**
 * The loss of BYOL (Grill et al. 2020) as Lightly's examples have it: predictions against the projections that the slowly
 * following network makes of the other view. From −1 to 1; the paper's is 4 times that, plus 4.
 *
 * @param view0 `target`: what the following network says of the same view @returns []
 * @throws ERR_SHAPE when the shapes differ
 */
export const byol = (tape: Tape, view0: PredictedView, view1: PredictedView): Tensor =>
  symmetricNegativeCosineSimilarity(tape, view0, view1);
