import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blurred } from '../../src/augment/box-blur.ts';
import { colorJitter } from '../../src/augment/color-jitter.ts';
import { randomHorizontalFlip, randomVerticalFlip } from '../../src/augment/flip.ts';
import { gaussianBlur } from '../../src/augment/gaussian-blur.ts';
import { grayscale, randomGrayscale } from '../../src/augment/grayscale.ts';
import { hueTurned } from '../../src/augment/hue.ts';
import { randomResizedCrop } from '../../src/augment/random-resized-crop.ts';
import { randomRotate, randomRotateDegrees, turned } from '../../src/augment/rotation.ts';
import { randomSolarization } from '../../src/augment/solarization.ts';
import { brightened, contrasted, saturated } from '../../src/augment/tone.ts';
import { chain, type Transform, withProbability } from '../../src/augment/transform.ts';
import { Random } from '../../src/base/random.ts';
import type { RgbImage } from '../../src/base/rgb-image.ts';
import { thrownBy } from '../support/thrown-by.ts';
import { noise, pixelOf, plain } from './noise.ts';

/** Every transform that keeps the picture's size, made to happen with `prob`. */
const ALL: Readonly<Record<string, (prob: number) => Transform>> = {
  randomHorizontalFlip: (prob) => randomHorizontalFlip({ prob }),
  randomVerticalFlip: (prob) => randomVerticalFlip({ prob }),
  randomRotate: (prob) => randomRotate({ prob, angle: 90 }),
  randomRotateDegrees: (prob) => randomRotateDegrees({ prob, degrees: 170 }),
  colorJitter: (prob) =>
    withProbability(prob, colorJitter({ brightness: 0.8, contrast: 0.8, saturation: 0.8, hue: 0.2 })),
  randomGrayscale: (prob) => randomGrayscale({ prob }),
  gaussianBlur: (prob) => gaussianBlur({ prob, sigmas: [0.5, 2] }),
  randomSolarization: (prob) => randomSolarization({ prob }),
};

