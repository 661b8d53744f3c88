// Methods whose head makes features wider, so that the loss can look at how they vary and go together.
import type { Tape, Tensor } from '../../autodiff/tape.ts';
import type { HeadLayer } from '../network/heads.ts';
import { featuresOfBoth, headOfBoth } from './both-views.ts';
import type { Method } from './method.ts';

/** @param projection the head, by its widths; four times the features where nothing is said */
export const withExpander =
  (
    projection: (widths: { readonly hidden: number; readonly output: number }) => readonly HeadLayer[],
    loss: (tape: Tape, z0: Tensor, z1: Tensor) => Tensor,
  ): Method =>
  (graph, { hiddenWidth, outputWidth }) => {
    const scope = graph.scope(2);
    const features = featuresOfBoth(graph, scope);
    const output = outputWidth ?? 4 * features.shape[1]!;
    const layers = projection({ hidden: hiddenWidth ?? output, output });
    const { halves } = headOfBoth(graph, scope.in('projection_head'), features, layers);
    return { loss: loss(graph.tape, ...halves), projection: halves[0] };
  };
