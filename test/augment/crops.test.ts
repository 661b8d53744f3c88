import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jigsaw } from '../../src/augment/jigsaw.ts';
import { multiCrop } from '../../src/augment/multi-crop.ts';
import { drawBox, randomResizedCrop } from '../../src/augment/random-resized-crop.ts';
import { Random } from '../../src/base/random.ts';
import type { RgbImage } from '../../src/base/rgb-image.ts';
import { thrownBy } from '../support/thrown-by.ts';
import { noise, pixelOf, plain } from './noise.ts';

const side = fc.integer({ min: 1, max: 100 });

describe('randomResizedCrop', () => {
  it('gives squares of the size asked for, of pictures of any size', () => {
    fc.assert(
      fc.property(side, side, side, fc.integer({ min: 0, max: 1e9 }), (width, height, size, seed) => {
        const crop = randomResizedCrop({ size });
        const view = crop(noise(width, height), new Random(seed));
        expect([view.width, view.height, view.data.length]).toEqual([size, size, size * size * 3]);
        expect(Buffer.compare(view.data, crop(noise(width, height), new Random(seed)).data)).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('neither darkens nor brightens', () => {
    for (const level of [0, 1, 127, 254, 255])
      expect(randomResizedCrop({ size: 13 })(plain(57, 31, level), new Random(level))).toEqual(
        plain(13, 13, level),
      );
  });

  it('keeps to the share of the area and to the shapes, and stays inside', () => {
    const ratio = fc
      .tuple(fc.double({ min: 0.2, max: 5, noNaN: true }), fc.double({ min: 0.2, max: 5, noNaN: true }))
      .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
    fc.assert(
      fc.property(side, side, ratio, fc.integer({ min: 0, max: 1e9 }), (width, height, shapes, seed) => {
        const box = drawBox({ width, height }, [0.08, 1], shapes, new Random(seed));
        expect(Math.min(box.left, box.top, box.width - 1, box.height - 1)).toBeGreaterThanOrEqual(0);
        expect(box.left + box.width).toBeLessThanOrEqual(width);
        expect(box.top + box.height).toBeLessThanOrEqual(height);
        // Sides are rounded to pixels, and never to none.
        if (box.width === 1 || box.height === 1) return;
        expect((box.width + 0.5) / (box.height - 0.5)).toBeGreaterThanOrEqual(shapes[0] - 1e-9);
        expect((box.width - 0.5) / (box.height + 0.5)).toBeLessThanOrEqual(shapes[1] + 1e-9);
      }),
    );
  });

  it('draws area and place evenly, and shape evenly in its logarithm', () => {
    const random = new Random(11);
    const count = 4000;
    let [area, logShape, left, top] = [0, 0, 0, 0];
    for (let i = 0; i < count; i++) {
      const box = drawBox({ width: 1000, height: 1000 }, [0.1, 0.4], [3 / 4, 4 / 3], random);
      area += (box.width * box.height) / 1e6 / count;
      logShape += Math.log(box.width / box.height) / count;
      left += box.left / (1000 - box.width) / count;
      top += box.top / (1000 - box.height) / count;
    }
    // Three standard deviations of each mean.
    expect(Math.abs(area - 0.25)).toBeLessThan(0.0042);
    expect(Math.abs(logShape)).toBeLessThan(0.008);
    expect(Math.abs(left - 0.5)).toBeLessThan(0.014);
    expect(Math.abs(top - 0.5)).toBeLessThan(0.014);
  });

  it('tries ten times', () => {
    // Of a square nearly whole: the logarithm of the area must outweigh that of the shape, which 0.18 of all do.
    const fitting = (1 - 0.9 + 0.9 * Math.log(0.9)) / 0.1 / Math.log(4 / 3);
    const random = new Random(17);
    let missed = 0;
    for (let i = 0; i < 4000; i++)
      if (drawBox({ width: 10_000, height: 10_000 }, [0.9, 1], [3 / 4, 4 / 3], random).width === 10_000)
        missed++;
    // Three standard deviations. Nine tries would make a difference of 0.03.
    expect(Math.abs(missed / 4000 - (1 - fitting) ** 10)).toBeLessThan(0.0163);
  });

  it.each([
    ['a wide picture', 100, 10, { width: 13, height: 10, left: 43, top: 0 }],
    ['a tall picture', 10, 100, { width: 10, height: 13, left: 0, top: 43 }],
    ['a single row', 50, 1, { width: 1, height: 1, left: 24, top: 0 }],
  ])('takes the middle of %s when ten tries do not fit', (_, width, height, middle) => {
    expect(drawBox({ width, height }, [1, 1], [3 / 4, 4 / 3], new Random(1))).toEqual(middle);
  });

  it('takes all of a picture whose shape is allowed when ten tries do not fit', () => {
    // Shapes of up to 4/3 and the whole area: only a square fits a square, and none is drawn.
    expect(drawBox({ width: 64, height: 64 }, [1, 1], [1.2, 1.3], new Random(1))).toEqual({
      width: 64,
      height: 53,
      left: 0,
      top: 5,
    });
    expect(drawBox({ width: 90, height: 100 }, [1, 1], [0.5, 2], new Random(3))).toEqual({
      width: 90,
      height: 100,
      left: 0,
      top: 0,
    });
  });

  it.each([
    [{ size: 0 }, 'size 0: expected a whole number from 1 to 16384.'],
    [{ size: 8, scale: [0, 1] as const }, 'scale [0,1]: expected shares above 0.'],
    [
      { size: 8, scale: [0.5, 0.2] as const },
      'scale [0.5,0.2]: expected two numbers from 0 to 1, the smaller first.',
    ],
    [{ size: 8, ratio: [0, 1] as const }, 'ratio [0,1]: expected two numbers above 0.'],
  ])('refuses %o', (options, message) => {
    expect(thrownBy(() => randomResizedCrop(options))).toEqual({ code: 'ERR_OPTION', message });
  });
});

describe('jigsaw', () => {
  /** A picture whose pixels say where they are: red the column, green the row. */
  const map = (size: number): RgbImage => {
    const data = new Uint8Array(size * size * 3);
    for (let i = 0; i < size * size; i++) data.set([i % size, Math.floor(i / size), 0], i * 3);
    return { width: size, height: size, data };
  };
  const cornerOf = (crop: RgbImage): readonly number[] => pixelOf(crop, 0, 0);

  it('takes one square of each cell, whole and from inside it, in random order', () => {
    const image = map(255);
    const orders = new Set<string>();
    const offsets: number[] = [];
    for (let seed = 0; seed < 200; seed++) {
      const crops = jigsaw()(image, new Random(seed));
      const cells = crops.map((crop) => {
        const [x, y] = cornerOf(crop);
        expect(pixelOf(crop, 63, 63)).toEqual([x! + 63, y! + 63, 0]);
        const [column, row] = [Math.floor(x! / 85), Math.floor(y! / 85)];
        offsets.push(x! - 85 * column, y! - 85 * row);
        return 3 * row + column;
      });
      expect([...cells].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      orders.add(cells.join());
    }
    expect(orders.size).toBe(200);
    expect([Math.min(...offsets), Math.max(...offsets)]).toEqual([0, 21]);
    expect(Math.abs(offsets.reduce((sum, each) => sum + each, 0) / offsets.length - 10.5)).toBeLessThan(0.4);
  });

  it('takes other grids, and pictures of other sizes, down to one pixel', () => {
    const crops = jigsaw({ nGrid: 2, imgSize: 10, cropSize: 5 })(map(10), new Random(1));
    expect(crops.map(cornerOf).sort()).toEqual([
      [0, 0, 0],
      [0, 5, 0],
      [5, 0, 0],
      [5, 5, 0],
    ]);
    const small = jigsaw()(plain(1, 1, 9), new Random(1));
    expect(small).toEqual(new Array(9).fill(plain(64, 64, 9)));
  });

  it('refuses crops that are larger than a cell', () => {
    expect(thrownBy(() => jigsaw({ cropSize: 86 }))).toEqual({
      code: 'ERR_OPTION',
      message: 'cropSize 86: expected at most 85, the side of a cell (imgSize 255 / nGrid 3).',
    });
  });
});

describe('multiCrop', () => {
  it('makes two large and six small crops, each its own', () => {
    const crops = multiCrop()(noise(300, 200), new Random(1));
    expect(crops.map(({ width, height }) => `${width}x${height}`)).toEqual([
      ...new Array<string>(2).fill('224x224'),
      ...new Array<string>(6).fill('96x96'),
    ]);
    expect(new Set(crops.map(({ data }) => data.join())).size).toBe(8);
  });

  it('does something with each crop', () => {
    const random = new Random(1);
    const seen: number[] = [];
    const crops = multiCrop(
      { cropSizes: [4], cropCounts: [3], cropMinScales: [0.5], cropMaxScales: [1] },
      (crop) => {
        seen.push(crop.width);
        return plain(1, 1, seen.length);
      },
    )(noise(1, 1), random);
    expect(seen).toEqual([4, 4, 4]);
    expect(crops).toEqual([plain(1, 1, 1), plain(1, 1, 2), plain(1, 1, 3)]);
  });

  it.each([
    [{ cropCounts: [2] }, 'cropCounts [2]: expected as many numbers as cropSizes has, which is 2.'],
    [{ cropSizes: [] }, 'cropSizes []: expected at least one size.'],
    [{ cropCounts: [2, 0] }, 'cropCounts 0: expected a whole number from 1 to 1024.'],
    [
      { cropMinScales: [0.14, 0.5] },
      'cropMinScales and cropMaxScales [0.5,0.14]: expected two numbers from 0 to 1, the smaller first.',
    ],
  ])('refuses %o', (options, message) => {
    expect(thrownBy(() => multiCrop(options))).toEqual({ code: 'ERR_OPTION', message });
  });
});
