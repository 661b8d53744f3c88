import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosineTransform, hexOfBits } from '../../src/image/cosine-transform.ts';

describe('the cosine transform', () => {
  it('is the four nested loops', () => {
    const values = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 25, maxLength: 25 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 5 }), (square, kept) => {
        const expected = Array.from({ length: kept * kept }, (_, i) => {
          const [u, v] = [i % kept, Math.floor(i / kept)];
          return square.reduce((sum, value, place) => {
            const across = Math.cos((Math.PI * u * (2 * (place % 5) + 1)) / 10);
            return sum + value * across * Math.cos((Math.PI * v * (2 * Math.floor(place / 5) + 1)) / 10);
          }, 0);
        });
        const found = [...cosineTransform(5, kept)(Float64Array.from(square))];
        expect(found).toHaveLength(expected.length);
        for (const [i, value] of found.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(6e-4);
      }),
    );
  });

  it('of equal values is exactly nothing but the first', () => {
    const [first, ...rest] = cosineTransform(7, 4)(new Float64Array(49).fill(0.3));
    expect(first).toBeCloseTo(49 * 0.3, 3);
    expect(rest.map(Math.abs)).toEqual(new Array(15).fill(0));
  });
});

it('bits are digits, the first bit first', () => {
  const bits = [...'0001101011110000'].map((bit) => bit === '1');
  expect(hexOfBits(bits)).toBe('1af0');
  expect(hexOfBits([])).toBe('');
});