describe.each(Object.entries(ALL))('%s', (_, make) => {
  it('takes pictures of any size from 1 to 100 pixels, never writes over them, and gives the same for the same seed', () => {
    const side = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(side, side, fc.integer({ min: 0, max: 1e9 }), (width, height, seed) => {
        const image = noise(width, height, seed);
        const before = image.data.slice();
        const once = make(1)(image, new Random(seed));
        expect([once.width, once.height, once.data.length]).toEqual([width, height, width * height * 3]);
        expect(Buffer.compare(once.data, make(1)(image, new Random(seed)).data)).toBe(0);
        expect(Buffer.compare(image.data, before)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('never happens with probability 0, always with 1, and as often as it should between', () => {
    const image = noise(9, 9);
    const changedOf = (prob: number): number => {
      const [transform, random] = [make(prob), new Random(5)];
      let changed = 0;
      for (let i = 0; i < 1000; i++) if (transform(image, random) !== image) changed++;
      return changed / 1000;
    };
    expect([changedOf(0), changedOf(1)]).toEqual([0, 1]);
    // Three standard deviations.
    expect(Math.abs(changedOf(0.3) - 0.3)).toBeLessThan(0.045);
  });

  it.each([-0.1, 1.1, Number.NaN])('refuses the probability %d', (prob) => {
    expect(thrownBy(() => make(prob))).toEqual({
      code: 'ERR_OPTION',
      message: `prob ${prob}: expected a number from 0 to 1.`,
    });
  });
});

describe('flips and rotations', () => {
  const random = new Random(0);
  const image = noise(7, 4);

  it('put each pixel where it belongs', () => {
    const across = randomHorizontalFlip({ prob: 1 })(image, random);
    const down = randomVerticalFlip({ prob: 1 })(image, random);
    for (let y = 0; y < 4; y++) {
      for (let x = 0; x < 7; x++) {
        expect(pixelOf(across, x, y)).toEqual(pixelOf(image, 6 - x, y));
        expect(pixelOf(down, x, y)).toEqual(pixelOf(image, x, 3 - y));
      }
    }
  });

  it('turn squares exactly, counter-clockwise', () => {
    const square = noise(5, 5);
    const quarter = randomRotate({ prob: 1 })(square, random);
    for (let y = 0; y < 5; y++)
      for (let x = 0; x < 5; x++) expect(pixelOf(quarter, x, y)).toEqual(pixelOf(square, 4 - y, x));
    expect(turned(turned(quarter, 90), 180)).toEqual(square);
    expect(turned(quarter, 270)).toEqual(square);
  });

  it('turn by angles uniform in their range', () => {
    const transform = randomRotateDegrees({ prob: 1, degrees: [10, 50] });
    const line = noise(21, 21);
    const [drawing, knowing] = [new Random(3), new Random(3)];
    for (let i = 0; i < 20; i++) {
      knowing.uniform();
      expect(transform(line, drawing)).toEqual(turned(line, 10 + 40 * knowing.uniform()));
    }
    const symmetric = randomRotateDegrees({ prob: 1, degrees: 30 });
    const [first, second] = [new Random(4), new Random(4)];
    second.uniform();
    expect(symmetric(line, first)).toEqual(turned(line, -30 + 60 * second.uniform()));
  });

  it.each([
    [() => randomRotateDegrees({ degrees: -1 }), 'degrees -1: expected a number of at least 0.'],
    [
      () => randomRotateDegrees({ degrees: [9, 3] }),
      'degrees [9,3]: expected two numbers, the smaller first.',
    ],
    [() => randomRotate({ angle: Number.NaN }), 'angle NaN: expected a finite number.'],
  ])('refuse angles that are none', (call, message) => {
    expect(thrownBy(call)).toEqual({ code: 'ERR_OPTION', message });
  });
});

describe('colorJitter', () => {
  const image = noise(6, 6);
  const sorted = (images: readonly RgbImage[]): string[] =>
    [...new Set(images.map(({ data }) => data.join()))].sort();

  it('applies its changes in each of the 24 orders', () => {
    const changes = [
      (picture: RgbImage) => brightened(picture, 1.5),
      (picture: RgbImage) => contrasted(picture, 0.5),
      (picture: RgbImage) => saturated(picture, 1.7),
      (picture: RgbImage) => hueTurned(picture, 0.2),
    ];
    const ordersOf = (rest: readonly number[]): number[][] =>
      rest.length === 0
        ? [[]]
        : rest.flatMap((first) =>
            ordersOf(rest.filter((each) => each !== first)).map((order) => [first, ...order]),
          );
    const all = ordersOf([0, 1, 2, 3]).map((order) =>
      order.reduce((picture, which) => changes[which]!(picture), image),
    );
    const jitter = colorJitter({
      brightness: [1.5, 1.5],
      contrast: [0.5, 0.5],
      saturation: [1.7, 1.7],
      hue: [0.2, 0.2],
    });
    const random = new Random(1);
    const seen = Array.from({ length: 400 }, () => jitter(image, random));
    expect(sorted(seen)).toEqual(sorted(all));
    expect(sorted(all)).toHaveLength(24);
  });

  it('draws factors evenly from 1 - x to 1 + x, and none below 0', () => {
    const levels = (brightness: number): number[] => {
      const [jitter, random] = [colorJitter({ brightness }), new Random(2)];
      return Array.from({ length: 4000 }, () => jitter(plain(1, 1, 100), random).data[0]!);
    };
    const moderate = levels(0.4);
    expect([Math.min(...moderate), Math.max(...moderate)]).toEqual([60, 139]);
    // What is cut off behind the point is half a level in the mean; 0.4 levels are a standard deviation of the mean.
    expect(Math.abs(moderate.reduce((sum, level) => sum + level, 0) / 4000 - 99.5)).toBeLessThan(1.2);
    expect(Math.min(...levels(3))).toBe(0);
  });

  it('leaves out what cannot change anything: a turn of hue by 0 would', () => {
    expect(colorJitter()(image, new Random(1))).toBe(image);
    expect(colorJitter({ brightness: [1, 1], hue: [0, 0] })(image, new Random(1))).toBe(image);
    expect(hueTurned(image, 0).data).not.toEqual(image.data);
  });

  it.each([
    [{ brightness: -1 }, 'brightness -1: expected a number of at least 0.'],
    [
      { contrast: [-1, 1] as const },
      'contrast [-1,1]: expected two numbers of at least 0, the smaller first.',
    ],
    [
      { saturation: [2, 1] as const },
      'saturation [2,1]: expected two numbers of at least 0, the smaller first.',
    ],
    [{ hue: 0.6 }, 'hue 0.6: expected a number from 0 to 0.5.'],
    [{ hue: [-0.7, 0] as const }, 'hue [-0.7,0]: expected two numbers from -0.5 to 0.5, the smaller first.'],
  ])('refuses %o', (options, message) => {
    expect(thrownBy(() => colorJitter(options))).toEqual({ code: 'ERR_OPTION', message });
  });
});

describe('gaussianBlur', () => {
  it('draws standard deviations evenly from the first to the second', () => {
    const [image, drawing, knowing] = [noise(20, 20), new Random(8), new Random(8)];
    const transform = gaussianBlur({ prob: 1, sigmas: [1, 3] });
    for (let i = 0; i < 20; i++) {
      knowing.uniform();
      expect(transform(image, drawing)).toEqual(blurred(image, 1 + 2 * knowing.uniform()));
    }
  });

  it('has the variance of a Gaussian', () => {
    const dot = plain(101, 101, 0);
    // All of a column, so that rounding to levels costs little.
    for (let y = 0; y < 101; y++) dot.data.fill(255, (y * 101 + 50) * 3, (y * 101 + 51) * 3);
    const row = Array.from({ length: 101 }, (_, x) => pixelOf(blurred(dot, 4), x, 50)[0]!);
    const sum = row.reduce((total, level) => total + level, 0);
    const variance = row.reduce((total, level, x) => total + level * (x - 50) ** 2, 0) / sum;
    expect(Math.abs(Math.sqrt(variance) - 4)).toBeLessThan(0.1);
  });

  it('refuses a negative or a reversed range', () => {
    const message = (pair: string) =>
      `sigmas [${pair}]: expected two numbers from 0 to 1000, the smaller first.`;
    expect(thrownBy(() => gaussianBlur({ sigmas: [-1, 2] }))?.message).toBe(message('-1,2'));
    expect(thrownBy(() => gaussianBlur({ sigmas: [2, 1] }))?.message).toBe(message('2,1'));
  });
});

describe('randomSolarization and randomGrayscale', () => {
  it('invert what is at least as light as the threshold', () => {
    const ramp: RgbImage = {
      width: 256,
      height: 1,
      data: Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3)),
    };
    const solarized = randomSolarization({ prob: 1, threshold: 200 })(ramp, new Random(0));
    for (let level = 0; level < 256; level++)
      expect(pixelOf(solarized, level, 0)[0]).toBe(level < 200 ? level : 255 - level);
    expect(thrownBy(() => randomSolarization({ threshold: 300 }))).toEqual({
      code: 'ERR_OPTION',
      message: 'threshold 300: expected a number from 0 to 256.',
    });
  });

  it('keep greys as they are', () => {
    expect(grayscale(plain(3, 3, 77))).toEqual(plain(3, 3, 77));
  });
});

it('chain goes from the first to the last', () => {
  const image = noise(4, 4);
  const random = new Random(0);
  const both = chain(randomSolarization({ prob: 1 }), randomGrayscale({ prob: 1 }));
  expect(both(image, random)).toEqual(grayscale(randomSolarization({ prob: 1 })(image, random)));
  expect(chain()(image, random)).toBe(image);
});

it('randomResizedCrop takes what it is told to', () => {
  const crop = randomResizedCrop({ size: 5, scale: [1, 1], ratio: [1, 1] });
  const image = noise(5, 5);
  expect(crop(image, new Random(0))).toEqual(image);
});
