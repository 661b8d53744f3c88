// How well the network in training tells labelled frames apart, by their neighbours (Lightly's `BenchmarkModule`).
import { type Matrix, matrixOf } from '../base/matrix.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import type { TrainingFrames } from '../dataset/training-frames.ts';
import { KnnBenchmark } from '../linalg/knn-benchmark.ts';
import type { ModelInput } from '../model/description.ts';
import { allocateInput, Preprocessor } from '../model/preprocess.ts';
import { floatTensor, type OnnxSession, openSession } from '../native/onnxruntime.ts';
import type { ClassLabels } from './class-labels.ts';
import type { FrozenBackbone } from './frozen-backbone.ts';
import { type LabelledPicturesOptions, labelledPictures } from './labelled-pictures.ts';

const BATCH = 64;
/** Lightly's. */
const MOST_NEIGHBOURS = 200;

/** Some pictures, as a network takes them: batch by batch, one row each. */
type Batches = () => Iterable<{ readonly rows: Float32Array; readonly count: number }>;

interface LabelledBatches {
  readonly batches: Batches;
  readonly labels: readonly number[];
}

export interface AccuracyOptions {
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class KnnEvaluation {
  readonly #sampleShape: readonly number[];
  readonly #bank: LabelledBatches;
  readonly #queries: LabelledBatches;
  readonly #benchmark: KnnBenchmark;

  private constructor(
    sampleShape: readonly number[],
    bank: LabelledBatches,
    queries: LabelledBatches,
    classes: number,
  ) {
    this.#sampleShape = sampleShape;
    this.#bank = bank;
    this.#queries = queries;
    const knnK = Math.max(1, Math.min(MOST_NEIGHBOURS, leastOfAClass(bank.labels)));
    this.#benchmark = new KnnBenchmark({ numClasses: classes, knnK, topk: [1] });
  }

  /**
   * Which frames are looked up, and errors: see `labelledPictures`.
   *
   * @param input what the encoder wants to see @param frozen what looks at them before the encoder does
   */
  static async open(
    frames: TrainingFrames,
    labels: ClassLabels,
    input: ModelInput,
    frozen: FrozenBackbone | undefined,
    options: LabelledPicturesOptions,
  ): Promise<KnnEvaluation> {
    const { width: side } = input;
    const { bank, queries } = await labelledPictures(frames, labels, side, options);
    const batchesOf = (images: readonly RgbImage[]): Batches | Promise<Batches> =>
      frozen === undefined ? pictureBatches(images, input) : featureBatches(images, frozen);
    return new KnnEvaluation(
      frozen === undefined ? [3, side, side] : [frozen.settings.features],
      { batches: await batchesOf(bank.images), labels: bank.labels },
      { batches: await batchesOf(queries.images), labels: queries.labels },
      labels.classes.length,
    );
  }

  /**
   * @param encoder as `encoderModel` makes it
   * @returns the share of looked-up frames whose class their neighbours tell, in [0, 1]
   * @throws the signal's reason
   */
  async accuracy(encoder: Uint8Array, { threads, signal }: AccuracyOptions): Promise<number> {
    const session = await openSession({ model: encoder, providers: ['cpu'], threads });
    try {
      const embed = ({ batches }: LabelledBatches): Promise<Matrix> =>
        embeddings(batches, this.#sampleShape, session, signal);
      this.#benchmark.reset();
      this.#benchmark.collect(await embed(this.#bank), this.#bank.labels);
      const { labels } = this.#queries;
      const accuracies = await this.#benchmark.evaluate(await embed(this.#queries), labels, { signal });
      return accuracies.get(1)!;
    } finally {
      await session.release();
    }
  }
}

/** Pictures stay bytes until they are wanted: a quarter of the memory. */
const pictureBatches = (images: readonly RgbImage[], input: ModelInput): Batches => {
  const preprocessor = new Preprocessor(input, 'float32');
  return function* () {
    for (let start = 0; start < images.length; start += BATCH) {
      const batch = images.slice(start, start + BATCH);
      const rows = allocateInput('float32', input, batch.length) as Float32Array;
      for (const [slot, image] of batch.entries()) preprocessor.write(image, rows, slot);
      yield { rows, count: batch.length };
    }
  };
};

/** What a network that is not trained makes of pictures stays the same. */
const featureBatches = async (images: readonly RgbImage[], frozen: FrozenBackbone): Promise<Batches> => {
  const batches: { rows: Float32Array; count: number }[] = [];
  for (let start = 0; start < images.length; start += BATCH) {
    const batch = images.slice(start, start + BATCH);
    const bytes = Buffer.concat(batch.map(({ data }) => data));
    batches.push({ rows: await frozen.features(bytes), count: batch.length });
  }
  return () => batches;
};

/** One row for each picture. */
const embeddings = async (
  batches: Batches,
  sampleShape: readonly number[],
  session: OnnxSession,
  signal: AbortSignal | undefined,
): Promise<Matrix> => {
  const parts: Float32Array[] = [];
  let count = 0;
  for (const batch of batches()) {
    signal?.throwIfAborted();
    const { embedding } = await session.run({
      pixel_values: floatTensor(batch.rows, [batch.count, ...sampleShape]),
    });
    parts.push(embedding!.data as Float32Array);
    count += batch.count;
  }
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return matrixOf(all, count, all.length / count);
};

/** More neighbours than a class has frames would be of other classes for certain. */
const leastOfAClass = (labels: readonly number[]): number => {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.min(...counts.values());
};
