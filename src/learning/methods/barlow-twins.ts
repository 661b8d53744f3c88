import { barlowTwins as loss } from '../losses/barlow-twins.ts';
import { barlowTwinsProjection } from '../network/heads.ts';
import { featuresOfBoth, headOfBoth } from './both-views.ts';
import type { Method } from './method.ts';

/** Zbontar et al. 2021: over the batch, each number of one view goes with the same of the other, and with no other number. */
export const barlowTwins: Method = (graph, { hiddenWidth, outputWidth }) => {
  const scope = graph.scope(2);
  const features = featuresOfBoth(graph, scope);
  const output = outputWidth ?? 4 * features.shape[1]!;
  const layers = barlowTwinsProjection({ hidden: hiddenWidth ?? output, output });
  const { halves } = headOfBoth(graph, scope.in('projection_head'), features, layers);
  return { loss: loss(graph.tape, ...halves), projection: halves[0] };
};
