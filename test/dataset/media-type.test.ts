import { expect, test } from 'vitest';
import { isAmbiguousPath, isImagePath, isVideoPath } from '../../src/dataset/media-type.ts';

test.each([
  'mp4 mov avi mpg hevc m4v webm mpeg',
  'mkv ts m2ts mts wmv flv 3gp ogv mxf gif apng vob y4m 264 h265 ivf',
])('videos by extension: %s', (extensions) => {
  for (const extension of extensions.split(' ')) {
    expect([
      extension,
      isVideoPath(`a.${extension}`),
      isVideoPath(`s.t/A.${extension.toUpperCase()}`),
    ]).toEqual([extension, true, true]);
    expect(isImagePath(`a.${extension}`)).toBe(false);
  }
});

test('images by extension', () => {
  for (const extension of 'jpg jpeg png ppm bmp pgm tif tiff webp'.split(' ')) {
    expect([extension, isImagePath(`a.${extension}`), isImagePath(`A.${extension.toUpperCase()}`)]).toEqual([
      extension,
      true,
      true,
    ]);
    expect(isVideoPath(`a.${extension}`)).toBe(false);
  }
});

test('neither', () => {
  for (const name of ['', 'mp4', 'a.mp4.txt', 'a.mp4/b', 'a.', 'go.mod', 'a.wav', 'a.mp4 ']) {
    expect([name, isVideoPath(name), isImagePath(name)]).toEqual([name, false, false]);
  }
});

test('only what TypeScript shares is ambiguous', () => {
  expect(['a.ts', 'a.MTS', 'a.m2ts', 'a.mp4'].map(isAmbiguousPath)).toEqual([true, true, false, false]);
});
