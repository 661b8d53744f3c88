// Labelled frames in memory, at the size that a network takes: those that are looked up, and those that they are looked up
// among.
import { resizeBox } from '../augment/resize.ts';
import { FramesiftError } from '../base/errors.ts';
import type { Progress } from '../base/progress.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { FrameSupply, type FrameSupplyOptions } from '../dataset/frame-supply.ts';
import { fileOfSample, type TrainingFrames } from '../dataset/training-frames.ts';
import type { Size } from '../image/size.ts';
import type { ClassLabels } from './class-labels.ts';

/** Half of them are looked up, half are looked up among; more would take longer and say hardly more. */
const MOST_SAMPLES = 4000;
const WINDOW = 64;

export interface LabelledPictures {
  readonly images: readonly RgbImage[];
  readonly labels: readonly number[];
}

export interface SplitPictures {
  readonly bank: LabelledPictures;
  readonly queries: LabelledPictures;
}

export interface LabelledPicturesOptions extends FrameSupplyOptions {
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Decodes labelled frames, each once. Of every class, every other video is looked up among the rest; of a class with one
 * video, every other frame. What cannot be decoded is left out.
 *
 * @param side width and height of pictures
 * @throws ERR_NO_FRAMES where nothing is left to be looked up, or to be found; the signal's reason
 */
export const labelledPictures = async (
  frames: TrainingFrames,
  { samples, labels }: ClassLabels,
  side: number,
  options: LabelledPicturesOptions,
): Promise<SplitPictures> => {
  const kept = evenly(samples.length, MOST_SAMPLES);
  const keptSamples = kept.map((place) => samples[place]!);
  const keptLabels = kept.map((place) => labels[place]!);
  const isQuery = heldOut(frames, keptSamples, keptLabels);
  const pictures = await decoded(frames, keptSamples, { width: side, height: side }, options);
  const part = (wantsQueries: boolean): LabelledPictures => {
    const places = keptLabels.flatMap((label, i) => {
      const image = pictures[i];
      return isQuery[i] === wantsQueries && image !== undefined ? [{ label, image }] : [];
    });
    return { images: places.map(({ image }) => image), labels: places.map(({ label }) => label) };
  };
  const [bank, queries] = [part(false), part(true)];
  if (bank.images.length === 0 || queries.images.length === 0) throw nothingToCompare(kept.length);
  return { bank, queries };
};

const nothingToCompare = (labelled: number): FramesiftError =>
  new FramesiftError(
    'ERR_NO_FRAMES',
    `labels: of ${labelled} labelled frames too few can be read to compare them. framesift info says what is wrong with the videos; without --labels they are not needed.`,
    { facts: { labelled } },
  );

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
  { width, height }: Size,
  options: LabelledPicturesOptions,
): Promise<readonly (RgbImage | undefined)[]> => {
  const pictures = new Array<RgbImage | undefined>(samples.length);
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
