import fc from 'fast-check';
import { expect, it } from 'vitest';
import { resizeByArea } from '../../src/image/area-resize.ts';
import type { LumaPlane } from '../../src/image/luma.ts';
import { anyPlane, planeOf } from '../support/planes.ts';

/** For each pixel, all of the source with the share that it covers of them. */
const naive = (plane: LumaPlane, width: number, height: number): number[] => {
  const overlap = (source: number, target: number, from: number, to: number): number =>
    Math.max(0, Math.min((source + 1) / from, (target + 1) / to) - Math.max(source / from, target / to)) * to;
  return Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return plane.data.reduce((sum, luma, place) => {
      const [column, row] = [place % plane.width, Math.floor(place / plane.width)];
      return sum + luma * overlap(column, x, plane.width, width) * overlap(row, y, plane.height, height);
    }, 0);
  });
};

it('averages blocks', () => {
  const plane = planeOf(4, 2, (x, y) => 10 * y + x);
  expect(resizeByArea(plane, 2, 1)).toEqual(Float64Array.of(5.5, 7.5));
});

it('weighs what is covered in part', () => {
  const plane = { width: 3, height: 1, data: Uint8Array.of(30, 60, 90) };
  expect([...resizeByArea(plane, 2, 1)]).toEqual([expect.closeTo(40, 12), expect.closeTo(80, 12)]);
});

it('repeats pixels where the picture grows by a whole factor', () => {
  const plane = { width: 2, height: 1, data: Uint8Array.of(7, 9) };
  expect(resizeByArea(plane, 4, 2)).toEqual(Float64Array.of(7, 7, 9, 9, 7, 7, 9, 9));
});

it('is the mean of what is covered, for any two sizes', () => {
  const side = fc.integer({ min: 1, max: 15 });
  fc.assert(
    fc.property(anyPlane, side, side, (plane, width, height) => {
      const found = [...resizeByArea(plane, width, height)];
      expect(found).toEqual(naive(plane, width, height).map((mean) => expect.closeTo(mean, 9)));
    }),
  );
});
