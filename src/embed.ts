// Frames of videos into a table of embeddings, in Lightly's format.
import { stat } from 'node:fs/promises';
import { compareCodePoints } from './base/code-points.ts';
import { FramesiftError } from './base/errors.ts';
import { contentKey } from './base/files.ts';
import type { Failure } from './base/outcome.ts';
import type { Progress } from './base/progress.ts';
import { type FrameChoice, namesOf } from './dataset/choice.ts';
import { type LabelKind, labelsOf } from './dataset/labels.ts';
import { streamPictures, type WantedMedia } from './dataset/picture-stream.ts';
import { openSource, type Source } from './dataset/source.ts';
import { decodeSize, type Pooling } from './model/description.ts';
import type { Device } from './model/device.ts';
import { Embedder } from './model/embedder.ts';
import { type EmbeddingRecipe, EmbeddingStore, mediaKey } from './model/embedding-store.ts';
import { type TableRow, writePca, writeTable } from './model/embedding-table.ts';
import { type Network, openNetwork } from './model/network.ts';
import { DEFAULT_MODEL, findModel, type ModelFile } from './model/registry.ts';
import { WorkerPool } from './worker/pool.ts';

export interface EmbedOptions {
  /** A folder of videos (or of images), or one of them. */
  readonly input: string;
  /** The table: a CSV file in Lightly's format. */
  readonly out: string;
  /** Which frames; all when left out. */
  readonly choice?: FrameChoice | undefined;
  /** `mobilenet-v2` (the default), an `.onnx` file, or a folder in Hugging Face's layout. */
  readonly model?: string | undefined;
  /** Where the model runs. Default `auto`: a graphics card where there is one, else the processor. */
  readonly device?: Device | 'auto' | undefined;
  /** Name of the model's output that is the embedding; found by rule when left out. */
  readonly output?: string | undefined;
  readonly pooling?: Pooling | undefined;
  /** Scale every embedding to Euclidean length 1. */
  readonly normalize?: boolean | undefined;
  /** Pictures that are computed together; chosen to suit the device when left out. */
  readonly batchSize?: number | undefined;
  /** What a label numbers: the video, or the folder that it is in. */
  readonly labels?: LabelKind | undefined;
  /** Write the first two principal components of the embeddings beside the table. Default true. */
  readonly pca?: boolean | undefined;
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** FFmpeg's index of the video stream, in every video; FFmpeg's choice when left out. */
  readonly stream?: number | undefined;
  /** Folder for frame indexes; `false` for none; the user's cache folder when left out. */
  readonly cache?: string | false | undefined;
  /** Worker processes that decode; default: as many as the machine has processors. */
  readonly jobs?: number | undefined;
  /** Replace a table that is there, and forget what an unfinished run computed. */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** FFmpeg's own log. */
  readonly onLog?: ((path: string, line: string) => void) | undefined;
}

export interface EmbedOutcome {
  /** Rows of the table, in the order of the dataset: one for each frame that could be decoded. */
  readonly rows: number;
  readonly dimensions: number;
  readonly failed: readonly Failure[];
  /** How many of the rows an earlier run had computed. */
  readonly resumed: number;
  readonly model: string;
  /** The device that the model ran on. */
  readonly device: Device;
  readonly batchSize: number;
  /** Undefined where there was nothing to write. */
  readonly table: string | undefined;
  readonly pca: PcaOutcome | undefined;
}

export interface PcaOutcome {
  readonly path: string;
  /** Share of the variance that each component explains. */
  readonly explainedVarianceRatio: readonly number[];
}

/** Components of the projection beside the table: what fits on paper. */
const PCA_COMPONENTS = 2;

/** A processor gains little from larger batches; a card needs them to be busy. */
const BATCH_SIZES = { processor: 8, card: 64 } as const;

/**
 * Computes embeddings of frames and writes them as a table in Lightly's format, with their first two principal
 * components beside it (`<out>_pca.csv`). Frames are decoded straight to the model's size. An interrupted run
 * continues where it was when it is called again.
 *
 * @throws ERR_NOT_FOUND, ERR_NO_INPUT, ERR_OPTION, ERR_MODEL, ERR_DEVICE, ERR_WRITE, ERR_OUTPUT_EXISTS,
 *   ERR_OUTPUT_BUSY, or the signal's reason; a frame's own failure is in the outcome
 */
export const embedFrames = async (options: EmbedOptions): Promise<EmbedOutcome> => {
  const source = await openSource(options.input, options);
  await refuseForeignTable(options.out, options.force ?? false);
  const model = await findModel(options.model ?? DEFAULT_MODEL);
  const network = await openNetwork(model, options);
  try {
    const recipe = await recipeOf(model, network, options.normalize ?? false);
    const store = await EmbeddingStore.open(options.out, recipe, options.force ?? false);
    try {
      const run = new EmbedRun(source, network, store, options);
      const outcome = await run.finish();
      store.discard();
      return outcome;
    } catch (error) {
      store.close();
      throw error;
    }
  } finally {
    await network.close();
  }
};

/** @throws ERR_OUTPUT_EXISTS for a table that no unfinished run explains */
const refuseForeignTable = async (table: string, force: boolean): Promise<void> => {
  const exists = (path: string): Promise<boolean> =>
    stat(path).then(
      () => true,
      () => false,
    );
  if (force || !(await exists(table)) || (await exists(EmbeddingStore.folderFor(table)))) return;
  throw new FramesiftError(
    'ERR_OUTPUT_EXISTS',
    `${table}: is there already. Choose another --out, or replace it with --force.`,
    { facts: { path: table } },
  );
};

