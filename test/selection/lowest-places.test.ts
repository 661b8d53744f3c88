import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { lowestPlaces } from '../../src/selection/lowest-places.ts';

it('finds where the lowest numbers stand, of equal ones the first', () => {
  const numbers = fc.array(fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constant(Infinity)), { minLength: 1 });
  void fc.assert(
    fc.property(numbers, fc.nat(), (each, wanted) => {
      const count = 1 + (wanted % each.length);
      const expected = [...each.keys()].sort((a, b) => (each[a] === each[b] ? a - b : each[a]! - each[b]!));
      expect([...lowestPlaces(Float64Array.from(each), count)]).toEqual(
        expected.slice(0, count).sort((a, b) => a - b),
      );
    }),
  );
});
