// How well the network in training tells labelled frames apart, by their neighbours (Lightly's `BenchmarkModule`).
import { resizeBox } from '../augment/resize.ts';
import { FramesiftError } from '../base/errors.ts';
import { type Matrix, matrixOf } from '../base/matrix.ts';
import type { Progress } from '../base/progress.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { FrameSupply, type FrameSupplyOptions } from '../dataset/frame-supply.ts';
import { fileOfSample, type TrainingFrames } from '../dataset/training-frames.ts';
import { encoderModel } from '../learning/encoder.ts';
import type { Backbone } from '../learning/methods/method.ts';
import type { Weights } from '../learning/network/weights.ts';
import { KnnBenchmark } from '../linalg/knn-benchmark.ts';
import { assumedInput, type ModelInput } from '../model/description.ts';
import { allocateInput, Preprocessor } from '../model/preprocess.ts';
import { floatTensor, type OnnxSession, openSession } from '../native/onnxruntime.ts';
import type { ClassLabels } from './class-labels.ts';

/** Half of them are looked up, half are looked up among; more would take longer and say hardly more. */
const MOST_SAMPLES = 4000;
const BATCH = 64;
const USUAL_K = 200;

/** Labelled pictures in memory, at the size that the network takes. */
interface LabelledPictures {
  readonly images: readonly RgbImage[];
  readonly labels: readonly number[];
}

