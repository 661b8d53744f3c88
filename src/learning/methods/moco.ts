import { permuteRows } from '../../autodiff/layout.ts';
import { normalizeRows } from '../../autodiff/matrix.ts';
import type { Tensor } from '../../autodiff/tape.ts';
import { ntXent } from '../losses/nt-xent.ts';
import { head, mocoProjection } from '../network/heads.ts';
import type { Scope } from '../network/scope.ts';
import type { Method } from './method.ts';

/**
 * He et al. 2019, with the head of Chen, Fan et al. 2020: the first view looks for the second, which an encoder sees that
 * follows slowly, among rows of earlier batches. Without a memory bank, among those of this batch.
 */
export const moco: Method = (graph, { temperature = 0.1, hiddenWidth, outputWidth = 128 }) => {
  const { tape, views, backbone, shuffle } = graph;
  const encode = (scope: Scope, x: Tensor): Tensor => {
    const features = backbone(scope.in('backbone'), x);
    const sizes = { hidden: hiddenWidth ?? features.shape[1]!, output: outputWidth };
    return head(scope.in('projection_head'), features, mocoProjection(sizes));
  };
  const [first, second] = views;
  const queries = encode(graph.scope(1), first);
  const followed = (x: Tensor): Tensor => encode(graph.momentumScope(1), x);
  // With batch norm in parts, each part of the queries would otherwise meet the statistics of its own keys.
  const keys =
    shuffle === undefined
      ? followed(second)
      : permuteRows(
          tape,
          followed(permuteRows(tape, second, shuffle.order, shuffle.inverse)),
          shuffle.inverse,
          shuffle.order,
        );
  const bank = graph.bank(outputWidth);
  return {
    loss: ntXent(tape, queries, keys, { temperature, bank }),
    projection: queries,
    keys: bank === undefined ? undefined : normalizeRows(tape, keys),
  };
};
