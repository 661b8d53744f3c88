// How well the network in training tells labelled frames apart, by their neighbours (Lightly's `BenchmarkModule`).
import { resizeBox } from '../augment/resize.ts';
import { type Matrix, matrixOf } from '../base/matrix.ts';
import { FrameSupply, type FrameSupplyOptions } from '../dataset/frame-supply.ts';
import { fileOfSample, type TrainingFrames } from '../dataset/training-frames.ts';
import { encoderModel } from '../learning/encoder.ts';
import type { Backbone } from '../learning/methods/method.ts';
import type { Weights } from '../learning/network/weights.ts';
import { KnnBenchmark } from '../linalg/knn-benchmark.ts';
import { assumedInput, type ModelInput } from '../model/description.ts';
import { allocateInput, Preprocessor } from '../model/preprocess.ts';
import { floatTensor, openSession } from '../native/onnxruntime.ts';
import type { ClassLabels } from './class-labels.ts';

/** Half of them are looked up, half are looked up among; more would take longer and say hardly more. */
const MOST_SAMPLES = 4000;
const BATCH = 64;
const USUAL_K = 200;

/** Labelled pictures in memory, at the size that the network takes. */
interface LabelledPictures {
  /** NCHW, normalised, one after the other. */
  readonly data: Float32Array;
  readonly labels: readonly number[];
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
   */
  static async open(
    frames: TrainingFrames,
    { classes, samples, labels }: ClassLabels,
    inputSize: number,
    options: FrameSupplyOptions,
  ): Promise<KnnEvaluation> {
    const kept = evenly(samples.length, MOST_SAMPLES);
    const isQuery = heldOut(
      frames,
      kept.map((place) => samples[place]!),
      kept.map((place) => labels[place]!),
    );
    const input = assumedInput({ width: inputSize, height: inputSize }, 'NCHW');
    const pictures = await decoded(
      frames,
      kept.map((place) => samples[place]!),
      input,
      options,
    );
    const part = (wantsQueries: boolean): LabelledPictures => {
      const places = kept.flatMap((place, i) =>
        isQuery[i] === wantsQueries && pictures[i] !== undefined ? [{ label: labels[place]!, i }] : [],
      );
      const data = allocateInput('float32', input, places.length) as Float32Array;
      for (const [row, { i }] of places.entries()) data.set(pictures[i]!, row * pictures[i]!.length);
      return { data, labels: places.map(({ label }) => label) };
    };
    const [bank, queries] = [part(false), part(true)];
    const knnK = Math.max(1, Math.min(USUAL_K, leastOfAClass(bank.labels)));
    return new KnnEvaluation(
      input,
      bank,
      queries,
      new KnnBenchmark({ numClasses: classes.length, knnK, topk: [1] }),
    );
  }

  /** The best so far, in [0, 1]. */
  get maxAccuracy(): number {
    return this.#benchmark.maxAccuracy;
  }

  /** @returns the share of looked-up frames whose class their neighbours tell, in [0, 1] */
  async accuracy(backbone: Backbone, weights: Weights, threads: number | undefined): Promise<number> {
    const model = encoderModel(backbone, weights, { inputSize: this.#input.width });
    const session = await openSession({ model, providers: ['cpu'], threads });
    try {
      const embed = async ({ data, labels }: LabelledPictures): Promise<Matrix> => {
        const { width, height } = this.#input;
        const length = 3 * width * height;
        const parts: Float32Array[] = [];
        for (let start = 0; start < labels.length; start += BATCH) {
          const end = Math.min(labels.length, start + BATCH);
          const pixels = floatTensor(data.subarray(start * length, end * length), [
            end - start,
            3,
            height,
            width,
          ]);
          const { embedding } = await session.run({ pixel_values: pixels });
          parts.push(embedding!.data as Float32Array);
        }
        const columns = parts.length === 0 ? 0 : parts[0]!.length / Math.min(BATCH, labels.length);
        const all = new Float32Array(labels.length * columns);
        for (const [i, part] of parts.entries()) all.set(part, i * BATCH * columns);
        return matrixOf(all, labels.length, columns);
      };
      this.#benchmark.reset();
      this.#benchmark.collect(await embed(this.#bank), this.#bank.labels);
      const accuracies = await this.#benchmark.evaluate(await embed(this.#queries), this.#queries.labels);
      return accuracies.get(1)!;
    } finally {
      await session.release();
    }
  }
}

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
const heldOut = (
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
  input: ModelInput,
  options: FrameSupplyOptions,
): Promise<readonly (Float32Array | undefined)[]> => {
  const { width, height } = input;
  const preprocessor = new Preprocessor(input, 'float32');
  const pictures = new Array<Float32Array | undefined>(samples.length);
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
  using supply = new FrameSupply(frames, options);
  for await (const { position, image } of supply.deliver([order])) {
    if (image === undefined) continue;
    const box = { left: 0, top: 0, width: image.width, height: image.height };
    const picture = new Float32Array(3 * width * height);
    preprocessor.write(resizeBox(image, box, { width, height }), picture, 0);
    pictures[position] = picture;
  }
  return pictures;
};
