import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LumaPlane } from '../../src/image/luma.ts';
import { uniformRowRatio } from '../../src/image/uniform-row-ratio.ts';
import { anyPlane, detailed, planeOf } from '../support/planes.ts';

/** By its definition: every product of the kernel, where it fits. */
const naive = ({ width, height, data }: LumaPlane): number => {
  if (width < 3 || height < 3) return 0;
  const rows = Array.from({ length: height - 2 }, (_, row) =>
    Array.from({ length: width - 2 }, (_, column) => {
      let sum = 0;
      for (let y = 0; y < 3; y++)
        for (let x = 0; x < 3; x++)
          sum += (x === 1 && y === 1 ? 8 : -1) * data[(row + y) * width + column + x]!;
      return Math.abs(sum) < 5;
    }),
  );
  const uniform = rows.filter((row) => row.filter((isUniform) => isUniform).length / row.length > 0.97);
  return uniform.length / rows.length;
};

describe('the share of uniform rows', () => {
  it('is 1 of a plain picture, and 0 of a detailed one', () => {
    expect(uniformRowRatio(planeOf(40, 30, () => 90))).toBe(1);
    expect(uniformRowRatio(detailed(40, 30))).toBe(0);
  });

  it('is what a picture has lost at the bottom, without the rows at the edges', () => {
    // Rows 12 to 31 are grey. Row 12 borders on detail, row 31 is the edge.
    const detail = detailed(64, 32).data;
    const cut = planeOf(64, 32, (_x, y, i) => (y < 12 ? detail[i]! : 128));
    expect(uniformRowRatio(cut)).toBe(18 / 30);
  });

  it('is nearly as large where rows are repeated downwards', () => {
    const smeared = planeOf(64, 32, (x, y) => (y < 12 ? (x * y * 7) % 256 : 3 * x));
    expect(uniformRowRatio(smeared)).toBe(18 / 30);
  });

  it('forgives 3 of 100 pixels in a row, but not more', () => {
    // A dot takes three pixels of the row, and of both its neighbours; the row has 100 that count.
    const dotted = (dots: number) =>
      planeOf(102, 5, (x, y) => (y === 2 && x % 5 === 3 && x < 5 * dots ? 200 : 100));
    expect(uniformRowRatio(dotted(0))).toBe(1);
    expect(uniformRowRatio(dotted(1))).toBe(0);
    const wide = planeOf(302, 5, (x, y) => (y === 2 && x === 50 ? 200 : 100));
    expect(uniformRowRatio(wide)).toBe(1);
  });

  it('takes a Laplacian of 4 for none, and of 5 for detail', () => {
    const corner = (level: number) => planeOf(3, 3, (x, y) => (x + y === 0 ? level : 100));
    expect(uniformRowRatio(corner(104))).toBe(1);
    expect(uniformRowRatio(corner(96))).toBe(1);
    expect(uniformRowRatio(corner(105))).toBe(0);
    expect(uniformRowRatio(corner(95))).toBe(0);
  });

  it('is as by its definition for any picture', () => {
    const quiet = anyPlane.map((plane) => ({ ...plane, data: plane.data.map((luma) => luma >> 6) }));
    fc.assert(
      fc.property(fc.oneof(anyPlane, quiet), (plane) => {
        expect(uniformRowRatio(plane)).toBe(naive(plane));
      }),
    );
  });

  it('is measured on at most 400 rows', () => {
    const detail = detailed(60, 400).data;
    const low = planeOf(60, 400, (_x, y, i) => (y < 100 ? detail[i]! : 128));
    const high = planeOf(120, 800, (x, y) => low.data[(y >> 1) * 60 + (x >> 1)]!);
    expect(uniformRowRatio(low)).toBe(298 / 398);
    expect(uniformRowRatio(high)).toBe(uniformRowRatio(low));
    // Three pixels stay of each row, so that there is something to measure.
    expect(uniformRowRatio(planeOf(4, 4000, (_x, y) => (Math.floor(y / 10) % 2) * 200))).toBe(0);
  });
});
