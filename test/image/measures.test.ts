import { describe, expect, it } from 'vitest';
import { resizeByArea } from '../../src/image/area-resize.ts';
import { measureFrame, motionBetween } from '../../src/image/measures.ts';
import { perceptualHash } from '../../src/image/perceptual-hash.ts';
import { laplacianVariance } from '../../src/image/sharpness.ts';
import { detailed, greyPicture, planeOf } from '../support/planes.ts';

describe('the measures of a frame', () => {
  it.each([
    ['small', 100, 60],
    ['just as large as it is measured', 512, 288],
    ['upright', 288, 512],
  ])('are taken as it is when it is %s', (_, width, height) => {
    const plane = detailed(width, height);
    const measures = measureFrame(greyPicture(plane));
    expect(measures.sharpness).toBe(laplacianVariance(plane));
    expect(measures.perceptualHash).toBe(perceptualHash(plane));
    expect([...measures.thumbnail]).toEqual([...resizeByArea(plane, 64, 36)].map(Math.round));
  });

  it('are taken at 512 pixels when it is larger', () => {
    const plane = detailed(512, 288);
    const large = planeOf(1536, 864, (x, y) => plane.data[Math.floor(y / 3) * 512 + Math.floor(x / 3)]!);
    expect(measureFrame(greyPicture(large))).toEqual(measureFrame(greyPicture(plane)));
    const upright = planeOf(600, 1800, (x, y) => (x * y) % 256);
    const data = Uint8Array.from(resizeByArea(upright, 171, 512), Math.round);
    expect(measureFrame(greyPicture(upright)).sharpness).toBe(
      laplacianVariance({ width: 171, height: 512, data }),
    );
  });

  it('are of luma, not of one colour', () => {
    const data = Uint8Array.from([255, 0, 0, 0, 255, 0]);
    expect(measureFrame({ width: 2, height: 1, data })).toMatchObject({
      luminance: (76 + 150) / 2,
      contrast: (150 - 76) / 2,
      entropy: 1,
      // Laplacians of 2 × 74 and -2 × 74.
      sharpness: 148 ** 2,
    });
  });

  it('say of a plain picture that there is nothing', () => {
    const { thumbnail, ...measures } = measureFrame(greyPicture(planeOf(700, 300, () => 90)));
    expect(measures).toEqual({
      luminance: 90,
      contrast: 0,
      entropy: 0,
      shadows: 90,
      highlights: 90,
      uniformRowRatio: 1,
      sharpness: 0,
      perceptualHash: 'ffffffffffffffff',
    });
    expect(thumbnail).toEqual(new Uint8Array(2304).fill(90));
  });
});

describe('motion', () => {
  it('is the mean change of the thumbnails', () => {
    const before = new Uint8Array(2304).fill(100);
    const after = before.slice();
    expect(motionBetween(before, after)).toBe(0);
    after.fill(110, 0, 1152);
    after.fill(80, 1152);
    expect(motionBetween(before, after)).toBe(15);
    expect(motionBetween(after, before)).toBe(15);
    expect(motionBetween(new Uint8Array(2304), new Uint8Array(2304).fill(255))).toBe(255);
  });
});
