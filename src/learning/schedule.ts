// Numbers that change while a network learns: learning rates, and how slowly a network follows another.

import { FramesiftError } from '../base/errors.ts';
import { requireWhole } from '../base/option-checks.ts';

/**
 * From `start` at step 0 along half a cosine to `end` at step `maxSteps − 1`, where it stays (Lightly's
 * `cosine_schedule`).
 *
 * @param step whole, at least 0 @param maxSteps whole, at least 0
 * @throws ERR_OPTION
 */
export const cosineSchedule = (step: number, maxSteps: number, start: number, end: number): number => {
  requireWhole('step', step, 0);
  requireWhole('maxSteps', maxSteps, 0);
  if (step >= maxSteps - 1) return end;
  return end - ((end - start) * (Math.cos((Math.PI * step) / (maxSteps - 1)) + 1)) / 2;
};

export interface WarmupOptions {
  /** Steps in all, those of the warm-up among them. */
  readonly maxSteps: number;
  /** At most `maxSteps`. */
  readonly warmupSteps: number;
  /** Where the cosine begins. Default 1. */
  readonly start?: number | undefined;
  /** Where it ends. Default 0.001. */
  readonly end?: number | undefined;
  /** What the warm-up rises from: one step before step 0, so that no step has a rate of 0. Default 0. */
  readonly warmupStart?: number | undefined;
  /** What it reaches at its last step. Default `start`. */
  readonly warmupEnd?: number | undefined;
}

/**
 * What a learning rate is multiplied with: a straight rise in `warmupSteps`, then half a cosine down (Lightly's
 * `CosineWarmupScheduler`).
 *
 * @param step whole, at least 0
 * @throws ERR_OPTION
 */
export const cosineWarmupSchedule = (
  step: number,
  { maxSteps, warmupSteps, start = 1, end = 0.001, warmupStart = 0, warmupEnd = start }: WarmupOptions,
): number => {
  requireWhole('step', step, 0);
  requireWhole('maxSteps', maxSteps, 0);
  requireWhole('warmupSteps', warmupSteps, 0);
  if (warmupSteps > maxSteps) {
    throw new FramesiftError(
      'ERR_OPTION',
      `warmupSteps ${warmupSteps}: expected at most maxSteps, which is ${maxSteps}.`,
      { facts: { warmupSteps, maxSteps } },
    );
  }
  if (step < warmupSteps) return warmupStart + ((warmupEnd - warmupStart) * (step + 1)) / warmupSteps;
  return cosineSchedule(step - warmupSteps, maxSteps - warmupSteps, start, end);
};
