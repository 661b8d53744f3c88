import { cosineSchedule, cosineWarmupSchedule } from '../learning/schedule.ts';
import type { TrainingSettings } from './settings.ts';

/** Numbers that change from step to step. */
export interface StepSchedule {
  readonly learningRate: number;
  /** Of an encoder that follows. */
  readonly momentum: number;
}

/** What is left over when no batch can be filled is passed over. */
export const stepsOfEpoch = ({ batchSize }: TrainingSettings, frames: number): number =>
  Math.floor(frames / batchSize);

/** @param step from 0 */
export const scheduleAt = (
  { optimizer, warmupEpochs, epochs, encoderMomentum }: TrainingSettings,
  stepsPerEpoch: number,
  step: number,
): StepSchedule => {
  const maxSteps = epochs * stepsPerEpoch;
  const warmupSteps = warmupEpochs * stepsPerEpoch;
  return {
    learningRate: optimizer.learningRate * cosineWarmupSchedule(step, { maxSteps, warmupSteps }),
    momentum: cosineSchedule(step, maxSteps, encoderMomentum, 1),
  };
};
