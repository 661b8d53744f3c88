// Bytes against PIL's: scripts/pil-golden.py made them.
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { blurred } from '../../src/augment/box-blur.ts';
import { grayscale } from '../../src/augment/grayscale.ts';
import { hueTurned } from '../../src/augment/hue.ts';
import { resizeBox } from '../../src/augment/resize.ts';
import { turned } from '../../src/augment/rotation.ts';
import { solarized } from '../../src/augment/solarization.ts';
import { brightened, contrasted, saturated } from '../../src/augment/tone.ts';
import type { RgbImage } from '../../src/base/rgb-image.ts';

type Quadruple = [number, number, number, number];

interface Golden {
  readonly pictures: Record<string, { width: number; height: number; pixels: string }>;
  readonly resized: { picture: string; box: Quadruple; size: [number, number]; pixels: string }[];
  readonly changed: { operation: string; picture: string; amount: number; pixels: string }[];
  readonly colours: { operation: string; amount: number; crc32: number }[];
}

const golden = JSON.parse(readFileSync(new URL('../golden/pil.json', import.meta.url), 'utf8')) as Golden;

const bytesOf = (pixels: string): number[] => [...Buffer.from(pixels, 'base64')];

const pictureOf = (name: string): RgbImage => {
  const { width, height, pixels } = golden.pictures[name]!;
  return { width, height, data: Uint8Array.from(bytesOf(pixels)) };
};

const CHANGES: Readonly<Record<string, (image: RgbImage, amount: number) => RgbImage>> = {
  brightness: brightened,
  contrast: contrasted,
  saturation: saturated,
  hue: hueTurned,
  grayscale,
  solarize: solarized,
  blur: blurred,
  rotate: turned,
};

describe('the bytes of PIL', () => {
  it.each(golden.resized)('resize: box $box of $picture to $size', ({ picture, box, size, pixels }) => {
    const [left, top, width, height] = box;
    const resized = resizeBox(
      pictureOf(picture),
      { left, top, width, height },
      { width: size[0], height: size[1] },
    );
    expect({ ...resized, data: [...resized.data] }).toEqual({
      width: size[0],
      height: size[1],
      data: bytesOf(pixels),
    });
  });

  it.each(golden.changed)('$operation $amount of $picture', ({ operation, picture, amount, pixels }) => {
    const image = pictureOf(picture);
    const before = [...image.data];
    const changed = CHANGES[operation]!(image, amount);
    expect({ ...changed, data: [...changed.data] }).toEqual({
      width: image.width,
      height: image.height,
      data: bytesOf(pixels),
    });
    expect([...image.data]).toEqual(before);
  });
});

describe('the bytes of PIL for 262,144 colours', () => {
  const LEVELS = 64;
  const colours: RgbImage = {
    width: 512,
    height: 512,
    data: Uint8Array.from({ length: 3 * LEVELS ** 3 }, (_, i) => {
      const level = Math.floor(Math.floor(i / 3) / LEVELS ** (2 - (i % 3))) % LEVELS;
      return Math.floor((level * 255) / (LEVELS - 1));
    }),
  };

  it.each(golden.colours)('$operation $amount', ({ operation, amount, crc32: checksum }) => {
    expect(crc32(CHANGES[operation]!(colours, amount).data)).toBe(checksum);
  });
});