export interface KnnEvaluationOptions extends FrameSupplyOptions {
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export class KnnEvaluation {
  readonly #input: ModelInput;
  readonly #bank: LabelledPictures;
  readonly #queries: LabelledPictures;
  readonly #benchmark: KnnBenchmark;

  private constructor(
    input: ModelInput,
    bank: LabelledPictures,
    queries: LabelledPictures,
    benchmark: KnnBenchmark,
  ) {
    this.#input = input;
    this.#bank = bank;
    this.#queries = queries;
    this.#benchmark = benchmark;
  }

  /**
   * Decodes labelled frames, each once. Of every class, every other video is looked up among the rest; of a class with
   * one video, every other frame. What cannot be decoded is left out.
   *
   * @throws ERR_NO_FRAMES where nothing is left to be looked up, or to be found; the signal's reason
   */
  static async open(
    frames: TrainingFrames,
    { classes, samples, labels }: ClassLabels,
    inputSize: number,
    options: KnnEvaluationOptions,
  ): Promise<KnnEvaluation> {
    const kept = evenly(samples.length, MOST_SAMPLES);
    const keptSamples = kept.map((place) => samples[place]!);
    const keptLabels = kept.map((place) => labels[place]!);
    const isQuery = heldOut(frames, keptSamples, keptLabels);
    const input = assumedInput({ width: inputSize, height: inputSize }, 'NCHW');
    const pictures = await decoded(frames, keptSamples, input, options);
    const part = (wantsQueries: boolean): LabelledPictures => {
      const places = keptLabels.flatMap((label, i) => {
        const image = pictures[i];
        return isQuery[i] === wantsQueries && image !== undefined ? [{ label, image }] : [];
      });
      return { images: places.map(({ image }) => image), labels: places.map(({ label }) => label) };
    };
    const [bank, queries] = [part(false), part(true)];
    if (bank.images.length === 0 || queries.images.length === 0) throw nothingToCompare(kept.length);
    const knnK = Math.max(1, Math.min(USUAL_K, leastOfAClass(bank.labels)));
    return new KnnEvaluation(
      input,
      bank,
      queries,
      new KnnBenchmark({ numClasses: classes.length, knnK, topk: [1] }),
    );
  }

  /** @returns the share of looked-up frames whose class their neighbours tell, in [0, 1] @throws the signal's reason */
  async accuracy(
    backbone: Backbone,
    weights: Weights,
    { threads, signal }: { readonly threads?: number | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<number> {
    const model = encoderModel(backbone, weights, { inputSize: this.#input.width });
    const session = await openSession({ model, providers: ['cpu'], threads });
    try {
      const embed = (images: readonly RgbImage[]): Promise<Matrix> =>
        embeddings(images, this.#input, session, signal);
      this.#benchmark.reset();
      this.#benchmark.collect(await embed(this.#bank.images), this.#bank.labels);
      const { labels } = this.#queries;
      const accuracies = await this.#benchmark.evaluate(await embed(this.#queries.images), labels, {
        signal,
      });
      return accuracies.get(1)!;
    } finally {
      await session.release();
    }
  }
}

/** One row for each picture. */
const embeddings = async (
  images: readonly RgbImage[],
  input: ModelInput,
  session: OnnxSession,
  signal: AbortSignal | undefined,
): Promise<Matrix> => {
  const { width, height } = input;
  const preprocessor = new Preprocessor(input, 'float32');
  const parts: Float32Array[] = [];
  for (let start = 0; start < images.length; start += BATCH) {
    signal?.throwIfAborted();
    const batch = images.slice(start, start + BATCH);
    const pixels = allocateInput('float32', input, batch.length) as Float32Array;
    for (const [slot, image] of batch.entries()) preprocessor.write(image, pixels, slot);
    const { embedding } = await session.run({
      pixel_values: floatTensor(pixels, [batch.length, 3, height, width]),
    });
    parts.push(embedding!.data as Float32Array);
  }
  const columns = parts[0]!.length / Math.min(BATCH, images.length);
  const all = new Float32Array(images.length * columns);
  for (const [i, part] of parts.entries()) all.set(part, i * BATCH * columns);
  return matrixOf(all, images.length, columns);
};

const nothingToCompare = (labelled: number): FramesiftError =>
  new FramesiftError(
    'ERR_NO_FRAMES',
    `labels: of ${labelled} labelled frames too few can be read to compare them. framesift info says what is wrong with the videos; without --labels they are not needed.`,
    { facts: { labelled } },
  );

/** More neighbours than a class has frames would be of other classes for certain. */
const leastOfAClass = (labels: readonly number[]): number => {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.min(...counts.values());
};

/** Places of at most so many out of `count`, evenly spread. */
const evenly = (count: number, most: number): readonly number[] =>
  count <= most
    ? Array.from({ length: count }, (_, i) => i)
    : Array.from({ length: most }, (_, i) => Math.floor((i * count) / most));

/** Which of the samples are looked up among the others. */
export const heldOut = (
  frames: TrainingFrames,
  samples: readonly number[],
  labels: readonly number[],
): readonly boolean[] => {
  const filesOf = new Map<number, Set<number>>();
  const files = samples.map((sample) => fileOfSample(frames, sample));
  for (const [i, file] of files.entries()) {
    const known = filesOf.get(labels[i]!) ?? new Set();
    filesOf.set(labels[i]!, known.add(file));
  }
  const places = new Map(
    [...filesOf].map(([label, known]) => [label, new Map([...known].map((file, place) => [file, place]))]),
  );
  const seen = new Map<number, number>();
  return files.map((file, i) => {
    const label = labels[i]!;
    const place = places.get(label)!;
    if (place.size > 1) return place.get(file)! % 2 === 1;
    const count = seen.get(label) ?? 0;
    seen.set(label, count + 1);
    return count % 2 === 1;
  });
};

const decoded = async (
  frames: TrainingFrames,
  samples: readonly number[],
  { width, height }: ModelInput,
  options: KnnEvaluationOptions,
): Promise<readonly (RgbImage | undefined)[]> => {
  const pictures = new Array<RgbImage | undefined>(samples.length);
  // In order, some at a time: each video is read once, and little is held.
  const windowEnds = samples.flatMap((_, i) =>
    (i + 1) % BATCH === 0 || i + 1 === samples.length ? [i + 1] : [],
  );
  const order = {
    epoch: 0,
    samples: Uint32Array.from(samples),
    partners: undefined,
    windowEnds: Uint32Array.from(windowEnds),
  };
  let failed = 0;
  using supply = new FrameSupply(frames, options);
  for await (const { position, image } of supply.deliver([order])) {
    if (image === undefined) failed++;
    else {
      const box = { left: 0, top: 0, width: image.width, height: image.height };
      pictures[position] = resizeBox(image, box, { width, height });
    }
    options.onProgress?.({
      stage: 'reading labelled frames',
      done: position + 1 - failed,
      total: samples.length,
      failed,
      unit: 'frames',
    });
  }
  return pictures;
};
