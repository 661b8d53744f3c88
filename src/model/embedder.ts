// Batches of pictures through a network, while the next batch is filled.
import { FramesiftError, messageOf } from '../base/errors.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { wordsOf } from '../native/onnxruntime.ts';
import type { Network } from './network.ts';
import { normalizeRow } from './pooling.ts';
import { allocateInput, type InputData, Preprocessor } from './preprocess.ts';

/** Receives a picture's embedding, or why there is none. */
export type EmbeddingSink<T> = (item: T, result: Float32Array | FramesiftError) => void;

export interface EmbedderOptions {
  /** Pictures that are computed together; halved when the device's memory does not suffice. */
  readonly batchSize: number;
  /** Scale every embedding to Euclidean length 1. */
  readonly normalize?: boolean | undefined;
}

interface Batch<T> {
  readonly data: InputData;
  readonly items: T[];
}

/**
 * Takes pictures one by one and computes them in batches: one is filled while another is computed. Embeddings come in
 * the order of the pictures. A batch always has its full size, so that a picture's numbers do not depend on how many
 * happened to come with it.
 */
export class Embedder<T> {
  readonly #network: Network;
  readonly #preprocessor: Preprocessor;
  readonly #sink: EmbeddingSink<T>;
  readonly #normalize: boolean;
  #batchSize: number;
  #filling: Batch<T>;
  #spare: InputData[] = [];
  #computing: Promise<void> = Promise.resolve();
  #isComputing = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(network: Network, options: EmbedderOptions, sink: EmbeddingSink<T>) {
    this.#network = network;
    this.#preprocessor = new Preprocessor(network.input, network.inputType);
    this.#sink = sink;
    this.#normalize = options.normalize ?? false;
    this.#batchSize = network.fixedBatch ?? options.batchSize;
    this.#filling = this.#newBatch();
  }

  /** Pictures in a batch: what was asked for, unless memory did not suffice. */
  get batchSize(): number {
    return this.#batchSize;
  }

  /**
   * Adds a picture of the input's size. Fulfilled once it is copied; that waits while two batches are full.
   *
   * @throws ERR_MODEL, ERR_DEVICE when computing failed
   */
  async add(item: T, image: RgbImage): Promise<void> {
    // Looked at again after waiting: others wait, too.
    while (this.#isFull && this.#failure === undefined) await this.#computing;
    this.#throwFailure();
    const { data, items } = this.#filling;
    this.#preprocessor.write(image, data, items.length);
    items.push(item);
    if (this.#isFull && !this.#isComputing) this.#start();
  }

  /** Computes what is left. @throws as {@link add} */
  async finish(): Promise<void> {
    while (this.#failure === undefined && (this.#isComputing || this.#filling.items.length > 0)) {
      if (!this.#isComputing) this.#start();
      await this.#computing;
    }
    this.#throwFailure();
  }

  /** Until nothing is being computed. What waits is dropped. */
  async settle(): Promise<void> {
    this.#filling.items.length = 0;
    await this.#computing;
  }

  get #isFull(): boolean {
    return this.#filling.items.length >= this.#batchSize;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #newBatch(): Batch<T> {
    const { input, inputType } = this.#network;
    return { data: this.#spare.pop() ?? allocateInput(inputType, input, this.#batchSize), items: [] };
  }

  #start(): void {
    const batch = this.#filling;
    this.#filling = this.#newBatch();
    this.#isComputing = true;
    this.#computing = this.#compute(batch)
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#isComputing = false;
        this.#spare.push(batch.data);
        if (this.#isFull && this.#failure === undefined) this.#start();
      });
  }

  async #compute({ data, items }: Batch<T>): Promise<void> {
    const { width, height } = this.#network.input;
    const pictureLength = 3 * width * height;
    const slots = data.length / pictureLength;
    for (let start = 0; start < items.length; ) {
      const size = Math.min(this.#batchSize, slots - start);
      const part = data.subarray(start * pictureLength, (start + size) * pictureLength);
      const rows = await this.#run(part, size);
      if (rows === undefined) continue;
      const dimensions = rows.length / size;
      const count = Math.min(size, items.length - start);
      for (let i = 0; i < count; i++)
        this.#give(items[start + i]!, rows.subarray(i * dimensions, (i + 1) * dimensions));
      start += count;
    }
  }

  /** One batch; undefined when it did not fit the device's memory, and smaller ones are to be tried. */
  async #run(data: InputData, count: number): Promise<Float32Array | undefined> {
    try {
      return await this.#network.run(data, count);
    } catch (error) {
      if (error instanceof FramesiftError) throw error;
      const canShrink = count > 1 && this.#network.fixedBatch === undefined;
      if (canShrink && OUT_OF_MEMORY.test(messageOf(error))) {
        this.#batchSize = count >> 1;
        return undefined;
      }
      throw new FramesiftError(
        'ERR_MODEL',
        `${this.#network.name}: cannot be computed on ${this.#network.device}: ${wordsOf(error)}`,
        { facts: { model: this.#network.name, device: this.#network.device }, cause: error },
      );
    }
  }

  #give(item: T, row: Float32Array): void {
    if (!row.every(Number.isFinite)) {
      const error = new FramesiftError(
        'ERR_MODEL',
        `the model ${this.#network.name} gives values for this picture that are not finite.`,
        { facts: { model: this.#network.name } },
      );
      this.#sink(item, error);
      return;
    }
    if (this.#normalize) normalizeRow(row);
    this.#sink(item, row);
  }
}

const OUT_OF_MEMORY = /out of memory|failed to allocate|bad_?alloc|allocation failed|OOM/i;
