import { spawnSync } from 'node:child_process';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../../src/base/rgb-image.ts';
import { hsvOf } from '../../src/signals/hsv.ts';
import { has } from '../support/needs.ts';

/** All colours of 52 levels a channel, 0 and 255 among them. */
const LEVELS = 52;
const colours: RgbImage = {
  width: LEVELS ** 2,
  height: LEVELS,
  data: Uint8Array.from({ length: 3 * LEVELS ** 3 }, (_, i) => {
    const place = Math.floor(i / 3);
    return 5 * (Math.floor(place / LEVELS ** (2 - (i % 3))) % LEVELS);
  }),
};

const interleaved = (image: RgbImage): Buffer => {
  const { hue, saturation, value } = hsvOf(image);
  const bytes = Buffer.alloc(3 * hue.length);
  for (let i = 0; i < hue.length; i++) bytes.set([hue[i]!, saturation[i]!, value[i]!], 3 * i);
  return bytes;
};

/** One colour, by the textbook. */
const textbook = (red: number, green: number, blue: number): readonly number[] => {
  const value = Math.max(red, green, blue);
  const chroma = value - Math.min(red, green, blue);
  const degrees =
    chroma === 0
      ? 0
      : value === red
        ? (60 * (green - blue)) / chroma
        : value === green
          ? 120 + (60 * (blue - red)) / chroma
          : 240 + (60 * (red - green)) / chroma;
  return [((degrees + 360) % 360) / 2, value === 0 ? 0 : (255 * chroma) / value, value];
};

const OPENCV = `
import cv2, numpy, sys
rgb = numpy.frombuffer(sys.stdin.buffer.read(), numpy.uint8).reshape(1, -1, 3)
sys.stdout.buffer.write(cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV).tobytes())`;

describe('hue, saturation and value', () => {
  it.each([
    [255, 0, 0, 0, 255, 255],
    [0, 255, 0, 60, 255, 255],
    [0, 0, 255, 120, 255, 255],
    [255, 0, 1, 0, 255, 255],
    [255, 0, 8, 179, 255, 255],
    [128, 128, 128, 0, 0, 128],
    [0, 0, 0, 0, 0, 0],
    [100, 50, 50, 0, 128, 100],
    [200, 100, 0, 15, 255, 200],
  ])('of %i, %i, %i are those of OpenCV 4.6', (red, green, blue, ...expected) => {
    const { hue, saturation, value } = hsvOf({
      width: 1,
      height: 1,
      data: Uint8Array.of(red, green, blue),
    });
    expect([hue[0], saturation[0], value[0]]).toEqual(expected);
  });

  it('of many colours are those of OpenCV 4.6, by their check sum', () => {
    expect(crc32(interleaved(colours))).toBe(2523014156);
  });

  it.skipIf(!has('opencv'))('are those of the OpenCV here (skipped without python3-opencv)', () => {
    const { stdout } = spawnSync('/usr/bin/python3', ['-c', OPENCV], {
      input: colours.data,
      maxBuffer: 1 << 24,
    });
    expect(stdout.equals(interleaved(colours))).toBe(true);
  });

  it('are those of the textbook, but for the rounding of its factors', () => {
    const level = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(level, level, level, (...rgb) => {
        const [hue, saturation, value] = textbook(...rgb);
        const found = hsvOf({ width: 1, height: 1, data: Uint8Array.from(rgb) });
        const away = Math.abs(found.hue[0]! - hue!);
        expect(Math.min(away, 180 - away)).toBeLessThanOrEqual(0.67);
        expect(Math.abs(found.saturation[0]! - saturation!)).toBeLessThanOrEqual(0.54);
        expect(found.value[0]).toBe(value);
      }),
    );
  });
});
