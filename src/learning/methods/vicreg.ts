import { vicReg as loss } from '../losses/vicreg.ts';
import { vicregProjection } from '../network/heads.ts';
import { featuresOfBoth, headOfBoth } from './both-views.ts';
import type { Method } from './method.ts';

/** Bardes et al. 2021: views of a picture are alike, numbers vary over the batch, and none goes with another. */
export const vicreg: Method = (graph, { hiddenWidth, outputWidth }) => {
  const scope = graph.scope(2);
  const features = featuresOfBoth(graph, scope);
  const output = outputWidth ?? 4 * features.shape[1]!;
  const layers = vicregProjection({ hidden: hiddenWidth ?? output, output });
  const { halves } = headOfBoth(graph, scope.in('projection_head'), features, layers);
  return { loss: loss(graph.tape, ...halves), projection: halves[0] };
};
