// Which models there are, and what one takes and gives.
import { stat } from 'node:fs/promises';
import type { Progress } from './base/progress.ts';
import type { ModelInput, Pooling } from './model/description.ts';
import { progressOf } from './model/hub.ts';
import type { CachedModel } from './model/hub-cached.ts';
import { openNetwork } from './model/network.ts';
import { builtInModels, findModel } from './model/registry.ts';
import type { WeightsType } from './model/weights-file.ts';

/** A model that is built in, or that is known to be worth its trouble. */
export interface KnownModel {
  readonly name: string;
  readonly dimensions: number;
  readonly sizeBytes: number;
  readonly goodFor: string;
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

/** On the hub with weights in ONNX; sizes are those of float32. */
const WORTH_THE_TROUBLE: readonly KnownModel[] = [
  {
    name: 'hf:Xenova/dinov2-small',
    dimensions: 384,
    sizeBytes: 88_000_000,
    goodFor: 'what a picture shows and how it is built up; the best general choice',
  },
  {
    name: 'hf:Xenova/dinov2-base',
    dimensions: 768,
    sizeBytes: 346_000_000,
    goodFor: 'the same, finer; wants a graphics card',
  },
  {
    name: 'hf:Xenova/clip-vit-base-patch32',
    dimensions: 512,
    sizeBytes: 352_000_000,
    goodFor: 'what a caption would say',
  },
  {
    name: 'hf:Xenova/siglip-base-patch16-224',
    dimensions: 768,
    sizeBytes: 372_000_000,
    goodFor: 'the same, better, and slower',
  },
];

/** Models by name: first those that are built in. */
export const knownModels = async (): Promise<readonly KnownModel[]> => [
  ...(await builtInModels()),
  ...WORTH_THE_TROUBLE,
];

/** Models of Hugging Face's hub that are in its cache, whoever downloaded them: no network is needed for these. */
export const cachedModels = async (): Promise<readonly CachedModel[]> =>
  // Loaded when somebody wants it: most runs have nothing to do with a hub.
  (await import('./model/hub-cached.ts')).cachedModels();

export interface DescribeModelOptions {
  /** Which weights, where the model comes with several: the most exact when left out. */
  readonly dtype?: WeightsType | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** A model is not up to date because the hub cannot be reached. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/**
 * Opens a model on the processor and says what it takes and gives. One of the hub is downloaded for that.
 *
 * @param spec as `--model` takes it
 * @throws ERR_NOT_FOUND, ERR_OPTION, ERR_MODEL, ERR_HUB, ERR_WRITE, or the signal's reason
 */
export const describeModel = async (
  spec: string,
  options: DescribeModelOptions = {},
): Promise<ModelReport> => {
  const model = await findModel(spec, {
    ...options,
    onDownload: (download) => options.onProgress?.(progressOf(download)),
  });
  const network = await openNetwork(model, { device: 'cpu' });
  try {
    const { name, inputs, outputs, input, output, pooling, dimensions } = network;
    const { size: sizeBytes } = await stat(model.path);
    return { name, path: model.path, sizeBytes, inputs, outputs, input, output, pooling, dimensions };
  } finally {
    await network.close();
  }
};
