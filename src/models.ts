// Which models there are, and what one takes and gives.
import { readFile } from 'node:fs/promises';
import { FramesiftError } from './base/errors.ts';
import type { Progress } from './base/progress.ts';
import type { ModelInput, Pooling } from './model/description.ts';
import { progressOf } from './model/hub.ts';
import type { CachedModel } from './model/hub-cached.ts';
import { openNetwork } from './model/network.ts';
import { builtInModels, findModel, type ModelFile } from './model/registry.ts';
import type { WeightsType } from './model/weights-file.ts';
import { readModelOutline, type ValueOutline } from './onnx/model-outline.ts';

/** A model that is built in, or that is known to be worth its trouble. */
export interface KnownModel {
  readonly name: string;
  readonly dimensions: number;
  readonly sizeBytes: number;
  readonly goodFor: string;
}

/** What a model takes and gives, and what framesift makes of it: one that cannot embed has no `output` and no `dimensions`. */
export interface ModelReport extends Partial<EmbeddingReport> {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** Names, element types and shapes, a question mark where a length is not fixed: `pixel_values float32[?, 3, 224, 224]`. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Numbers that it holds. */
  readonly parameters: number;
  /** How often each operator is in its graph, the most frequent first. */
  readonly operators: Readonly<Record<string, number>>;
  /** Why it cannot embed: it is a step of training, say. */
  readonly problem: string | undefined;
}

interface EmbeddingReport {
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
  const { name, path } = model;
  const bytes = await readFile(path);
  const outline = readModelOutline(bytes, path);
  const embedding = await embeddingOf(model);
  return {
    name,
    path,
    sizeBytes: bytes.length,
    inputs: outline.inputs.map(signature),
    outputs: outline.outputs.map(signature),
    parameters: outline.initializerLength,
    operators: Object.fromEntries(outline.operators),
    ...(embedding instanceof FramesiftError
      ? { problem: embedding.message }
      : { problem: undefined, ...embedding }),
  };
};

/** How a model embeds, or why it does not. @throws ERR_DEVICE */
const embeddingOf = async (model: ModelFile): Promise<EmbeddingReport | FramesiftError> => {
  try {
    const network = await openNetwork(model, { device: 'cpu' });
    const { input, output, pooling, dimensions } = network;
    await network.close();
    return { input, output, pooling, dimensions };
  } catch (error) {
    // Its inputs are something else than pictures; a model that cannot be loaded at all is another matter.
    if (error instanceof FramesiftError && error.code === 'ERR_MODEL' && 'inputs' in error.facts)
      return error;
    throw error;
  }
};

const signature = ({ name, type, shape }: ValueOutline): string => {
  const sides = shape?.map((side) => (typeof side === 'number' ? side : '?'));
  return `${name} ${type ?? '?'}[${sides?.join(', ') ?? '?'}]`;
};
