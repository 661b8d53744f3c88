import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../../src/base/rgb-image.ts';
import { adaptiveDetector } from '../../src/signals/adaptive-detector.ts';
import { contentChange, contentDetector } from '../../src/signals/change-detector.ts';
import { cutsOf, featuresOf, plainPicture, randomFootage, sceneOf } from '../support/footage.ts';

const blend = (a: RgbImage, b: RgbImage, share: number): RgbImage => ({
  ...a,
  data: a.data.map((value, i) => Math.floor(value * (1 - share) + b.data[i]! * share)),
});

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('the adaptive detector', () => {
  it('is the rule written down, on any footage', () => {
    for (const seed of [11, 12, 13]) {
      const footage = featuresOf(randomFootage(seed, 200));
      const changes = footage.map((each, i) => (i === 0 ? 0 : contentChange(footage[i - 1]!, each)));
      const expected = range(196)
        .map((i) => i + 2)
        .filter((i) => {
          const mean = (changes[i - 2]! + changes[i - 1]! + changes[i + 1]! + changes[i + 2]!) / 4;
          const ratio = mean < 1e-5 ? 255 : Math.min(255, changes[i]! / mean);
          return changes[i]! >= 15 && ratio >= 3;
        });
      expect(expected.length).toBeGreaterThan(3);
      expect(cutsOf(adaptiveDetector({ minimumLength: { frames: 0 } }), footage)).toEqual(expected);
    }
  });

  it('wants a change of 15, and takes ratios for 255 at most', () => {
    const step = (levels: number, threshold?: number): number[] => {
      const [before, after] = [
        plainPicture([60, 60, 60]),
        plainPicture([60 + levels, 60 + levels, 60 + levels]),
      ];
      const footage = featuresOf([...new Array(20).fill(before), ...new Array(20).fill(after)]);
      return cutsOf(adaptiveDetector({ threshold }), footage);
    };
    expect(step(45)).toEqual([20]);
    expect(step(44)).toEqual([]);
    expect(step(45, 255)).toEqual([20]);
    expect(step(45, 256)).toEqual([]);
  });

  it('finds the cut in fast motion of the camera, which the content detector takes for cuts itself', () => {
    const [first, second] = [sceneOf(36), sceneOf(37)];
    const pan = featuresOf([...range(40).map((i) => first(11 * i)), ...range(40).map((i) => second(11 * i))]);
    const minimumLength = { frames: 0 };
    expect(cutsOf(contentDetector({ minimumLength }), pan).length).toBe(39);
    expect(cutsOf(adaptiveDetector({ minimumLength }), pan)).toEqual([40]);
  });

  it('sees no cuts in a strobe, nor in a flash while the camera moves', () => {
    const [scene, light] = [sceneOf(36), plainPicture([250, 250, 250])];
    const strobe = featuresOf(range(60).map((i) => (i >= 20 && i % 2 === 0 ? light : scene(0))));
    expect(cutsOf(adaptiveDetector(), strobe)).toEqual([]);
    const flash = featuresOf(range(60).map((i) => (i === 30 ? light : scene(11 * i))));
    expect(cutsOf(contentDetector({ minimumLength: { frames: 0 } }), flash)).toContain(30);
    expect(cutsOf(adaptiveDetector(), flash)).toEqual([]);
  });

  it('finds a cut that is blended over one frame once, and no long dissolve', () => {
    const [first, second] = [sceneOf(20)(0), sceneOf(21)(0)];
    const dissolve = (start: number, end: number) =>
      featuresOf(
        range(60).map((i) =>
          blend(first, second, Math.min(Math.max(i - start, 0), end - start) / (end - start)),
        ),
      );
    expect(cutsOf(adaptiveDetector(), dissolve(29, 31))).toEqual([30]);
    expect(cutsOf(adaptiveDetector(), dissolve(20, 40))).toEqual([]);
  });
});
