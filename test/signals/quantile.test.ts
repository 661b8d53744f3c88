import fc from 'fast-check';
import { expect, it } from 'vitest';
import { quantile } from '../../src/signals/quantile.ts';

it.each([
  [[7], 0.3, 7],
  [[1, 2], 0.5, 1.5],
  [[1, 2, 4, 8], 0.1, 1.3],
  [[1, 2, 4, 8], 0.9, 6.8],
  [[1, 2, 4, 8], 0, 1],
  [[1, 2, 4, 8], 1, 8],
])('of %o at %f is that of numpy', (sorted, share, expected) => {
  expect(quantile(sorted, share)).toBeCloseTo(expected, 12);
});

it('grows with the share, from the least value to the largest', () => {
  const values = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 20 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(values, share, share, (unsorted, a, b) => {
      const sorted = unsorted.sort((one, other) => one - other);
      const [low, high] = [quantile(sorted, Math.min(a, b)), quantile(sorted, Math.max(a, b))];
      expect(low).toBeLessThanOrEqual(high + 1e-9);
      expect(low).toBeGreaterThanOrEqual(sorted[0]!);
      expect(high).toBeLessThanOrEqual(sorted.at(-1)!);
    }),
  );
});
