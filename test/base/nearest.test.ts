import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearest } from '../../src/base/nearest.ts';

/** The textbook table, every cell filled. */
const naiveDistance = (a: string, b: string): number => {
  const table = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      table[i]![j] = Math.min(table[i - 1]![j]! + 1, table[i]![j - 1]! + 1, table[i - 1]![j - 1]! + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        table[i]![j] = Math.min(table[i]![j]!, table[i - 2]![j - 2]! + 1);
      }
    }
  }
  return table[a.length]![b.length]!;
};

const naiveNearest = (
  word: string,
  candidates: readonly string[],
  maxDistance: number,
): string | undefined => {
  let best: string | undefined;
  for (const candidate of candidates) {
    const distance = naiveDistance(word, candidate);
    if (distance <= maxDistance && (best === undefined || distance < naiveDistance(word, best)))
      best = candidate;
  }
  return best;
};

describe('nearest', () => {
  test.each([
    ['frmaes', ['format', 'frames', 'fps'], 'frames'],
    ['frame', ['format', 'frames', 'fps'], 'frames'],
    ['fraames', ['format', 'frames', 'fps'], 'frames'],
    ['FRAMES', ['format', 'frames', 'fps'], 'frames'],
    ['filenames', ['file_names', 'filename', 'names'], 'file_names'],
    ['a', ['b', 'c'], undefined],
    ['ab', ['ba'], 'ba'],
    ['quality', ['format', 'frames', 'fps'], undefined],
    ['clip', [], undefined],
    ['', ['a'], undefined],
    ['jos\u00e9.mp4', ['JOSE\u0301.mp4'], 'JOSE\u0301.mp4'],
  ])('%j among %j is %j', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  test('of equally near candidates the first wins, and an exact one beats all', () => {
    expect(nearest('clip-1', ['clip-2', 'clip-3'])).toBe('clip-2');
    expect(nearest('clip-1', ['clip-2', 'clip-1'])).toBe('clip-1');
  });

  test('the bound is inclusive', () => {
    expect(nearest('abcd', ['abxy'], 2)).toBe('abxy');
    expect(nearest('abcd', ['abxy'], 1)).toBeUndefined();
    expect(nearest('abcd', ['ABCD'], 0)).toBe('ABCD');
  });

  test('agrees with the full table', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 9 });
    fc.assert(
      fc.property(word, fc.array(word, { maxLength: 6 }), fc.nat(6), (wanted, candidates, maxDistance) => {
        expect(nearest(wanted, candidates, maxDistance)).toBe(naiveNearest(wanted, candidates, maxDistance));
      }),
      { numRuns: 2000 },
    );
  });

  test('finds one name among 50 000', () => {
    const names = Array.from(
      { length: 50_000 },
      (_, i) => `day${i % 7}/clip-${String(i).padStart(6, '0')}-mp4.png`,
    );
    expect(nearest('day1/clpi-012349-mp4.png', names)).toBe('day1/clip-012349-mp4.png');
  });
});
