// A trained network as a model that `embed` and any other runtime use.
import { Tape } from '../autodiff/tape.ts';
import type { Backbone } from './methods/method.ts';
import { FixedWeights, Scope } from './network/scope.ts';
import type { Weights } from './network/weights.ts';

/** Stands for the length of a batch that is known only when the model runs: Reshape takes it from its input. */
const ANY = 0;

export interface EncoderOptions {
  /** Of what the backbone takes for one picture: [3, height, width], or [width] of features. */
  readonly sampleShape: readonly number[];
  /** Part of the model, for whoever finds it. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * The backbone alone, with running averages in its norms.
 *
 * Input: `pixel_values` float32 [batch, …sampleShape], normalised. Output: `embedding` float32 [batch, features].
 *
 * @param weights by their names in PyTorch's state dict; those of heads are passed over
 */
export const encoderModel = (
  backbone: Backbone,
  weights: Weights,
  { sampleShape, metadata }: EncoderOptions,
): Uint8Array => {
  const tape = new Tape('encoder');
  const { graph } = tape;
  const pictures = {
    value: graph.input('pixel_values', 'float32', ['batch', ...sampleShape]),
    shape: [ANY, ...sampleShape],
  };
  const scope = new Scope(tape, new FixedWeights(weights));
  const features = backbone(scope.in('backbone'), pictures);
  const embedding = graph.node('Identity', [features.value], {}, 'embedding');
  graph.output(embedding, 'float32', ['batch', features.shape[1]!]);
  return graph.build(metadata);
};
