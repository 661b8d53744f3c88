// Somebody else's model in place of a network of our own: it is trained on from the weights that it has.
import { readFile } from 'node:fs/promises';
import { Tape } from '../autodiff/tape.ts';
import { FramesiftError } from '../base/errors.ts';
import { invalidOption } from '../base/option-checks.ts';
import type { Backbone } from '../learning/methods/method.ts';
import { beforeClassifier, importedNetwork } from '../learning/network/imported.ts';
import { Scope, TrainedWeights } from '../learning/network/scope.ts';
import { assumedInput } from '../model/description.ts';
import { progressOf } from '../model/hub.ts';
import { modelKey } from '../model/model-key.ts';
import { openNetwork } from '../model/network.ts';
import { findModel, type ModelFile } from '../model/registry.ts';
import { readModelGraph } from '../onnx/model-graph.ts';
import { readModelOutline } from '../onnx/model-outline.ts';
import { type GivenModelOptions, requireSquare } from './given-model.ts';
import type { TunedSettings } from './settings.ts';

export interface TunedBackbone {
  readonly settings: TunedSettings;
  /** With the model's weights to begin with. */
  readonly backbone: Backbone;
}

/**
 * @param spec as `embed` takes models @param inputSize width and height of pictures, where the model leaves that open
 * @throws as `findModel` and `openNetwork`; ERR_MODEL for one with an operator whose gradient is not known, with weights in
 *   other files, or that takes no squares; ERR_OPTION for another size than the model's
 */
export const openTunedBackbone = async (
  spec: string,
  inputSize: number | undefined,
  options: GivenModelOptions,
): Promise<TunedBackbone> => {
  const file = await findModel(spec, {
    ...options,
    onDownload: (download) => options.onProgress?.(progressOf(download)),
  });
  const bytes = await readFile(file.path);
  const { inputs, externalFiles } = readModelOutline(bytes, file.path);
  if (externalFiles.length > 0)
    throw untrainable(file.path, `its weights are in ${externalFiles.join(', ')}; export it as one file`);
  const isOpen = inputs[0]?.shape?.slice(2).every((length) => typeof length !== 'number') ?? true;
  const described = isOpen && inputSize !== undefined ? withSize(file, inputSize) : file;
  // What it takes and gives; nothing more is computed with it.
  const network = await openNetwork(described, { ...options, device: 'cpu' });
  await network.close();
  const input = { ...network.input, shortSide: undefined };
  requireSquare(file.name, input, isOpen ? 'give --input-size' : undefined);
  if (inputSize !== undefined && inputSize !== input.width)
    throw invalidOption('inputSize', inputSize, `${input.width}, which ${file.name} takes`);
  if (network.inputType !== 'float32' || input.layout !== 'NCHW')
    throw untrainable(file.path, `it takes ${network.inputType} pictures in the order ${input.layout}`);
  try {
    const graph = readModelGraph(bytes);
    const output = beforeClassifier(graph, network.output);
    const backbone = importedNetwork(graph, { input: inputs[0]!.name, output });
    const trial = new Tape('what it makes of two pictures');
    const pictures = trial.input('pictures', [2, 3, input.height, input.width]);
    backbone(new Scope(trial, new TrainedWeights()), pictures);
    return { settings: { name: file.name, key: await modelKey(file.path), output, input }, backbone };
  } catch (error) {
    if (error instanceof SyntaxError) throw untrainable(file.path, error.message, error);
    throw error;
  }
};

const withSize = (file: ModelFile, side: number): ModelFile => {
  const size = { width: side, height: side };
  return { ...file, input: { ...(file.input ?? assumedInput(size, 'NCHW')), ...size } };
};

const untrainable = (path: string, why: string, cause?: unknown): FramesiftError =>
  new FramesiftError(
    'ERR_MODEL',
    `${path}: cannot be trained on: ${why}. A layer on top of any model is trained with --frozen.`,
    { facts: { path }, cause },
  );
