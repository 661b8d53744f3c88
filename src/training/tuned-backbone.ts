// Somebody else's model in place of a network of our own: it is trained on from the weights that it has.
import { readFile } from 'node:fs/promises';
import { Tape } from '../autodiff/tape.ts';
import { FramesiftError } from '../base/errors.ts';
import { invalidOption } from '../base/option-checks.ts';
import type { Backbone } from '../learning/methods/method.ts';
import { beforeClassifier, importedNetwork } from '../learning/network/imported.ts';
import { Scope, TrainedWeights } from '../learning/network/scope.ts';
import type { ModelInput } from '../model/description.ts';
import { progressOf } from '../model/hub.ts';
import { modelKey } from '../model/model-key.ts';
import { openNetwork } from '../model/network.ts';
import { findModel } from '../model/registry.ts';
import { readModelGraph } from '../onnx/model-graph.ts';
import { readModelOutline } from '../onnx/model-outline.ts';
import type { FrozenOptions } from './frozen-backbone.ts';
import type { TunedSettings } from './settings.ts';

export interface TunedBackbone {
  readonly settings: TunedSettings;
  /** With the model's weights to begin with. */
  readonly backbone: Backbone;
}

/**
 * @param spec as `embed` takes models @param inputSize width and height of pictures, where the model leaves that open
 * @throws as `findModel` and `openNetwork`; ERR_MODEL for one with an operator whose gradient is not known; ERR_OPTION for
 *   another size than the model's
 */
export const openTunedBackbone = async (
  spec: string,
  inputSize: number | undefined,
  options: FrozenOptions,
): Promise<TunedBackbone> => {
  const file = await findModel(spec, {
    ...options,
    onDownload: (download) => options.onProgress?.(progressOf(download)),
  });
  // What it takes and gives; nothing is computed with it.
  const network = await openNetwork(file, { ...options, device: 'cpu' });
  await network.close();
  const bytes = await readFile(file.path);
  const [picture] = readModelOutline(bytes, file.path).inputs;
  const input = inputOf(file.name, network, picture?.shape, inputSize);
  if (network.inputType !== 'float32' || input.layout !== 'NCHW')
    throw untrainable(file.path, `it takes ${network.inputType} pictures in the order ${input.layout}`);
  try {
    const graph = readModelGraph(bytes);
    const output = beforeClassifier(graph, network.output);
    const backbone = importedNetwork(graph, { input: picture!.name, output });
    const trial = new Tape('what it makes of two pictures');
    const shape = [2, 3, input.height, input.width];
    backbone(new Scope(trial, new TrainedWeights()), trial.input('pictures', shape));
    return { settings: { name: file.name, key: await modelKey(file.path), output, input }, backbone };
  } catch (error) {
    if (error instanceof SyntaxError) throw untrainable(file.path, error.message, error);
    throw error;
  }
};

/** @throws ERR_OPTION for a size that the model does not take; ERR_MODEL for one that takes no squares */
const inputOf = (
  name: string,
  { input }: { readonly input: ModelInput },
  shape: readonly unknown[] | undefined,
  inputSize: number | undefined,
): ModelInput => {
  const isOpen = shape?.slice(2).every((length) => typeof length !== 'number') ?? true;
  const { width, height } =
    isOpen && inputSize !== undefined ? { width: inputSize, height: inputSize } : input;
  if (width !== height) {
    throw new FramesiftError(
      'ERR_MODEL',
      `${name}: takes pictures of ${width}×${height}. Views are square: take another model.`,
      { facts: { model: name, width, height } },
    );
  }
  if (inputSize !== undefined && inputSize !== width)
    throw invalidOption('inputSize', inputSize, `${width}, which ${name} takes`);
  return { ...input, width, height, shortSide: undefined };
};

const untrainable = (path: string, why: string, cause?: unknown): FramesiftError =>
  new FramesiftError(
    'ERR_MODEL',
    `${path}: cannot be trained on: ${why}. A layer on top of any model is trained with --frozen.`,
    { facts: { path }, cause },
  );
