import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitCount } from '../../src/image/perceptual-hash.ts';
import { HashIndex } from '../../src/signals/hash-index.ts';

/** Hashes around one of them, up to so many bits away: anywhere, or in one quarter. */
const anyHashes = fc
  .tuple(
    fc.int32Array({ minLength: 2, maxLength: 2 }),
    fc.array(fc.array(fc.nat(63), { maxLength: 14 }), { maxLength: 30 }),
    fc.constantFrom(63, 15),
  )
  .map(([centre, changes, mask]) =>
    [[], ...changes].flatMap((bits) => {
      const hash = [...centre];
      for (const bit of bits) hash[(bit & mask) >> 5]! ^= 1 << (bit & mask & 31);
      return hash;
    }),
  );

describe('an index of hashes', () => {
  it('finds the first near one of those added, as a look at all of them does', () => {
    fc.assert(
      fc.property(anyHashes, fc.integer({ min: 0, max: 13 }), (hashes, limit) => {
        const halves = Int32Array.from(hashes);
        const index = new HashIndex(halves, limit);
        const added: number[] = [];
        for (let place = 0; place < halves.length / 2; place++) {
          const isNear = (other: number): boolean =>
            bitCount(halves[2 * place]! ^ halves[2 * other]!) +
              bitCount(halves[2 * place + 1]! ^ halves[2 * other + 1]!) <=
            limit;
          expect(index.first(place, isNear)).toBe(added.find(isNear));
          if (place % 3 === 2) continue;
          index.add(place);
          added.push(place);
        }
      }),
    );
  });

  it('looks into few lists where the limit is small', () => {
    const probes = (limit: number): number => new HashIndex(new Int32Array(0), limit).probes;
    // Of 16 bits none, one, or two are changed.
    expect([0, 3, 4, 7, 8, 10].map(probes)).toEqual([4, 4, 68, 68, 548, 548]);
    expect(probes(64)).toBe(4 * 65536);
  });
});
