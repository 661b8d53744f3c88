import { symmetricNegativeCosineSimilarity } from '../losses/negative-cosine-similarity.ts';
import { simsiamPrediction, simsiamProjection } from '../network/heads.ts';
import { featuresOfBoth, headOfBoth } from './both-views.ts';
import type { Method } from './method.ts';

/** Chen and He 2020: from one view it is predicted what the network makes of the other, through which no gradient flows. */
export const simsiam: Method = (graph, { hiddenWidth, outputWidth }) => {
  const scope = graph.scope(2);
  const features = featuresOfBoth(graph, scope);
  const output = outputWidth ?? features.shape[1]!;
  const hidden = hiddenWidth ?? output;
  const projected = headOfBoth(
    graph,
    scope.in('projection_head'),
    features,
    simsiamProjection({ hidden, output }),
  );
  const predicted = headOfBoth(
    graph,
    scope.in('prediction_head'),
    projected.all,
    // A quarter, as in the paper: 2048 to 512.
    simsiamPrediction({ hidden: Math.max(1, Math.floor(output / 4)), output }),
  );
  const [z0, z1] = projected.halves;
  const [p0, p1] = predicted.halves;
  return {
    loss: symmetricNegativeCosineSimilarity(
      graph.tape,
      { prediction: p0, target: z0 },
      { prediction: p1, target: z1 },
    ),
    projection: z0,
  };
};
