import { byol as loss } from '../losses/byol.ts';
import { byolHead } from '../network/heads.ts';
import { featuresOfBoth, headOfBoth } from './both-views.ts';
import type { Method } from './method.ts';

/** Grill et al. 2020: from one view it is predicted what an encoder that follows slowly makes of the other. */
export const byol: Method = (graph, { hiddenWidth, outputWidth = 256 }) => {
  const online = graph.scope(2);
  const target = graph.momentumScope(2);
  const features = featuresOfBoth(graph, online);
  const layers = byolHead({ hidden: hiddenWidth ?? 2 * features.shape[1]!, output: outputWidth });
  const projected = headOfBoth(graph, online.in('projection_head'), features, layers);
  const predicted = headOfBoth(graph, online.in('prediction_head'), projected.all, layers);
  const aims = headOfBoth(graph, target.in('projection_head'), featuresOfBoth(graph, target), layers);
  const [p0, p1] = predicted.halves;
  const [t0, t1] = aims.halves;
  return {
    loss: loss(graph.tape, { prediction: p0, target: t0 }, { prediction: p1, target: t1 }),
    projection: projected.halves[0],
  };
};
