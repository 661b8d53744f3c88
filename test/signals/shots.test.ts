import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createShotDetector,
  framesOfShots,
  type Shot,
  type ShotDetectorName,
  shotsBetween,
} from '../../src/signals/shots.ts';

const anyShot = fc
  .tuple(fc.nat(1000), fc.integer({ min: 1, max: 100 }))
  .map(([start, length]): Shot => ({ start, end: start + length }));

describe('shots', () => {
  it('lie between cuts', () => {
    expect(shotsBetween([7, 20], 0, 50)).toEqual([
      { start: 0, end: 7 },
      { start: 7, end: 20 },
      { start: 20, end: 50 },
    ]);
    expect(shotsBetween([], 5, 9)).toEqual([{ start: 5, end: 9 }]);
    expect(shotsBetween([], 0, 0)).toEqual([]);
  });

  it('cover the frames from the first to the last without gap or overlap', () => {
    const anyCuts = fc.uniqueArray(fc.integer({ min: 1, max: 99 })).map((cuts) => cuts.sort((a, b) => a - b));
    fc.assert(
      fc.property(anyCuts, (cuts) => {
        const frames = shotsBetween(cuts, 0, 100).flatMap(({ start, end }) =>
          Array.from({ length: end - start }, (_, i) => start + i),
        );
        expect(frames).toEqual([...new Array(100).keys()]);
      }),
    );
  });
});

describe('frames of shots', () => {
  it.each([
    [{ start: 0, end: 7 }, 1, 1, [3]],
    [{ start: 10, end: 20 }, 1, 1, [15]],
    [{ start: 10, end: 11 }, 1, 1, [10]],
    [{ start: 0, end: 100 }, 3, 1, [1, 50, 98]],
    [{ start: 0, end: 100 }, 3, 0, [0, 50, 99]],
    [{ start: 0, end: 100 }, 2, 10, [10, 89]],
    [{ start: 5, end: 10 }, 9, 1, [6, 7, 8]],
    [{ start: 5, end: 8 }, 3, 1, [6]],
    [{ start: 5, end: 7 }, 3, 1, [6]],
    [{ start: 5, end: 9 }, 3, 50, [7]],
  ])('of %o, %i of them, margin %i', (shot, perShot, marginFrames, expected) => {
    expect(framesOfShots([shot], { perShot, marginFrames })).toEqual(expected);
  });

  it('are one for each shot, its middle, unless said otherwise', () => {
    expect(framesOfShots(shotsBetween([7, 20], 0, 50))).toEqual([3, 13, 35]);
    expect(framesOfShots([])).toEqual([]);
  });

  it('are at most so many, at least one, ascending, and not in the margin unless the shot is all margin', () => {
    fc.assert(
      fc.property(anyShot, fc.integer({ min: 1, max: 20 }), fc.nat(5), (shot, perShot, marginFrames) => {
        const frames = framesOfShots([shot], { perShot, marginFrames });
        const inner = Math.max(1, shot.end - shot.start - 2 * marginFrames);
        expect(frames).toHaveLength(Math.min(perShot, inner));
        expect(frames).toEqual([...new Set(frames)].sort((a, b) => a - b));
        const margin = shot.end - shot.start > 2 * marginFrames ? marginFrames : 0;
        for (const frame of frames) {
          expect(frame).toBeGreaterThanOrEqual(shot.start + margin);
          expect(frame).toBeLessThan(shot.end - margin);
        }
      }),
    );
  });

  it('are evenly spread: gaps differ by one at most', () => {
    fc.assert(
      fc.property(anyShot, fc.integer({ min: 2, max: 20 }), (shot, perShot) => {
        const frames = framesOfShots([shot], { perShot });
        const gaps = frames.slice(1).map((frame, i) => frame - frames[i]!);
        if (gaps.length > 0) expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

it('a detector that there is none of is refused by name', () => {
  expect(() => createShotDetector('motion' as ShotDetectorName)).toThrow(
    'there is no shot detector "motion". Choose one of adaptive, content, hash, histogram, fade.',
  );
});
