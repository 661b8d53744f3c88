// What a network in training gets to see: some frames and their views, in one picture.
import { contactSheet } from './augment/contact-sheet.ts';
import { seededViews } from './augment/views.ts';
import { FramesiftError } from './base/errors.ts';
import { writeAtomic } from './base/files.ts';
import type { Failure } from './base/outcome.ts';
import { FrameSupply } from './dataset/frame-supply.ts';
import { indexTrainingFrames } from './dataset/index-training-frames.ts';
import { openSource } from './dataset/source.ts';
import { type EncodeRequest, encodeRgb } from './native/sharp.ts';
import type { TrainOptions } from './train.ts';
import { FrozenBackbone } from './training/frozen-backbone.ts';
import { type FrozenSettings, trainingSettings } from './training/settings.ts';

export interface WriteViewsOptions extends Omit<TrainOptions, 'outDir'> {
  /** The picture: `.png`, `.jpg` or `.webp`. */
  readonly file: string;
}

const FRAMES = 8;
/** Pairs of views of each frame. */
const DRAWS = 4;
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
  const frozen = await frozenSettings(options);
  const { views, seed, inputSize } = trainingSettings(options, undefined, frozen);
  const source = await openSource(options.input, options);
  const frames = await indexTrainingFrames(source, { ...options, labels: undefined });
  const count = Math.min(FRAMES, frames.count);
  const samples = Uint32Array.from({ length: count }, (_, i) => Math.floor((i * frames.count) / count));
  const order = { epoch: 0, samples, partners: undefined, windowEnds: Uint32Array.of(count) };
  using supply = new FrameSupply(frames, {
    ...options,
    shortSide: options.shortSide ?? 2 * inputSize,
    cacheBytes: PICTURES_BYTES,
  });
  const rows = [];
  const failed = [...frames.failed];
  for await (const { sample, image, failure } of supply.deliver([order])) {
    if (failure !== undefined) failed.push(failure);
    if (image === undefined) continue;
    const epochs = Array.from({ length: DRAWS }, (_, epoch) => epoch);
    rows.push({
      original: image,
      views: epochs.flatMap((epoch) => seededViews(image, views, { seed, epoch, sample })),
    });
  }
  if (rows.length > 0) await writeAtomic(options.file, await encodeRgb(contactSheet(rows), request));
  return { frames: rows.length, failed };
};

/** Of a model that is not trained, the size counts. */
const frozenSettings = async (options: WriteViewsOptions): Promise<FrozenSettings | undefined> => {
  if (options.frozen === undefined) return undefined;
  const frozen = await FrozenBackbone.open(options.frozen, options);
  await frozen.close();
  return frozen.settings;
};

const requestFor = (file: string): EncodeRequest => {
  if (/\.png$/i.test(file)) return { format: 'png' };
  if (/\.jpe?g$/i.test(file)) return { format: 'jpg', quality: 92 };
  if (/\.webp$/i.test(file)) return { format: 'webp', quality: 92 };
  throw new FramesiftError('ERR_OPTION', `${file}: expected a name that ends in .png, .jpg or .webp.`, {
    facts: { path: file },
  });
};
