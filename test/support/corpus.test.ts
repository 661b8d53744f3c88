import { statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { drawFrame, type RgbImage, readBlockCode } from './block-code.ts';
import { corpus, corpusDirectory } from './corpus.ts';
import { decodeSequentially } from './sequential.ts';

let directory = '';
beforeAll(async () => {
  directory = await corpusDirectory();
});

describe('the block code', () => {
  const numbers = [0, 1, 2, 0x5555, 0xaaaa, 899, 65_535];

  test.each(numbers)('%i is read as drawn, however the picture is turned', (number) => {
    const image = grey(number, 161, 121);
    for (const rotation of [0, 90, 180, 270, 360, -90]) {
      expect(readBlockCode(turn(image, rotation), rotation)).toBe(number);
    }
  });

  test('a picture turned without being told so does not show its number', () => {
    expect(readBlockCode(turn(grey(0x1234, 160, 96), 180))).not.toBe(0x1234);
  });

  test('a stripe that is neither black nor white gives null', () => {
    const image = grey(5, 160, 96);
    for (let y = 0; y < 16; y++) image.data.fill(128, 3 * 160 * y, 3 * (160 * y + 10));
    expect(readBlockCode(image)).toBeNull();
  });

  test('half of another picture gives null', () => {
    const image = grey(0, 160, 96);
    const other = grey(65_535, 160, 96);
    for (let y = 1; y < 96; y += 2) image.data.set(other.data.subarray(480 * y, 480 * (y + 1)), 480 * y);
    expect(readBlockCode(image)).toBeNull();
  });

  test('drawings differ from frame to frame below the strip, and are the same when repeated', () => {
    expect(drawFrame(3, 160, 96).equals(drawFrame(3, 160, 96))).toBe(true);
    const [one, two] = [drawFrame(3, 160, 96), drawFrame(4, 160, 96)];
    expect(one.subarray(160 * 16, 160 * 96).equals(two.subarray(160 * 16, 160 * 96))).toBe(false);
  });
});

describe('the corpus', () => {
  test('has at least 95 clips of different names', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(95);
    expect(new Set(corpus.map((clip) => clip.name.toLowerCase())).size).toBe(corpus.length);
  });

  test('stays small', () => {
    const bytes = corpus.reduce((sum, clip) => sum + statSync(join(directory, clip.name)).size, 0);
    expect(bytes).toBeLessThan(60e6);
  });

  const readable = corpus.filter((clip) => clip.refused === undefined);
  test.each(readable)('$name shows the numbers that its recipe says', (clip) => {
    const frames = decodeSequentially(join(directory, clip.name));
    if (clip.codes === null) return expect(clip.damaged).toBe(true);
    const shown = frames.map((frame) => frame.code);
    const stated = clip.damaged ? shown.slice(0, clip.codes.length) : shown;
    expect(stated.map((code, index) => (clip.codes?.[index] === null ? null : code))).toEqual(clip.codes);
    if (!clip.damaged) expect(frames.filter((frame) => frame.corrupt)).toEqual([]);
  });
});

/** The luma of a drawing as a grey RGB picture. */
function grey(number: number, width: number, height: number): RgbImage {
  const luma = drawFrame(number, width, height).subarray(0, width * height);
  return {
    width,
    height,
    data: Uint8Array.from({ length: 3 * luma.length }, (_, at) => luma[Math.floor(at / 3)] ?? 0),
  };
}

/** Turns a picture clockwise by a multiple of 90 degrees, one quarter at a time. */
function turn(image: RgbImage, degrees: number): RgbImage {
  let turned = image;
  for (let quarter = (((degrees / 90) % 4) + 4) % 4; quarter > 0; quarter--) {
    const { width, height, data } = turned;
    const next = new Uint8Array(data.length);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = 3 * (y * width + x);
        next.set(data.subarray(from, from + 3), 3 * (x * height + height - 1 - y));
      }
    }
    turned = { width: height, height: width, data: next };
  }
  return turned;
}
