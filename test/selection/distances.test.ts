import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrixFromRows } from '../../src/base/matrix.ts';
import { Random } from '../../src/base/random.ts';
import { innerProduct, productError, squaredDistance, unitRows } from '../../src/selection/distances.ts';
import { thrownBy } from '../support/thrown-by.ts';

describe('rows of length 1', () => {
  it('keep their direction', () => {
    const { data } = unitRows(
      matrixFromRows([
        [3, 4],
        [0, -2],
      ]),
    );
    expect([...data]).toEqual([...Float32Array.of(0.6, 0.8, 0, -1)]);
  });

  it.each([
    [[0, 0], 'frame 1: its embedding is all zeros and has no direction. Leave it out.'],
    [[Number.NaN, 1], 'frame 1: its embedding has numbers that are not finite. Leave it out.'],
    [[1, Infinity], 'frame 1: its embedding has numbers that are not finite. Leave it out.'],
  ])('cannot be made of %j', (row, message) => {
    const rows = matrixFromRows([[1, 1], row]);
    expect(thrownBy(() => unitRows(rows, (i) => `frame ${i}`))).toEqual({ code: 'ERR_EMBEDDINGS', message });
  });
});

describe('distances and products', () => {
  it('are sums over columns, whatever their number', () => {
    void fc.assert(
      fc.property(fc.integer({ min: 1, max: 19 }), fc.nat(), (columns, seed) => {
        const random = new Random(seed);
        const rows = matrixFromRows(
          [0, 1, 2].map(() => Array.from({ length: columns }, () => random.normal())),
        );
        const at = (row: number, i: number): number => rows.data[row * columns + i]!;
        let [square, product] = [0, 0];
        for (let i = 0; i < columns; i++) {
          square += (at(1, i) - at(2, i)) ** 2;
          product += at(1, i) * at(2, i);
        }
        expect(squaredDistance(rows, 1, 2)).toBeCloseTo(square, 10);
        expect(squaredDistance(rows, 2, 1)).toBe(squaredDistance(rows, 1, 2));
        expect(innerProduct(rows, 1, 2)).toBeCloseTo(product, 10);
      }),
    );
  });

  it('in float32 are off by no more than the bound, in any order', () => {
    void fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.nat(), (columns, seed) => {
        const random = new Random(seed);
        const rows = unitRows(
          matrixFromRows([0, 1].map(() => Array.from({ length: columns }, () => random.normal()))),
        );
        let forward = 0;
        for (let i = 0; i < columns; i++)
          forward = Math.fround(forward + Math.fround(rows.data[i]! * rows.data[columns + i]!));
        expect(Math.abs(forward - innerProduct(rows, 0, 1))).toBeLessThanOrEqual(productError(columns, 1));
      }),
    );
  });
});
