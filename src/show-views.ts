// What a network in training gets to see: some frames and their views, in one picture.
import { contactSheet } from './augment/contact-sheet.ts';
import { seededViews } from './augment/views.ts';
import { FramesiftError } from './base/errors.ts';
import { writeAtomic } from './base/files.ts';
import type { Failure } from './base/outcome.ts';
import type { RgbImage } from './base/rgb-image.ts';
import { type EpochOrder, epochOrder } from './dataset/epoch-order.ts';
import { FrameSupply } from './dataset/frame-supply.ts';
import { indexTrainingFrames } from './dataset/index-training-frames.ts';
import { planEpochWindows } from './dataset/picture-sizes.ts';
import { openSource } from './dataset/source.ts';
import type { TrainingFrames } from './dataset/training-frames.ts';
import { type EncodeRequest, encodeRgb } from './native/sharp.ts';
import type { TrainOptions } from './train.ts';
import { FrozenBackbone } from './training/frozen-backbone.ts';
import { pictureBudget } from './training/picture-budget.ts';
import { type GivenModels, type TrainingSettings, trainingSettings } from './training/settings.ts';
import { openTunedBackbone } from './training/tuned-backbone.ts';

export interface WriteViewsOptions extends Omit<TrainOptions, 'outDir'> {
  /** The picture: `.png`, `.jpg` or `.webp`. */
  readonly file: string;
}

const FRAMES = 8;
/** Pairs of views of each frame, one of each epoch. */
const EPOCHS = 4;
const PICTURES_BYTES = 2 ** 28;

/**
 * Writes a contact sheet: in each line a frame and views of it, as training with the same options would see them in its first
 * epochs.
 *
 * @returns how many frames are on it; where none of them can be read, nothing is written
 * @throws ERR_NOT_FOUND, ERR_NO_INPUT, ERR_OPTION, ERR_WRITE, or the signal's reason
 */
export const writeViews = async (
  options: WriteViewsOptions,
): Promise<{ readonly frames: number; readonly failed: readonly Failure[] }> => {
  const request = requestFor(options.file);
  const settings = trainingSettings(options, undefined, await givenModels(options));
  const source = await openSource(options.input, options);
  const frames = await indexTrainingFrames(source, { ...options, labels: undefined });
  const budget = pictureBudget(options, settings);
  using supply = new FrameSupply(frames, { ...options, ...budget, cacheBytes: PICTURES_BYTES });
  const rows = new Map<number, { readonly original: RgbImage; readonly views: RgbImage[] }>();
  const failed = [...frames.failed];
  for await (const { epoch, sample, image, failure, partner } of supply.deliver(
    ordersOfSome(frames, settings, budget),
  )) {
    if (failure !== undefined && epoch === 0) failed.push(failure);
    if (image === undefined) continue;
    const row = rows.get(sample) ?? { original: image, views: [] };
    const place = { seed: settings.seed, epoch, sample };
    row.views.push(...seededViews(image, settings.views, place, partner?.image));
    rows.set(sample, row);
  }
  const sheet = [...rows.values()];
  if (sheet.length > 0) await writeAtomic(options.file, await encodeRgb(contactSheet(sheet), request));
  return { frames: sheet.length, failed };
};

/** Some frames from all over, with the partners that they have in the first epochs of a training. */
const ordersOfSome = (
  frames: TrainingFrames,
  { seed, neighbourFrames }: TrainingSettings,
  budget: Parameters<typeof planEpochWindows>[1],
): EpochOrder[] => {
  const count = Math.min(FRAMES, frames.count);
  const samples = Uint32Array.from({ length: count }, (_, i) => Math.floor((i * frames.count) / count));
  const windows = planEpochWindows(frames, budget);
  const partnersIn = (epoch: number): Uint32Array | undefined => {
    if (neighbourFrames === 0) return undefined;
    const { samples: all, partners } = epochOrder(frames, { ...windows, seed, epoch, neighbourFrames });
    return samples.map((sample) => partners![all.indexOf(sample)]!);
  };
  return Array.from({ length: EPOCHS }, (_, epoch) => ({
    epoch,
    samples,
    partners: partnersIn(epoch),
    windowEnds: Uint32Array.of(count),
  }));
};

/** Of a model, the size counts. */
const givenModels = async (options: WriteViewsOptions): Promise<GivenModels> => {
  if (options.fineTune !== undefined)
    return { tuned: (await openTunedBackbone(options.fineTune, options.inputSize, options)).settings };
  if (options.frozen === undefined) return {};
  const frozen = await FrozenBackbone.open(options.frozen, options);
  await frozen.close();
  return { frozen: frozen.settings };
};

const requestFor = (file: string): EncodeRequest => {
  if (/\.png$/i.test(file)) return { format: 'png' };
  if (/\.jpe?g$/i.test(file)) return { format: 'jpg', quality: 92 };
  if (/\.webp$/i.test(file)) return { format: 'webp', quality: 92 };
  throw new FramesiftError('ERR_OPTION', `${file}: expected a name that ends in .png, .jpg or .webp.`, {
    facts: { path: file },
  });
};
