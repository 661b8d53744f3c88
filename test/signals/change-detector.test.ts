import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contentChange,
  contentDetector,
  hashChange,
  hashDetector,
  histogramChange,
  histogramDetector,
} from '../../src/signals/change-detector.ts';
import { type FrameFeatures, frameFeatures } from '../../src/signals/frame-features.ts';
import { cutsOf, featuresOf, pictureOf, plainPicture, sceneOf } from '../support/footage.ts';

const anyPicture = fc
  .uint8Array({ minLength: 3 * 48, maxLength: 3 * 48 })
  .map((data) => frameFeatures({ width: 8, height: 6, data }));

const withHistogram = (counts: readonly number[]): FrameFeatures => ({
  ...frameFeatures(plainPicture([0, 0, 0])),
  lumaHistogram: Uint32Array.from({ length: 128 }, (_, bin) => counts[bin] ?? 0),
});

/** Pearson's correlation, as it is written down. */
const correlation = (a: readonly number[], b: readonly number[]): number => {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, each) => sum + each, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const covariance = mean(a.map((each, i) => (each - meanA) * (b[i]! - meanB)));
  const [varianceA, varianceB] = [
    mean(a.map((each) => (each - meanA) ** 2)),
    mean(b.map((each) => (each - meanB) ** 2)),
  ];
  return covariance / Math.sqrt(varianceA * varianceB);
};

describe('change of content', () => {
  it('is the mean over hue, saturation and value', () => {
    const [red, dark] = [plainPicture([255, 0, 0]), plainPicture([0, 100, 50])].map(frameFeatures);
    // Hue 0 → 75, saturation 255 → 255, value 255 → 100.
    expect(contentChange(red!, dark!)).toBe((75 + 0 + 155) / 3);
  });

  it('takes hue for a number, not for a circle', () => {
    const [red, alsoRed] = [plainPicture([255, 0, 0]), plainPicture([255, 0, 8])].map(frameFeatures);
    expect(contentChange(red!, alsoRed!)).toBe(179 / 3);
  });

  it('is the double loop, 0 to itself, and the same both ways', () => {
    fc.assert(
      fc.property(anyPicture, anyPicture, (a, b) => {
        let sum = 0;
        for (const plane of ['hue', 'saturation', 'value'] as const)
          for (let i = 0; i < 48; i++) sum += Math.abs(a[plane][i]! - b[plane][i]!);
        expect(contentChange(a, b)).toBeCloseTo(sum / 48 / 3, 10);
        expect(contentChange(b, a)).toBe(contentChange(a, b));
        expect(contentChange(a, a)).toBe(0);
      }),
    );
  });
});

describe('change of the hash', () => {
  it('is the share of bits', () => {
    const black = frameFeatures(plainPicture([0, 0, 0]));
    expect(hashChange({ ...black, hash: 'f0f0000000000001' }, black)).toBe(9 / 64);
  });
});

describe('change of the histogram', () => {
  it('is 1 less the correlation', () => {
    fc.assert(
      fc.property(anyPicture, anyPicture, (a, b) => {
        const expected = 1 - correlation([...a.lumaHistogram], [...b.lumaHistogram]);
        expect(histogramChange(a, b)).toBeCloseTo(expected, 9);
        expect(histogramChange(a, a)).toBe(0);
      }),
    );
  });

  it('is just above 1 between plain pictures, and 0 where a histogram is level', () => {
    expect(histogramChange(withHistogram([9]), withHistogram([0, 9]))).toBeCloseTo(1 + 1 / 127, 12);
    expect(histogramChange(withHistogram(new Array(128).fill(3)), withHistogram([384]))).toBe(0);
  });
});

describe.each([
  ['content', contentDetector, 27],
  ['hash', hashDetector, 0.35],
  ['histogram', histogramDetector, 0.2],
] as const)('the %s detector', (name, create, threshold) => {
  const change = { content: contentChange, hash: hashChange, histogram: histogramChange }[name];
  const scene = sceneOf(1);
  const frames = [0, 1, 2, 9, 30, 31].map((pan) => frameFeatures(scene(pan)));
  const changes = frames.slice(1).map((after, i) => change(frames[i]!, after));

  it('cuts where the change reaches the threshold, and nowhere below', () => {
    const least = changes[3]!;
    const expected = changes.flatMap((each, i) => (each >= least ? [i + 1] : []));
    const minimumLength = { frames: 0 };
    expect(cutsOf(create({ threshold: least, minimumLength }), frames)).toEqual(expected);
    expect(cutsOf(create({ threshold: least + 1e-9, minimumLength }), frames)).not.toContain(4);
  });

  it(`has the threshold ${threshold} unless said otherwise`, () => {
    const footage = featuresOf([1, 2, 3, 4].flatMap((seed) => [0, 2, 5, 9, 14, 20].map(sceneOf(seed))));
    const minimumLength = { frames: 0 };
    const expected = footage.flatMap((after, i) =>
      i > 0 && change(footage[i - 1]!, after) >= threshold ? [i] : [],
    );
    expect(expected.length).toBeGreaterThan(2);
    expect(cutsOf(create({ minimumLength }), footage)).toEqual(expected);
  });
});

it('the content detector makes one cut of a strobe, where PySceneDetect makes it', () => {
  const [light, dark] = [plainPicture([230, 230, 230]), plainPicture([20, 30, 40])];
  const strobe = Array.from({ length: 31 }, (_, i) => (i % 2 === 0 ? light : dark));
  const footage = featuresOf([...new Array(20).fill(dark), ...strobe, ...new Array(40).fill(light)]);
  expect(cutsOf(contentDetector(), footage)).toEqual([20, 50]);
});

it('the hash sees moved things and not light, the histogram light and not moved things', () => {
  const halves = (left: number, right: number) =>
    pictureOf(64, 36, (x) => new Array(3).fill(x < 32 ? left : right) as [number, number, number]);
  const moved = featuresOf([halves(40, 200), halves(200, 40)]);
  const lit = featuresOf([halves(40, 200), halves(60, 220)]);
  const minimumLength = { frames: 0 };
  expect(cutsOf(histogramDetector({ minimumLength }), moved)).toEqual([]);
  expect(cutsOf(hashDetector({ minimumLength }), lit)).toEqual([]);
  expect(cutsOf(histogramDetector({ minimumLength }), lit)).toEqual([1]);
});
