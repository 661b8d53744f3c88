import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { viewRecipe } from '../../src/augment/recipe.ts';
import { viewSeed } from '../../src/augment/view-seed.ts';
import { seededViews, viewsOf } from '../../src/augment/views.ts';
import { Random } from '../../src/base/random.ts';
import type { RgbImage } from '../../src/base/rgb-image.ts';
import { thrownBy } from '../support/thrown-by.ts';
import { noise, plain } from './noise.ts';

const SMALL = viewRecipe('SimCLRTransform', { inputSize: 8 });
const NOTHING = { cjProb: 0, randomGrayScale: 0, gaussianBlur: 0, hfProb: 0 } as const;

describe('viewsOf', () => {
  it('makes two views of any picture, of the size asked for', () => {
    const side = fc.integer({ min: 1, max: 100 });
    const recipe = viewRecipe('SimCLRTransform', { inputSize: 32, vfProb: 0.5, rrProb: 0.5, rrDegrees: 45 });
    fc.assert(
      fc.property(side, side, fc.integer({ min: 0, max: 1e9 }), (width, height, seed) => {
        const views = viewsOf(noise(width, height, seed), recipe, new Random(seed));
        expect(views.map((view) => [view.width, view.height, view.data.length])).toEqual([
          [32, 32, 3072],
          [32, 32, 3072],
        ]);
      }),
      { numRuns: 50 },
    );
  });

  it('only crops when nothing else is to happen', () => {
    const recipe = viewRecipe('SimCLRTransform', { ...NOTHING, inputSize: 16, minScale: 1 });
    expect(viewsOf(plain(16, 16, 30), recipe, new Random(1))).toEqual([plain(16, 16, 30), plain(16, 16, 30)]);
  });

  it.each(['hfProb', 'vfProb', 'rrProb', 'cjProb', 'randomGrayScale', 'gaussianBlur'])(
    'does what %s asks for, about as often',
    (option) => {
      // A crop of all that there is comes out as it went in, so that every other view has been changed.
      const image = noise(12, 12);
      const random = new Random(7);
      const recipe = {
        ...viewRecipe('SimCLRTransform', { ...NOTHING, [option]: 0.3, sigmas: [1, 2] }),
        crops: [{ size: 12, count: 400, minScale: 1, maxScale: 1 }],
      };
      const same = (view: RgbImage): boolean => view.data.every((level, i) => level === image.data[i]);
      const isWhole = viewsOf(image, { ...recipe, ...UNCHANGED }, new Random(7)).filter(same).length;
      const share = viewsOf(image, recipe, random).filter(same).length / isWhole;
      expect(isWhole).toBeGreaterThan(300);
      expect(Math.abs(share - 0.7)).toBeLessThan(0.1);
    },
  );

  const UNCHANGED = {
    horizontalFlipProb: 0,
    verticalFlipProb: 0,
    rotation: { prob: 0, degrees: null },
    jitter: { prob: 0, brightness: 0, contrast: 0, saturation: 0, hue: 0 },
    grayscaleProb: 0,
    blur: { prob: 0, sigmas: [0, 0] as const },
  };

  it.each([
    [
      { width: 3, height: 2, data: new Uint8Array(17) },
      'a picture of 3×2 pixels with 17 bytes: expected 18, three a pixel, in a Uint8Array.',
    ],
    [
      { width: 0, height: 2, data: new Uint8Array(0) },
      'a picture of 0×2 pixels with 0 bytes: expected at least one pixel a side.',
    ],
    [
      { width: 1, height: 1, data: [1, 2, 3] as unknown as Uint8Array },
      'a picture of 1×1 pixels with no bytes: expected 3, three a pixel, in a Uint8Array.',
    ],
  ])('refuses a picture that is none', (image, message) => {
    expect(thrownBy(() => viewsOf(image, SMALL, new Random(0)))).toEqual({ code: 'ERR_SHAPE', message });
    expect(thrownBy(() => seededViews(image, SMALL, { seed: 0, epoch: 0, sample: 0 }))?.message).toBe(
      message,
    );
  });
});

describe('seededViews', () => {
  const image = noise(40, 30);

  it('depend on seed, epoch, sample and number, and on nothing else', () => {
    const place = { seed: 1, epoch: 2, sample: 3 };
    const recipe = viewRecipe('SwaVTransform', { cropSizes: [8, 6] });
    const views = seededViews(image, recipe, place);
    expect(seededViews(image, recipe, place)).toEqual(views);
    const others = [
      seededViews(image, recipe, { ...place, seed: 2 }),
      seededViews(image, recipe, { ...place, epoch: 3 }),
      seededViews(image, recipe, { ...place, sample: 4 }),
    ];
    const all = [views, ...others].flat().map(({ data }) => data.join());
    expect(new Set(all).size).toBe(32);
    // A view stays the same when there are fewer of them.
    const fewer = viewRecipe('SwaVTransform', { cropSizes: [8, 6], cropCounts: [2, 1] });
    expect(seededViews(image, fewer, place)).toEqual(views.slice(0, 3));
  });

  it('are independent of each other: what one shows says nothing of the other', () => {
    // Of a dark and a light half, without anything but crops: the mean level of a view says where it was taken.
    const halves = plain(64, 64, 0);
    halves.data.fill(255, halves.data.length / 2);
    const recipe = viewRecipe('SimCLRTransform', { ...NOTHING, inputSize: 1 });
    const pairs = Array.from({ length: 3000 }, (_, sample) =>
      seededViews(halves, recipe, { seed: 1, epoch: 0, sample }).map(({ data }) => data[0]!),
    );
    const next = pairs.map((pair, i) => [pair[0]!, pairs[(i + 1) % pairs.length]![0]!]);
    expect(Math.abs(correlation(pairs))).toBeLessThan(0.055);
    expect(Math.abs(correlation(next))).toBeLessThan(0.055);
  });
});

describe('viewSeed', () => {
  it('has no two places share a seed', () => {
    const seeds = new Set<number>();
    for (let seed = 0; seed < 10; seed++)
      for (let epoch = 0; epoch < 10; epoch++)
        for (let sample = 0; sample < 100; sample++)
          for (let view = 0; view < 2; view++) seeds.add(viewSeed({ seed, epoch, sample, view }));
    expect(seeds.size).toBe(20_000);
    for (const seed of seeds) expect(Number.isSafeInteger(seed) && seed >= 0).toBe(true);
  });

  it('is the same in every release: views of a training that goes on depend on it', () => {
    expect(viewSeed({ seed: 0, epoch: 0, sample: 0, view: 0 })).toBe(1167743916529920);
    expect(viewSeed({ seed: 1, epoch: 2, sample: 3, view: 4 })).toBe(1809273406978432);
  });

  it.each([-1, 0.5, 2 ** 53])('refuses the sample %d', (sample) => {
    expect(thrownBy(() => viewSeed({ seed: 0, epoch: 0, sample, view: 0 }))).toEqual({
      code: 'ERR_OPTION',
      message: `sample ${sample}: expected a whole number of at least 0.`,
    });
  });
});

const correlation = (pairs: readonly (readonly number[])[]): number => {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, each) => sum + each, 0) / values.length;
  const [first, second] = [0, 1].map((side) => pairs.map((pair) => pair[side]!)) as [number[], number[]];
  const [a, b] = [mean(first), mean(second)];
  const covariance = mean(pairs.map((pair) => (pair[0]! - a) * (pair[1]! - b)));
  return covariance / Math.sqrt(mean(first.map((x) => (x - a) ** 2)) * mean(second.map((x) => (x - b) ** 2)));
};
