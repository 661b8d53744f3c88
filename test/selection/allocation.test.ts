import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate } from '../../src/selection/allocation.ts';

describe('allocation', () => {
  it.each([
    ['uniform', 10, [100, 100, 100], [4, 3, 3]],
    ['uniform', 10, [100, 1, 100], [5, 1, 4]],
    ['proportional', 10, [50, 30, 20], [5, 3, 2]],
    ['proportional', 7, [50, 30, 20], [4, 2, 1]],
    ['sqrt', 6, [100, 25, 0], [4, 2, 0]],
    ['sqrt', 0, [1, 2], [0, 0]],
    ['uniform', 9, [1, 2], [1, 2]],
  ] as const)('%s: %i among %j', (rule, count, sizes, expected) => {
    expect(allocate(count, sizes, sizes, rule)).toEqual(expected);
  });

  it('gives out all there is room for, and is never off its share by one or more', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 8 });
    const rules = fc.constantFrom('uniform', 'proportional', 'sqrt' as const);
    void fc.assert(
      fc.property(fc.nat({ max: 200 }), sizes, fc.nat({ max: 60 }), rules, (count, each, most, rule) => {
        const room = each.map((size) => Math.min(size, most));
        const total = room.reduce((sum, size) => sum + size, 0);
        const quotas = allocate(count, each, room, rule);
        expect(quotas.reduce((sum, quota) => sum + quota, 0)).toBe(Math.min(count, total));
        for (const [video, quota] of quotas.entries()) expect(quota >= 0 && quota <= room[video]!).toBe(true);
        const all = each.reduce((sum, size) => sum + size, 0);
        if (all === 0) return;
        const shares = each.map((size) => (count * size) / all);
        if (rule !== 'proportional' || shares.some((share, video) => share > room[video]! - 1)) return;
        for (const [video, quota] of quotas.entries())
          expect(Math.abs(quota - shares[video]!)).toBeLessThan(1);
      }),
    );
  });
});
