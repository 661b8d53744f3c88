/** Frames to train on, and what a supply makes of them. */
import { createHash } from 'node:crypto';
import type { EpochOrder } from '../../src/dataset/epoch-order.ts';
import { FrameSupply, type FrameSupplyOptions, type Supplied } from '../../src/dataset/frame-supply.ts';
import { indexTrainingFrames, type TrainingFramesOptions } from '../../src/dataset/index-training-frames.ts';
import { openSource } from '../../src/dataset/source.ts';
import {
  frameOfSample,
  type TrainingFile,
  type TrainingFrames,
  trainingFramesOf,
} from '../../src/dataset/training-frames.ts';
import { type RgbImage, readBlockCode } from './block-code.ts';
import { range } from './streams.ts';

/** All frames of a folder, indexed by two workers. */
export const framesIn = async (root: string, options: TrainingFramesOptions = {}): Promise<TrainingFrames> =>
  indexTrainingFrames(await openSource(root), { jobs: 2, ...options });

/** A list of files that exist nowhere, of so many frames each, with a key every so many. */
export const madeUpFrames = (frameCounts: readonly number[], keysApart = 1): TrainingFrames => {
  const files = frameCounts.map((count, label): TrainingFile => {
    const starts = Uint32Array.from(range(0, Math.ceil(count / keysApart)), (key) => key * keysApart);
    const shown = { width: 64, height: 48 };
    const frames = Uint32Array.from(range(0, count));
    return { file: `${label}.mp4`, label, contentKey: '', frames, starts, shown, nameOf: String };
  });
  const source = { root: '', kind: 'videos', files: files.map(({ file }) => file), problems: [] } as const;
  return trainingFramesOf(source, files, []);
};

/** Takes so many positions, all when left out, and hands out each before the next is asked for. */
export const take = async (
  supply: FrameSupply,
  orders: Iterable<EpochOrder>,
  options: {
    readonly from?: number;
    readonly count?: number;
    readonly onFrame?: (frame: Supplied) => unknown;
  } = {},
): Promise<Taken[]> => {
  const { from = 0, count = Number.POSITIVE_INFINITY, onFrame } = options;
  const taken: Taken[] = [];
  if (count === 0) return taken;
  for await (const frame of supply.deliver(orders, from)) {
    await onFrame?.(frame);
    taken.push(described(supply.frames, frame));
    if (taken.length === count) break;
  }
  return taken;
};

/** What a test looks at of one position. */
export interface Taken {
  readonly epoch: number;
  readonly position: number;
  readonly sample: number;
  readonly name: string;
  /** The number that the picture shows, or the code of the error. */
  readonly shows: number | string | null;
  /** Size and pixels, or the error's message. */
  readonly what: string;
  readonly partner?: Pick<Taken, 'sample' | 'name' | 'shows' | 'what'>;
}

const described = (frames: TrainingFrames, { epoch, position, partner, ...frame }: Supplied): Taken => {
  const lookAt = ({ sample, image, failure }: Omit<Supplied, 'epoch' | 'position' | 'partner'>) => ({
    sample,
    name: failure?.item ?? frameOfSample(frames, sample).name,
    shows: image === undefined ? failure!.error.code : readBlockCode(image),
    what: image === undefined ? failure!.error.message : fingerprintOf(image),
  });
  const taken = { epoch, position, ...lookAt(frame as Supplied) };
  return partner === undefined ? taken : { ...taken, partner: lookAt(partner as Supplied) };
};

const fingerprintOf = ({ width, height, data }: RgbImage): string =>
  `${width}×${height} ${createHash('sha1').update(data).digest('hex')}`;

/** Takes from a supply of its own. */
export const supplied = async (
  frames: TrainingFrames,
  orders: Iterable<EpochOrder>,
  options: Partial<FrameSupplyOptions> = {},
  taking: Parameters<typeof take>[2] = {},
): Promise<{ readonly taken: Taken[]; readonly stats: FrameSupply['stats'] }> => {
  using supply = new FrameSupply(frames, { jobs: 2, shortSide: 48, cacheBytes: 1 << 30, ...options });
  const taken = await take(supply, orders, taking);
  return { taken, stats: supply.stats };
};