const recipeOf = async (
  { path }: ModelFile,
  { name, device, dimensions, input, output, pooling }: Network,
  normalize: boolean,
): Promise<EmbeddingRecipe> => ({
  key: JSON.stringify([await contentKey(path), device, input, output, pooling, normalize]),
  title: `${name} on ${device}`,
  dimensions,
});

class EmbedRun {
  readonly #source: Source;
  readonly #network: Network;
  readonly #store: EmbeddingStore;
  readonly #options: EmbedOptions;
  readonly #failed = new Map<string, Failure>();
  readonly #hopeless = new AbortController();
  readonly #signal: AbortSignal;
  /** Frames wanted of the files that were looked at so far. */
  #expected = 0;
  #filesSeen = 0;
  #done = 0;
  #resumed = 0;

  constructor(source: Source, network: Network, store: EmbeddingStore, options: EmbedOptions) {
    this.#source = source;
    this.#network = network;
    this.#store = store;
    this.#options = options;
    const { signal } = this.#hopeless;
    this.#signal = options.signal === undefined ? signal : AbortSignal.any([options.signal, signal]);
  }

  async finish(): Promise<EmbedOutcome> {
    const { out, pca: isProjected = true } = this.#options;
    const { wanted, batchSize } = await this.#compute();
    const rows = { [Symbol.iterator]: () => this.#rowsOf(wanted) };
    const { dimensions, name: model, device } = this.#network;
    const count = [...rows].length;
    let pca: PcaOutcome | undefined;
    if (count > 0) await writeTable(out, rows, this.#store, dimensions, this.#signal);
    if (isProjected && count >= 2) {
      const path = projectionPath(out);
      const components = Math.min(PCA_COMPONENTS, dimensions);
      const ratio = await writePca(path, rows, this.#store, dimensions, components, this.#signal);
      pca = { path, explainedVarianceRatio: ratio };
    }
    return {
      rows: count,
      dimensions,
      failed: [...this.#failed.values()].sort((a, b) => compareCodePoints(a.item, b.item)),
      resumed: this.#resumed,
      model,
      device,
      batchSize,
      table: count > 0 ? out : undefined,
      pca,
    };
  }

  /** Decodes and computes what the store does not have yet. */
  async #compute(): Promise<{ wanted: readonly WantedMedia[]; batchSize: number }> {
    const { choice = { kind: 'sample', sampler: {} }, batchSize } = this.#options;
    const embedder = new Embedder<{ media: WantedMedia; frame: number }>(
      this.#network,
      { batchSize: batchSize ?? this.#usualBatch, normalize: this.#options.normalize },
      ({ media, frame }, result) => this.#accept(media, frame, result),
    );
    using pool = new WorkerPool({ ...this.#options, signal: this.#signal });
    const request = { ...decodeSize(this.#network.input), interpolation: this.#network.input.interpolation };
    try {
      const wanted = await streamPictures(this.#source, choice, request, this.#options, pool, this.#signal, {
        select: (media) => this.#select(media),
        onPicture: (media, frame, image) =>
          embedder.add({ media, frame }, image).catch((error: unknown) => this.#giveUp(error)),
        onFailure: (failure) => this.#fail(failure),
      });
      this.#signal.throwIfAborted();
      await embedder.finish();
      return { wanted, batchSize: embedder.batchSize };
    } finally {
      // What is computed just now is kept, too; and nobody closes the network under it.
      await embedder.settle();
    }
  }

  get #usualBatch(): number {
    return this.#network.device === 'cpu' ? BATCH_SIZES.processor : BATCH_SIZES.card;
  }

  #select(media: WantedMedia): readonly number[] {
    const key = mediaKey(media.file, media.key);
    const open = media.frames.filter((frame) => !this.#store.has(key, frame));
    const known = media.frames.length - open.length;
    this.#expected += media.frames.length;
    this.#filesSeen++;
    this.#done += known;
    this.#resumed += known;
    this.#report(media.file);
    return open;
  }

  #accept(media: WantedMedia, frame: number, result: Float32Array | FramesiftError): void {
    if (result instanceof FramesiftError) {
      this.#fail({ item: media.nameOf(frame), error: result });
      return;
    }
    this.#store.append(mediaKey(media.file, media.key), frame, result);
    this.#done++;
    this.#report(media.file);
  }

  #fail(failure: Failure): void {
    this.#failed.set(failure.item, failure);
    this.#report(failure.item);
  }

  /** What goes wrong with the model or the disk goes wrong for all frames. */
  #giveUp(error: unknown): never {
    this.#hopeless.abort(error);
    throw error;
  }

  *#rowsOf(wanted: readonly WantedMedia[]): Generator<TableRow> {
    const labelOf = labelsOf(this.#source, this.#options.labels);
    for (const { file, key, frames, nameOf } of wanted) {
      const media = mediaKey(file, key);
      for (const frame of frames)
        if (this.#store.has(media, frame)) yield { name: nameOf(frame), label: labelOf(file), media, frame };
    }
  }

  /** Known where names are given; else estimated from the files that were looked at. */
  #total(): number | undefined {
    const { choice } = this.#options;
    if (choice?.kind === 'names') return namesOf(choice.list).length;
    const seen = Math.min(this.#filesSeen, this.#source.files.length);
    return seen === 0 ? undefined : Math.round((this.#expected / seen) * this.#source.files.length);
  }

  #report(item: string): void {
    this.#options.onProgress?.({
      stage: 'embedding',
      done: this.#done,
      total: this.#total(),
      failed: this.#failed.size,
      unit: 'frames',
      item,
    });
  }
}

/** `embeddings.csv` → `embeddings_pca.csv`. */
const projectionPath = (table: string): string => `${table.replace(/\.csv$/i, '')}_pca.csv`;
