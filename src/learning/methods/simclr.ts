import { normalizeRows } from '../../autodiff/matrix.ts';
import { ntXent } from '../losses/nt-xent.ts';
import { simclrProjection } from '../network/heads.ts';
import { featuresOfBoth, headOfBoth } from './both-views.ts';
import type { Method } from './method.ts';

/**
 * Chen et al. 2020: the two views of a picture find each other among those of the whole batch; with a memory bank, the
 * first among rows of earlier batches.
 */
export const simclr: Method = (graph, { temperature, hiddenWidth, outputWidth = 128 }) => {
  const { tape } = graph;
  const scope = graph.scope(2);
  const features = featuresOfBoth(graph, scope);
  const sizes = { hidden: hiddenWidth ?? features.shape[1]!, output: outputWidth };
  const { halves } = headOfBoth(graph, scope.in('projection_head'), features, simclrProjection(sizes));
  const bank = graph.bank(outputWidth);
  const [first, second] = halves;
  return {
    loss: ntXent(tape, first, second, { temperature, bank }),
    projection: first,
    keys: bank === undefined ? undefined : normalizeRows(tape, tape.detach(second)),
  };
};
