// Frames of videos into a table of embeddings, in Lightly's format.
import { stat } from 'node:fs/promises';
import { compareCodePoints } from './base/code-points.ts';
import { FramesiftError } from './base/errors.ts';
import { contentKey } from './base/files.ts';
import type { Failure } from './base/outcome.ts';
import type { Progress } from './base/progress.ts';
import { type FrameChoice, namesOf } from './dataset/choice.ts';
import { type StreamedEmbeddings, streamEmbeddings } from './dataset/embedding-stream.ts';
import { type LabelKind, labelsOf } from './dataset/labels.ts';
import type { WantedMedia } from './dataset/picture-stream.ts';
import { openSource, type Source } from './dataset/source.ts';
import { stemOf, tableBeside } from './formats/embedding-rows.ts';
import type { FrameMeasures } from './image/measures.ts';
import { encodeMeasures, MEASURES_BYTES } from './image/measures-record.ts';
import type { Pooling } from './model/description.ts';
import type { Device } from './model/device.ts';
import { type EmbeddingRecipe, EmbeddingStore, mediaKey } from './model/embedding-store.ts';
import { type TableRow, writePca, writeTable } from './model/embedding-table.ts';
import { progressOf } from './model/hub.ts';
import { writeMetadata } from './model/metadata-table.ts';
import { type Network, openNetwork } from './model/network.ts';
import { DEFAULT_MODEL, findModel, type ModelFile } from './model/registry.ts';
import type { WeightsType } from './model/weights-file.ts';

export interface EmbedOptions {
  /** A folder of videos (or of images), or one of them. */
  readonly input: string;
  /** The table: Parquet if it ends in `.parquet`, else CSV in Lightly's format. */
  readonly out: string;
  /** Which frames; all when left out. */
  readonly choice?: FrameChoice | undefined;
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
  /** Scale every embedding to Euclidean length 1. */
  readonly normalize?: boolean | undefined;
  /** Pictures that are computed together; when left out 64 on a graphics card, and one by one on the processor. */
  readonly batchSize?: number | undefined;
  /** What a label numbers: the video, or the folder that it is in. */
  readonly labels?: LabelKind | undefined;
  /** Write the first two principal components of the embeddings beside the table. Default true. */
  readonly pca?: boolean | undefined;
  /** Measure every frame, and write that beside the table as Lightly's custom metadata. */
  readonly metadata?: boolean | undefined;
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
  /** Something was done otherwise than asked for: a model is not up to date because the hub cannot be reached. */
  readonly onNotice?: ((notice: string) => void) | undefined;
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
  /** The file of what was measured. */
  readonly metadata: string | undefined;
}

export interface PcaOutcome {
  readonly path: string;
  /** Share of the variance that each component explains. */
  readonly explainedVarianceRatio: readonly number[];
}

/** Components of the projection beside the table: what fits on paper. */
const PCA_COMPONENTS = 2;

/** A processor's caches hold one picture on its way through the network, not many; a card needs many to be busy. */
const BATCH_SIZES = { processor: 1, card: 64 } as const;

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
  await refuseForeignTable(options.out, options.force ?? false);
  const model = await findModel(options.model ?? DEFAULT_MODEL, {
    ...options,
    onDownload: (download) => options.onProgress?.(progressOf(download)),
  });
  const network = await openNetwork(model, options);
  try {
    const recipe = await recipeOf(model, network, options);
    const store = await EmbeddingStore.open(options.out, recipe, options.force ?? false);
    try {
      const run = new EmbedRun(source, model, network, store, options);
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
  { normalize = false, metadata = false }: EmbedOptions,
): Promise<EmbeddingRecipe> => ({
  key: JSON.stringify([await contentKey(path), device, input, output, pooling, normalize]),
  title: `${name} on ${device}${metadata ? ', with metadata' : ''}`,
  dimensions,
  extraBytes: metadata ? MEASURES_BYTES : 0,
});

class EmbedRun {
  readonly #source: Source;
  readonly #model: ModelFile;
  readonly #network: Network;
  readonly #store: EmbeddingStore;
  readonly #options: EmbedOptions;
  readonly #failed = new Map<string, Failure>();
  /** Frames wanted of the files that were looked at so far. */
  #expected = 0;
  #filesSeen = 0;
  #done = 0;
  #resumed = 0;

  constructor(
    source: Source,
    model: ModelFile,
    network: Network,
    store: EmbeddingStore,
    options: EmbedOptions,
  ) {
    this.#source = source;
    this.#model = model;
    this.#network = network;
    this.#store = store;
    this.#options = options;
  }

  async finish(): Promise<EmbedOutcome> {
    const { out, pca: isProjected = true, metadata: isMeasured = false, signal } = this.#options;
    const { wanted, batchSize } = await this.#compute();
    const rows = { [Symbol.iterator]: () => this.#rowsOf(wanted) };
    const { dimensions, name: model, device } = this.#network;
    let count = 0;
    for (const _ of rows) count++;
    let pca: PcaOutcome | undefined;
    if (count > 0) await writeTable(out, rows, this.#store, this.#network, signal);
    if (isProjected && count >= 2) {
      const path = tableBeside(out, '_pca');
      const components = Math.min(PCA_COMPONENTS, dimensions);
      const ratio = await writePca(path, rows, this.#store, dimensions, components, signal);
      pca = { path, explainedVarianceRatio: ratio };
    }
    const metadata = isMeasured && count > 0 ? `${stemOf(out)}_metadata.json` : undefined;
    if (metadata !== undefined) await writeMetadata(metadata, rows, this.#store, signal);
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
      metadata,
    };
  }

  /** Decodes and computes what the store does not have yet. */
  #compute(): Promise<StreamedEmbeddings> {
    const { choice = { kind: 'sample', sampler: {} }, metadata: isMeasured = false } = this.#options;
    const { batchSize = this.#usualBatch, normalize } = this.#options;
    const embedder = { batchSize, normalize };
    const engine = { model: this.#model, network: this.#network, embedder, isMeasured };
    return streamEmbeddings(this.#source, choice, engine, this.#options, {
      select: (media) => this.#select(media),
      onEmbedding: (media, frame, row, measures) => this.#accept(media, frame, row, measures),
      onFailure: (failure) => this.#fail(failure),
    });
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

  #accept(media: WantedMedia, frame: number, row: Float32Array, measures?: FrameMeasures): void {
    const extra = measures === undefined ? undefined : encodeMeasures(measures);
    this.#store.append(mediaKey(media.file, media.key), frame, row, extra);
    this.#done++;
    this.#report(media.file);
  }

  #fail(failure: Failure): void {
    this.#failed.set(failure.item, failure);
    this.#report(failure.item);
  }

  *#rowsOf(wanted: readonly WantedMedia[]): Generator<TableRow> {
    const labelOf = labelsOf(this.#source, this.#options.labels);
    for (const { file, key, frames, seconds, nameOf } of wanted) {
      const media = mediaKey(file, key);
      const label = labelOf(file);
      for (const [i, frame] of frames.entries())
        if (this.#store.has(media, frame))
          yield { name: nameOf(frame), label, media, frame, seconds: seconds?.[i] };
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
