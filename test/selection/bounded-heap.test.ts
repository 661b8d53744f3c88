import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { BoundedHeap } from '../../src/selection/bounded-heap.ts';

const levels = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 40 });

it('hands out items by their bounds, of equal ones the lower first', () => {
  void fc.assert(
    fc.property(levels, (each) => {
      const heap = new BoundedHeap(Float64Array.from(each));
      const order = each.map(() => heap.pop());
      expect(order).toEqual([...each.keys()].sort((a, b) => each[b]! - each[a]! || a - b));
      expect(heap.length).toBe(0);
    }),
  );
});

it('stays in order when bounds on top are lowered', () => {
  void fc.assert(
    fc.property(levels, fc.array(fc.integer({ min: 0, max: 3 })), (each, falls) => {
      const bounds = Float64Array.from(each);
      const heap = new BoundedHeap(bounds);
      for (const fall of falls) {
        bounds[heap.top]! -= fall;
        heap.sink();
      }
      const best = Math.max(...bounds);
      expect(heap.top).toBe(bounds.indexOf(best));
      expect(each.map(() => heap.pop())).toEqual(
        [...each.keys()].sort((a, b) => bounds[b]! - bounds[a]! || a - b),
      );
    }),
  );
});

it('takes some of the items only', () => {
  const heap = new BoundedHeap(Float64Array.of(9, 1, 5), [1, 2]);
  expect([heap.pop(), heap.pop(), heap.length]).toEqual([2, 1, 0]);
});
