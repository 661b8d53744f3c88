// Frames of videos into a table of embeddings, in Lightly's format.

import { FramesiftError } from './base/errors.ts';
import { isThere } from './base/files.ts';
import { embedOnWorkers } from './batch/embed-on-workers.ts';
import { EmbeddingRun, type EmbeddingRunOptions, type EmbedOutcome } from './dataset/embedding-run.ts';
import type { FolderReadingOptions } from './dataset/reading-options.ts';
import { openSource, type Source } from './dataset/source.ts';
import { MEASURES_BYTES } from './image/measures-record.ts';
import type { Pooling } from './model/description.ts';
import type { Device } from './model/device.ts';
import { type EmbeddingRecipe, EmbeddingStore } from './model/embedding-store.ts';
import { progressOf } from './model/hub.ts';
import { modelKey } from './model/model-key.ts';
import { type Network, openNetwork } from './model/network.ts';
import { DEFAULT_MODEL, findModel, type ModelFile } from './model/registry.ts';
import type { WeightsType } from './model/weights-file.ts';

export interface EmbedOptions extends EmbeddingRunOptions, FolderReadingOptions {
  /** A folder of videos (or of images), or one of them. */
  readonly input: string;
  /**
   * `mobilenet-v2` (the default), an `.onnx` file, a folder in Hugging Face's layout, or `hf:org/name[@revision]`, which
   * is downloaded once into the cache that Python's huggingface_hub uses.
   */
  readonly model?: string | undefined;
  /** Which weights, where the model comes with several: the most exact when left out. */
  readonly dtype?: WeightsType | undefined;
  /** Where the model runs. Default `auto`: a graphics card where there is one, else the processor. */
  readonly device?: Device | 'auto' | undefined;
  /** Name of the model's output that is the embedding; found by rule when left out. */
  readonly output?: string | undefined;
  readonly pooling?: Pooling | undefined;
  /**
   * A folder, on the disk of the table, that keeps every embedding: other tables of the same files compute only what
   * is not there yet. When left out, embeddings are kept until the table is complete.
   */
  readonly store?: string | undefined;
  /** A queue (`redis://…`, `postgres://…`) whose workers compute: see `runWorker`. They must see the same folders. */
  readonly queue?: string | undefined;
  /** Replace a table that is there, and forget what an unfinished run computed. */
  readonly force?: boolean | undefined;
  /** Something was done otherwise than asked for: a model is not up to date because the hub cannot be reached. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/**
 * Computes embeddings of frames and writes them as a table in Lightly's format, with their first two principal
 * components beside it (`<out>_pca.csv`, or `.parquet`). Frames are decoded straight to the model's size. An interrupted run
 * continues where it was when it is called again.
 *
 * @throws ERR_NOT_FOUND, ERR_NO_INPUT, ERR_OPTION, ERR_MODEL, ERR_DEVICE, ERR_HUB, ERR_WRITE,
 *   ERR_OUTPUT_EXISTS, ERR_OUTPUT_BUSY, or the signal's reason; a frame's own failure is in the outcome
 */
export const embedFrames = async (options: EmbedOptions): Promise<EmbedOutcome> => {
  const source = await openSource(options.input, options);
  await refuseForeignTable(options);
  return embedSource(source, options);
};

/** The same, of files that are known. @throws as {@link embedFrames} */
export const embedSource = async (
  source: Source,
  options: Omit<EmbedOptions, 'input'>,
): Promise<EmbedOutcome> => {
  const model = await findModel(options.model ?? DEFAULT_MODEL, {
    ...options,
    onDownload: (download) => options.onProgress?.(progressOf(download)),
  });
  const network = await openNetwork(model, options);
  try {
    const recipe = await recipeOf(model, network, options);
    const store = await openStore(options, recipe);
    try {
      const adopted =
        options.queue === undefined
          ? 0
          : await embedOnWorkers(source, store, { ...options, queue: options.queue, device: network.device });
      const run = new EmbeddingRun(source, model, network, recipe, store, options);
      const outcome = await run.finish();
      store.finish();
      return { ...outcome, resumed: outcome.resumed - adopted };
    } catch (error) {
      store.close();
      throw error;
    }
  } finally {
    await network.close();
  }
};

const openStore = (
  { out, store: folder, force = false }: Omit<EmbedOptions, 'input'>,
  recipe: EmbeddingRecipe,
): Promise<EmbeddingStore> =>
  folder === undefined
    ? EmbeddingStore.open(out, recipe, force)
    : EmbeddingStore.open(out, recipe, force, { folder, isKept: true });

/** @throws ERR_OUTPUT_EXISTS for a table that neither an unfinished run nor the store explains */
export const refuseForeignTable = async ({
  out: table,
  store,
  force = false,
}: Pick<EmbedOptions, 'out' | 'store' | 'force'>): Promise<void> => {
  if (force || !(await isThere(table)) || (await isThere(EmbeddingStore.folderFor(table)))) return;
  if (store !== undefined && EmbeddingStore.hasPublished(store, table)) return;
  throw new FramesiftError(
    'ERR_OUTPUT_EXISTS',
    `${table}: is there already. Choose another --out, or replace it with --force.`,
    { facts: { path: table } },
  );
};

const recipeOf = async (
  { path }: ModelFile,
  { name, device, dimensions, input, output, pooling }: Network,
  { normalize = false, metadata = false }: Omit<EmbedOptions, 'input'>,
): Promise<EmbeddingRecipe> => ({
  key: JSON.stringify([await modelKey(path), device, input, output, pooling, normalize]),
  title: `${name} on ${device}${metadata ? ', with metadata' : ''}`,
  dimensions,
  extraBytes: metadata ? MEASURES_BYTES : 0,
});
