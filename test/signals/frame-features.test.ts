import { describe, expect, it } from 'vitest';
import { lumaOf } from '../../src/image/luma.ts';
import { frameFeatures } from '../../src/signals/frame-features.ts';
import { hsvOf } from '../../src/signals/hsv.ts';
import { shotHash } from '../../src/signals/shot-hash.ts';
import { pictureOf, sceneOf } from '../support/footage.ts';

describe('the features of a frame', () => {
  it('are counted and averaged over all pixels', () => {
    const image = pictureOf(
      3,
      1,
      (x) => [[255, 0, 0] as const, [0, 255, 0] as const, [7, 7, 7] as const][x]!,
    );
    const { brightness, lumaHistogram, ...rest } = frameFeatures(image);
    expect(brightness).toBe((255 + 255 + 21) / 9);
    // Luma 76, 150 and 7.
    const bins = [...lumaHistogram.entries()].filter(([, count]) => count > 0);
    expect(lumaHistogram).toHaveLength(128);
    expect(bins).toEqual([
      [3, 1],
      [38, 1],
      [75, 1],
    ]);
    expect(rest).toEqual({ ...hsvOf(image), hash: shotHash(lumaOf(image)) });
  });

  it.each([
    ['wide', 1024, 576, 256, 144],
    ['flat', 900, 301, 256, 86],
    ['upright', 300, 900, 85, 256],
    ['narrow', 2000, 3, 256, 1],
    ['just as large', 256, 200, 256, 200],
    ['small', 64, 36, 64, 36],
  ])('of a %s picture of %i × %i are those of %i × %i pixels', (_, width, height, across, down) => {
    const { hue, lumaHistogram } = frameFeatures(pictureOf(width, height, (x) => [x % 256, 0, 0]));
    expect(hue).toHaveLength(across * down);
    expect(lumaHistogram.reduce((sum, count) => sum + count)).toBe(across * down);
  });

  it('of a large picture are those of its mean', () => {
    const small = sceneOf(5, 256, 144)(0);
    const large = pictureOf(1024, 576, (x, y) => {
      const from = 3 * ((y >> 2) * 256 + (x >> 2));
      return [small.data[from]!, small.data[from + 1]!, small.data[from + 2]!];
    });
    expect(frameFeatures(large)).toEqual(frameFeatures(small));
  });
});
