// One table of embeddings under way: what is computed, what failed, and how far it is.
import { createHash } from 'node:crypto';
import { compareCodePoints } from '../base/code-points.ts';
import type { Failure } from '../base/outcome.ts';
import { readingItem } from '../base/progress.ts';
import { stemOf, tableBeside } from '../formats/embedding-rows.ts';
import type { FrameMeasures } from '../image/measures.ts';
import { encodeMeasures } from '../image/measures-record.ts';
import type { Device } from '../model/device.ts';
import { type EmbeddingRecipe, type EmbeddingStore, mediaKey } from '../model/embedding-store.ts';
import { type TableRow, writePca, writeTable } from '../model/embedding-table.ts';
import { writeMetadata } from '../model/metadata-table.ts';
import type { Network } from '../model/network.ts';
import type { ModelFile } from '../model/registry.ts';
import { type FrameChoice, namesOf } from './choice.ts';
import { type StreamedEmbeddings, streamEmbeddings } from './embedding-stream.ts';
import { type LabelKind, labelsOf } from './labels.ts';
import type { WantedMedia } from './picture-stream.ts';
import type { ReadingOptions } from './reading-options.ts';
import { problemsOf, type Source } from './source.ts';

export interface EmbeddingRunOptions extends ReadingOptions {
  /** The table: Parquet if it ends in `.parquet`, else CSV in Lightly's format. */
  readonly out: string;
  /** Which frames; all when left out. */
  readonly choice?: FrameChoice | undefined;
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
}

export interface EmbedOutcome {
  /** Rows of the table, in the order of the dataset: one for each frame that could be decoded. */
  readonly rows: number;
  /** Changes when the table's content does: of the rows, the model, and how it was run. */
  readonly key: string;
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

export class EmbeddingRun {
  readonly #source: Source;
  readonly #model: ModelFile;
  readonly #network: Network;
  readonly #recipe: EmbeddingRecipe;
  readonly #store: EmbeddingStore;
  readonly #options: EmbeddingRunOptions;
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
    recipe: EmbeddingRecipe,
    store: EmbeddingStore,
    options: EmbeddingRunOptions,
  ) {
    this.#source = source;
    this.#model = model;
    this.#network = network;
    this.#recipe = recipe;
    this.#store = store;
    this.#options = options;
    for (const failure of problemsOf(source, options.choice)) this.#failed.set(failure.item, failure);
  }

  async finish(): Promise<EmbedOutcome> {
    const { out, pca: isProjected = true, metadata: isMeasured = false, signal } = this.#options;
    const { wanted, batchSize } = await this.#compute();
    if (this.#done > 0) this.#report(undefined, 'writing tables');
    const rows = { [Symbol.iterator]: () => this.#rowsOf(wanted) };
    const { dimensions, name: model, device } = this.#network;
    const { count, key } = this.#measure(rows);
    let pca: PcaOutcome | undefined;
    if (count > 0) await writeTable(out, key, rows, this.#store, this.#network, signal);
    if (isProjected && count >= 2) {
      const path = tableBeside(out, '_pca');
      const components = Math.min(PCA_COMPONENTS, dimensions);
      const ratio = await writePca(path, key, rows, this.#store, dimensions, components, signal);
      pca = { path, explainedVarianceRatio: ratio };
    }
    const metadata = isMeasured && count > 0 ? `${stemOf(out)}_metadata.json` : undefined;
    if (metadata !== undefined) await writeMetadata(metadata, key, rows, this.#store, signal);
    return {
      rows: count,
      key,
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

  /** How many rows there are, and a key that changes when they or their values do. */
  #measure(rows: Iterable<TableRow>): { readonly count: number; readonly key: string } {
    const hash = createHash('sha256').update(this.#recipe.key);
    let count = 0;
    for (const { name, label, media, frame, seconds } of rows) {
      hash.update(`${name}\0${label}\0${media}\0${frame}\0${seconds}\n`);
      count++;
    }
    return { count, key: hash.digest('hex') };
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
      onReading: (file, share) => this.#report(readingItem(file, share)),
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

  #report(item: string | undefined, stage = 'embedding'): void {
    this.#options.onProgress?.({
      stage,
      done: this.#done,
      total: this.#total(),
      failed: this.#failed.size,
      unit: 'frames',
      item,
    });
  }
}
