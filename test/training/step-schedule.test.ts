import { describe, expect, it } from 'vitest';
import { trainingSettings } from '../../src/training/settings.ts';
import { scheduleAt, stepsOfEpoch } from '../../src/training/step-schedule.ts';

const settings = trainingSettings({
  method: 'byol',
  epochs: 20,
  learningRate: 0.8,
  encoderMomentum: 0.9,
  batchSize: 8,
});
const STEPS = 5;
const rates = Array.from({ length: 100 }, (_, step) => scheduleAt(settings, STEPS, step));

describe('the schedule of steps', () => {
  it('warms up in a straight line, to its height at the last step of the warm-up', () => {
    expect(settings.warmupEpochs).toBe(2);
    for (let step = 0; step < 10; step++)
      expect(rates[step]!.learningRate).toBeCloseTo(0.08 * (step + 1), 12);
  });

  it('goes down along half a cosine, to a thousandth', () => {
    expect(rates[10]!.learningRate).toBe(0.8);
    for (let step = 11; step < 100; step++)
      expect(rates[step]!.learningRate).toBeLessThan(rates[step - 1]!.learningRate);
    expect(rates[99]!.learningRate).toBeCloseTo(0.0008, 12);
  });

  it('lets an encoder follow more and more slowly', () => {
    expect(rates[0]!.momentum).toBeCloseTo(0.9, 12);
    for (let step = 1; step < 100; step++)
      expect(rates[step]!.momentum).toBeGreaterThan(rates[step - 1]!.momentum);
    expect(rates[99]!.momentum).toBe(1);
  });

  it('counts whole batches only', () => {
    expect([7, 8, 15, 16, 17].map((frames) => stepsOfEpoch(settings, frames))).toEqual([0, 1, 1, 2, 2]);
  });

  it('without a warm-up begins at its height', () => {
    const whole = trainingSettings({ epochs: 2, learningRate: 0.8 });
    expect(scheduleAt(whole, STEPS, 0).learningRate).toBe(0.8);
  });
});
