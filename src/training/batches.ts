// Batches of views, made while the step before is computed.
import type { ViewPool } from '../augment/view-pool.ts';
import type { Failure } from '../base/outcome.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { type EpochWindows, epochOrder } from '../dataset/epoch-order.ts';
import type { FrameSupply, Supplied } from '../dataset/frame-supply.ts';
import type { FrozenBackbone } from './frozen-backbone.ts';
import type { TrainingSettings } from './settings.ts';

/** What one step sees. */
export interface Batch {
  /** As `TrainingGraph.viewsShape` says. */
  readonly views: Uint8Array | Float32Array;
  /** From 0. */
  readonly epoch: number;
  /** Where the next batch of the epoch begins, in its order. */
  readonly nextPosition: number;
}

export interface BatchesOptions {
  readonly settings: TrainingSettings;
  readonly windows: EpochWindows;
  readonly supply: FrameSupply;
  readonly pool: ViewPool;
  /** Makes features of pictures, where a network that is not trained goes before. */
  readonly frozen: FrozenBackbone | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A frame that cannot be had: it is passed over. */
  readonly onFailure: (failure: Failure) => void;
}

/** Batches that are made ahead of the step that takes them. */
const AHEAD = 2;

/** A picture, and the one that its second view is of. */
interface Sample {
  readonly sample: number;
  readonly image: RgbImage;
  readonly partner: RgbImage;
}

/**
 * Batches from a place on to the end of the last epoch. What is left of an epoch when no batch can be filled is passed over
 * (Lightly's `drop_last`).
 *
 * @param epoch from 0 @param position in its order
 */
export async function* batchesFrom(
  epoch: number,
  position: number,
  options: BatchesOptions,
): AsyncGenerator<Batch, void> {
  const { settings, windows, supply } = options;
  const { seed, epochs, neighbourFrames, batchSize } = settings;
  const order = (each: number) =>
    epochOrder(supply.frames, { ...windows, seed, epoch: each, neighbourFrames });
  const orders = function* () {
    for (let each = epoch; each < epochs; each++) yield order(each);
  };
  const ahead: Promise<Batch>[] = [];
  let batch: Sample[] = [];
  let batchEpoch = epoch;
  try {
    for await (const supplied of supply.deliver(orders(), position)) {
      if (supplied.epoch !== batchEpoch) [batch, batchEpoch] = [[], supplied.epoch];
      const sample = sampleOf(supplied, options.onFailure);
      if (sample === undefined) continue;
      batch.push(sample);
      if (batch.length < batchSize) continue;
      const made = makeBatch(batch, supplied, options);
      // It is waited for below; until then nobody hears of an error.
      made.catch(() => undefined);
      ahead.push(made);
      batch = [];
      if (ahead.length > AHEAD) yield await ahead.shift()!;
    }
    for (const made of ahead) yield await made;
  } finally {
    await Promise.allSettled(ahead);
  }
}

/** Both pictures, or undefined where one is missing. */
const sampleOf = (
  { sample, image, failure, partner }: Supplied,
  onFailure: (failure: Failure) => void,
): Sample | undefined => {
  if (failure !== undefined) onFailure(failure);
  // Without its neighbour a frame is its own.
  const other = partner?.image ?? image;
  return image === undefined || other === undefined ? undefined : { sample, image, partner: other };
};

const makeBatch = async (
  samples: readonly Sample[],
  { epoch, position }: Supplied,
  { pool, frozen, settings, signal }: BatchesOptions,
): Promise<Batch> => {
  const { groups, failed } = await pool.views(
    samples.map(({ image }) => image),
    {
      seed: settings.seed,
      epoch,
      samples: samples.map(({ sample }) => sample),
      partners: samples.map(({ partner }) => partner),
      signal,
    },
  );
  // Pictures come from our own decoder.
  if (failed.length > 0) throw failed[0]!.error;
  const views = groups[0]!.data;
  const seen = frozen === undefined ? views : await frozen.features(views);
  return { views: seen, epoch, nextPosition: position + 1 };
};
