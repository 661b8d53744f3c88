// Which models there are, and what one takes and gives.
import { stat } from 'node:fs/promises';
import type { ModelInput, Pooling } from './model/description.ts';
import { openNetwork } from './model/network.ts';
import { builtInModels, findModel } from './model/registry.ts';

/** A model that is built in, or that is known to be worth its trouble. */
export interface KnownModel {
  readonly name: string;
  readonly dimensions: number;
  readonly sizeBytes: number;
  readonly goodFor: string;
  /** How to get it; undefined where it is built in. */
  readonly getIt?: string | undefined;
}

/** What a model takes and gives, and what framesift makes of it. */
export interface ModelReport {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** Names, element types and shapes, a question mark where a length is not fixed: `pixel_values float32[?, 3, 224, 224]`. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly input: ModelInput;
  readonly output: string;
  readonly pooling: Pooling;
  readonly dimensions: number;
}

const optimum = (hub: string): string => `optimum-cli export onnx --model ${hub} ${hub.split('/')[1]}/`;

/** Sizes are those of float32 exports. */
const WORTH_THE_TROUBLE: readonly KnownModel[] = [
  {
    name: 'facebook/dinov2-small',
    dimensions: 384,
    sizeBytes: 88_000_000,
    goodFor: 'what a picture shows and how it is built up; the best general choice',
    getIt: optimum('facebook/dinov2-small'),
  },
  {
    name: 'facebook/dinov2-base',
    dimensions: 768,
    sizeBytes: 346_000_000,
    goodFor: 'the same, finer; wants a graphics card',
    getIt: optimum('facebook/dinov2-base'),
  },
  {
    name: 'openai/clip-vit-base-patch32',
    dimensions: 512,
    sizeBytes: 352_000_000,
    goodFor: 'what a caption would say',
    getIt: 'its vision_model.onnx, exported with its projection (output image_embeds)',
  },
  {
    name: 'microsoft/resnet-50',
    dimensions: 2048,
    sizeBytes: 94_000_000,
    goodFor: 'comparison with older work',
    getIt: optimum('microsoft/resnet-50'),
  },
];

/** Models by name: first those that are built in. */
export const knownModels = async (): Promise<readonly KnownModel[]> => [
  ...(await builtInModels()),
  ...WORTH_THE_TROUBLE,
];

/**
 * Opens a model on the processor and says what it takes and gives.
 *
 * @param spec as `--model` takes it
 * @throws ERR_NOT_FOUND, ERR_MODEL
 */
export const describeModel = async (spec: string): Promise<ModelReport> => {
  const model = await findModel(spec);
  const network = await openNetwork(model, { device: 'cpu' });
  try {
    const { name, inputs, outputs, input, output, pooling, dimensions } = network;
    const { size: sizeBytes } = await stat(model.path);
    return { name, path: model.path, sizeBytes, inputs, outputs, input, output, pooling, dimensions };
  } finally {
    await network.close();
  }
};
