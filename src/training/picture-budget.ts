// How large pictures are while they wait to be trained on, and how many of them may.
import { memoryBytes } from '../base/memory.ts';
import type { TrainingSettings } from './settings.ts';

export interface PictureBudget {
  /** Pictures are kept with a shorter side of so many pixels. */
  readonly shortSide: number;
  /** For pictures in memory. */
  readonly cacheBytes: number;
}

const MOST_CACHE_BYTES = 4 * 2 ** 30;

/** What was asked for; else sides twice as long as a view's, and a quarter of the memory, 4 GiB at most. */
export const pictureBudget = (
  options: { readonly [K in keyof PictureBudget]?: number | undefined },
  { inputSize }: TrainingSettings,
): PictureBudget => ({
  shortSide: options.shortSide ?? 2 * inputSize,
  cacheBytes: options.cacheBytes ?? Math.min(MOST_CACHE_BYTES, Math.floor(memoryBytes() / 4)),
});
