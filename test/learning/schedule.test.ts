import { describe, expect, it } from 'vitest';
import { cosineSchedule, cosineWarmupSchedule } from '../../src/learning/schedule.ts';
import { thrownBy } from '../support/thrown-by.ts';
import { golden } from './golden.ts';

it.each(golden.schedules.map((each, i) => [i, each.name, each] as const))(
  'values are those of Lightly: case %i, %s',
  (_, __, each) => {
    expect(each.values.length).toBeGreaterThan(0);
    for (const [step, value] of each.values.entries()) {
      const actual =
        each.name === 'cosineSchedule'
          ? cosineSchedule(step, ...each.arguments)
          : cosineWarmupSchedule(step, ...each.arguments);
      expect(actual).toBeCloseTo(value, 14);
    }
  },
);

describe('a schedule', () => {
  it('begins and ends where it is told to, and stays there', () => {
    expect(cosineSchedule(0, 100, 0.996, 1)).toBeCloseTo(0.996, 15);
    expect([99, 100, 1000].map((step) => cosineSchedule(step, 100, 0.996, 1))).toEqual([1, 1, 1]);
  });

  it('warms up from its first step on', () => {
    const rates = [0, 1, 2, 3, 4, 9].map((step) =>
      cosineWarmupSchedule(step, { maxSteps: 10, warmupSteps: 4, end: 0 }),
    );
    expect(rates).toEqual([0.25, 0.5, 0.75, 1, 1, 0]);
  });

  it.each([
    [() => cosineSchedule(-1, 10, 0, 1), 'step -1: expected a whole number of at least 0.'],
    [() => cosineSchedule(1, -10, 0, 1), 'maxSteps -10: expected a whole number of at least 0.'],
    [() => cosineSchedule(0.5, 10, 0, 1), 'step 0.5: expected a whole number of at least 0.'],
    [
      () => cosineWarmupSchedule(0, { maxSteps: 10, warmupSteps: -1 }),
      'warmupSteps -1: expected a whole number of at least 0.',
    ],
    [
      () => cosineWarmupSchedule(0, { maxSteps: 10, warmupSteps: 11 }),
      'warmupSteps 11: expected at most maxSteps, which is 10.',
    ],
  ])('refuses steps that are none: %#', (call, message) => {
    expect(thrownBy(call)).toEqual({ code: 'ERR_OPTION', message });
  });
});
