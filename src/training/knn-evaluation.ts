// How well the network in training tells labelled frames apart, by their neighbours (Lightly's `BenchmarkModule`).
import { type Matrix, matrixOf } from '../base/matrix.ts';
import type { FrameSupplyOptions } from '../dataset/frame-supply.ts';
import type { TrainingFrames } from '../dataset/training-frames.ts';
import { encoderModel } from '../learning/encoder.ts';
import type { Weights } from '../learning/network/weights.ts';
import { KnnBenchmark } from '../linalg/knn-benchmark.ts';
import { floatTensor, type OnnxSession, openSession } from '../native/onnxruntime.ts';
import { backboneOf, sampleShapeOf } from './build-graph.ts';
import type { ClassLabels } from './class-labels.ts';
import type { FrozenBackbone } from './frozen-backbone.ts';
import { type LabelledSamples, labelledSamples, type SplitSamples } from './labelled-samples.ts';
import type { TrainingSettings } from './settings.ts';

const BATCH = 64;
/** Lightly's. */
const MOST_NEIGHBOURS = 200;

export class KnnEvaluation {
  readonly #settings: TrainingSettings;
  readonly #samples: SplitSamples;
  readonly #benchmark: KnnBenchmark;

  private constructor(settings: TrainingSettings, samples: SplitSamples, classes: number) {
    this.#settings = settings;
    this.#samples = samples;
    const knnK = Math.max(1, Math.min(MOST_NEIGHBOURS, leastOfAClass(samples.bank.labels)));
    this.#benchmark = new KnnBenchmark({ numClasses: classes, knnK, topk: [1] });
  }

  /** @param labels see `labelledSamples` for which of them are looked up */
  static async open(
    frames: TrainingFrames,
    labels: ClassLabels,
    settings: TrainingSettings,
    frozen: FrozenBackbone | undefined,
    options: FrameSupplyOptions,
  ): Promise<KnnEvaluation> {
    const samples = await labelledSamples(frames, labels, settings.inputSize, frozen, options);
    return new KnnEvaluation(settings, samples, labels.classes.length);
  }

  /** @returns the share of looked-up frames whose class their neighbours tell, in [0, 1] */
  async accuracy(weights: Weights, threads: number | undefined): Promise<number> {
    const settings = this.#settings;
    const sampleShape = sampleShapeOf(settings);
    const model = encoderModel(backboneOf(settings), weights, { sampleShape });
    const session = await openSession({ model, providers: ['cpu'], threads });
    try {
      const { bank, queries } = this.#samples;
      this.#benchmark.reset();
      this.#benchmark.collect(await embedded(session, bank, sampleShape), bank.labels);
      const accuracies = await this.#benchmark.evaluate(
        await embedded(session, queries, sampleShape),
        queries.labels,
      );
      return accuracies.get(1)!;
    } finally {
      await session.release();
    }
  }
}

/** @returns an embedding a row */
const embedded = async (
  session: OnnxSession,
  { rows }: LabelledSamples,
  sampleShape: readonly number[],
): Promise<Matrix> => {
  const parts: Float32Array[] = [];
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = rows.slice(start, start + BATCH);
    const pixels = new Float32Array(batch.length * batch[0]!.length);
    for (const [i, row] of batch.entries()) pixels.set(row, i * row.length);
    const { embedding } = await session.run({
      pixel_values: floatTensor(pixels, [batch.length, ...sampleShape]),
    });
    parts.push(embedding!.data as Float32Array);
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new Float32Array(length);
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return matrixOf(all, rows.length, rows.length === 0 ? 0 : length / rows.length);
};

/** More neighbours than a class has frames would be of other classes for certain. */
const leastOfAClass = (labels: readonly number[]): number => {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.min(...counts.values());
};
