// Labelled frames in memory, as a network takes them: those that are looked up, and those that they are looked up among.
import { resizeBox } from '../augment/resize.ts';
import { FrameSupply, type FrameSupplyOptions } from '../dataset/frame-supply.ts';
import { fileOfSample, type TrainingFrames } from '../dataset/training-frames.ts';
import { assumedInput } from '../model/description.ts';
import { Preprocessor } from '../model/preprocess.ts';
import type { ClassLabels } from './class-labels.ts';
import type { FrozenBackbone } from './frozen-backbone.ts';

/** So many say enough; more would only take longer. */
const MOST_SAMPLES = 4000;
const WINDOW = 64;

export interface LabelledSamples {
  /** A row for each: a picture, normalised, or features of a network that is not trained. */
  readonly rows: readonly Float32Array[];
  readonly labels: readonly number[];
}

export interface SplitSamples {
  readonly bank: LabelledSamples;
  readonly queries: LabelledSamples;
}

/**
 * Decodes labelled frames, each once. Of every class, every other video is looked up among the rest; of a class with one
 * video, every other frame. What cannot be decoded is left out.
 */
export const labelledSamples = async (
  frames: TrainingFrames,
  labels: ClassLabels,
  inputSize: number,
  frozen: FrozenBackbone | undefined,
  options: FrameSupplyOptions,
): Promise<SplitSamples> => {
  const places = evenly(labels.samples.length, MOST_SAMPLES);
  const samples = places.map((place) => labels.samples[place]!);
  const classes = places.map((place) => labels.labels[place]!);
  const isQuery = heldOut(frames, samples, classes);
  const rows = await decodedRows(frames, samples, inputSize, frozen, options);
  const part = (wantsQueries: boolean): LabelledSamples => {
    const chosen = samples.flatMap((_, i) =>
      isQuery[i] === wantsQueries && rows[i] !== undefined ? [{ row: rows[i], label: classes[i]! }] : [],
    );
    return { rows: chosen.map(({ row }) => row), labels: chosen.map(({ label }) => label) };
  };
  return { bank: part(false), queries: part(true) };
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
  const files = samples.map((sample) => fileOfSample(frames, sample));
  /** Of each class its files, by their place among them. */
  const placesOf = new Map<number, Map<number, number>>();
  for (const [i, file] of files.entries()) {
    const places = placesOf.get(labels[i]!) ?? new Map<number, number>();
    if (!places.has(file)) places.set(file, places.size);
    placesOf.set(labels[i]!, places);
  }
  const seen = new Map<number, number>();
  return files.map((file, i) => {
    const label = labels[i]!;
    const places = placesOf.get(label)!;
    const count = seen.get(label) ?? 0;
    seen.set(label, count + 1);
    return (places.size > 1 ? places.get(file)! : count) % 2 === 1;
  });
};

const decodedRows = async (
  frames: TrainingFrames,
  samples: readonly number[],
  side: number,
  frozen: FrozenBackbone | undefined,
  options: FrameSupplyOptions,
): Promise<readonly (Float32Array | undefined)[]> => {
  const size = { width: side, height: side };
  const preprocessor = new Preprocessor(assumedInput(size, 'NCHW'), 'float32');
  const rows = new Array<Float32Array | undefined>(samples.length);
  // In order, some at a time: each video is read once, and little is held.
  const windowEnds = samples.flatMap((_, i) =>
    (i + 1) % WINDOW === 0 || i + 1 === samples.length ? [i + 1] : [],
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
    const whole = { left: 0, top: 0, width: image.width, height: image.height };
    const picture = resizeBox(image, whole, size);
    if (frozen !== undefined) {
      rows[position] = await frozen.features(picture.data);
      continue;
    }
    const row = new Float32Array(3 * side * side);
    preprocessor.write(picture, row, 0);
    rows[position] = row;
  }
  return rows;
};
