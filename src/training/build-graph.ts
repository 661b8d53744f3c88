// From settings to the graph of a step, and to the encoder that comes of it.
import type { Backbone } from '../learning/methods/method.ts';
import { linearLayer } from '../learning/network/layers.ts';
import { resNet } from '../learning/network/resnet.ts';
import { adamW } from '../learning/optimizers/adam-w.ts';
import { lars } from '../learning/optimizers/lars.ts';
import type { Optimizer } from '../learning/optimizers/optimizer.ts';
import { sgd } from '../learning/optimizers/sgd.ts';
import { type TrainingGraph, trainingGraph, type ViewInput } from '../learning/training-graph.ts';
import { IMAGENET } from '../model/description.ts';
import type { TrainingSettings } from './settings.ts';

export const backboneOf =
  ({ backbone, frozen, features }: TrainingSettings): Backbone =>
  (scope, x) => {
    const pooled = frozen === undefined ? resNet(scope, x, backbone) : x;
    // Lightly has a 1×1 convolution before the mean over positions: it comes to the same.
    return features === undefined ? pooled : linearLayer(scope.in('features'), pooled, features);
  };

export const buildTrainingGraph = (settings: TrainingSettings): TrainingGraph => {
  const { method, batchSize, numSplits, memoryBankSize } = settings;
  const { temperature, hiddenWidth, outputWidth } = settings;
  return trainingGraph({
    method,
    methodOptions: { temperature, hiddenWidth, outputWidth },
    backbone: backboneOf(settings),
    batchSize,
    views: viewInputOf(settings),
    optimizer: optimizerOf(settings),
    memoryBankSize,
    numSplits,
    // In one part all of a batch has the same statistics, in whatever order it comes.
    batchShuffle: method === 'moco' && numSplits > 1,
  });
};

const viewInputOf = ({ frozen, inputSize }: TrainingSettings): ViewInput =>
  frozen === undefined
    ? { kind: 'pictures', size: inputSize, normalization: IMAGENET }
    : { kind: 'features', width: frozen.features };

/** Of what the backbone takes for one picture. */
export const sampleShapeOf = ({ frozen, inputSize }: TrainingSettings): readonly number[] =>
  frozen === undefined ? [3, inputSize, inputSize] : [frozen.features];

const optimizerOf = ({ optimizer }: TrainingSettings): Optimizer => {
  const { name, momentum, weightDecay } = optimizer;
  if (name === 'adamw') return adamW({ weightDecay });
  return name === 'lars' ? lars({ momentum, weightDecay }) : sgd({ momentum, weightDecay });
};
