// From settings to the graph of a step, and to the encoder that comes of it.
import type { Backbone } from '../learning/methods/method.ts';
import { linearLayer } from '../learning/network/layers.ts';
import { resNet } from '../learning/network/resnet.ts';
import { adamW } from '../learning/optimizers/adam-w.ts';
import { lars } from '../learning/optimizers/lars.ts';
import type { Optimizer } from '../learning/optimizers/optimizer.ts';
import { sgd } from '../learning/optimizers/sgd.ts';
import { type TrainingGraph, trainingGraph, type ViewInput } from '../learning/training-graph.ts';
import { assumedInput, type ModelInput } from '../model/description.ts';
import type { TrainingSettings } from './settings.ts';

/** @param tuned the network that is trained on, where there is one */
export const backboneOf =
  ({ backbone, frozen, features }: TrainingSettings, tuned: Backbone | undefined): Backbone =>
  (scope, x) => {
    const network: Backbone = tuned ?? ((each, pictures) => resNet(each, pictures, backbone));
    const pooled = frozen === undefined ? network(scope, x) : x;
    // Lightly has a 1×1 convolution before the mean over positions: it comes to the same.
    return features === undefined ? pooled : linearLayer(scope.in('features'), pooled, features);
  };

export const buildTrainingGraph = (settings: TrainingSettings, tuned?: Backbone): TrainingGraph => {
  const { method, batchSize, numSplits, memoryBankSize } = settings;
  const { temperature, hiddenWidth, outputWidth } = settings;
  return trainingGraph({
    method,
    methodOptions: { temperature, hiddenWidth, outputWidth },
    backbone: backboneOf(settings, tuned),
    batchSize,
    views: viewInputOf(settings),
    optimizer: optimizerOf(settings),
    memoryBankSize,
    numSplits,
    // In one part all of a batch has the same statistics, in whatever order it comes.
    batchShuffle: method === 'moco' && numSplits > 1,
  });
};

const viewInputOf = (settings: TrainingSettings): ViewInput => {
  const { frozen, inputSize } = settings;
  if (frozen !== undefined) return { kind: 'features', width: frozen.features };
  const { scale, mean, std } = pictureInputOf(settings);
  // From values as they are to those in [0, 1].
  const [r, g, b] = [0, 1, 2].map((i) => ({ mean: mean[i]! / (255 * scale), std: std[i]! / (255 * scale) }));
  const normalization = {
    mean: [r!.mean, g!.mean, b!.mean],
    std: [r!.std, g!.std, b!.std],
  } as const;
  return { kind: 'pictures', size: inputSize, normalization };
};

/** What the encoder wants to see, where its input is pictures. */
export const pictureInputOf = ({ tuned, inputSize: side }: TrainingSettings): ModelInput =>
  tuned?.input ?? assumedInput({ width: side, height: side }, 'NCHW');

/** Of what the backbone takes for one picture. */
export const sampleShapeOf = ({ frozen, inputSize }: TrainingSettings): readonly number[] =>
  frozen === undefined ? [3, inputSize, inputSize] : [frozen.features];

const optimizerOf = ({ optimizer }: TrainingSettings): Optimizer => {
  const { name, momentum, weightDecay } = optimizer;
  if (name === 'adamw') return adamW({ weightDecay });
  return name === 'lars' ? lars({ momentum, weightDecay }) : sgd({ momentum, weightDecay });
};
