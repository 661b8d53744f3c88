import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatFrameName,
  normalizeFrameName,
  parseFrameName,
  parseShortFrameName,
  withImageExtension,
} from '../../src/frame/name.ts';

const caught = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

const POSIX = { backslashIsSeparator: false };
const WINDOWS = { backslashIsSeparator: true };

describe('formatFrameName', () => {
  test.each([
    ['a.mp4', 0, 9, 'a-0-mp4.png'],
    ['a.mp4', 0, 10, 'a-00-mp4.png'],
    ['a.mp4', 98, 99, 'a-98-mp4.png'],
    ['a.mp4', 98, 100, 'a-098-mp4.png'],
    ['a.mp4', 0, 1000, 'a-0000-mp4.png'],
    ['A.MP4', 0, 1, 'A-0-MP4.png'],
    ['a.b.c.mp4', 3, 5, 'a.b.c-3-mp4.png'],
    ['s/t/a.mp4', 3, 5, 's/t/a-3-mp4.png'],
    ['v1.2/a b, c.mov', 68536, 341965, 'v1.2/a b, c-068536-mov.png'],
    ['日本 é.webm', 7, 10, '日本 é-07-webm.png'],
    ['a-1-mp4.mp4', 2, 3, 'a-1-mp4-2-mp4.png'],
    ['.mp4', 0, 1, '-0-mp4.png'],
  ])('%j, frame %i of %i is %j, as in Lightly', (video, index, frameCount, expected) => {
    expect(formatFrameName(video, index, frameCount)).toBe(expected);
  });

  test.each([
    ['clip', 'clip-7-.png'],
    ['v1.2/clip', 'v1.2/clip-7-.png'],
    ['clip.', 'clip.-7-.png'],
    ['clip.b-5-c', 'clip.b-5-c-7-.png'],
    ['rec.dvr-ms', 'rec.dvr-ms-7-.png'],
    ['a.b\\c', 'a.b\\c-7-.png'],
  ])('%j has no extension that a name could carry: %j', (video, expected) => {
    expect(formatFrameName(video, 7, 9)).toBe(expected);
    expect(parseFrameName(expected, POSIX)).toEqual({ video, index: 7 });
  });

  test.each([-1, 10, 11, 1.5, Number.NaN])('refuses frame %d of 10', (index) => {
    expect(caught(() => formatFrameName('a.mp4', index, 10))).toMatchObject({
      code: 'ERR_FRAME_RANGE',
      message: `"a.mp4" has no frame ${index}: it has 10 frames, counted from 0. Ask for one of those.`,
    });
  });

  test('refuses a path that parseFrameName would refuse', () => {
    expect(caught(() => formatFrameName('../a.mp4', 0, 1))).toMatchObject({
      code: 'ERR_FRAME_NAME',
      message:
        '"../a.mp4" has a ".." segment in its path. Name videos by their path below the dataset\'s folder.',
    });
  });
});

describe('parseFrameName', () => {
  test.each([
    ['a-0-mp4.png', 'a.mp4', 0],
    ['a-000000000000000000000012-mp4.png', 'a.mp4', 12],
    ['a-3-MP4.PNG', 'a.MP4', 3],
    ['a-3-mp4.jpg', 'a.mp4', 3],
    ['a-3-mp4.JPeG', 'a.mp4', 3],
    ['a-3-mp4.webp', 'a.mp4', 3],
    ['a-1-2-3-mp4.png', 'a-1-2.mp4', 3],
    ['a-1-mp4.png-2-mp4.png', 'a-1-mp4.png.mp4', 2],
    ['12-34-mp4.png', '12.mp4', 34],
    ['--5-mp4.png', '-.mp4', 5],
    ['x/-5-mp4.png', 'x/.mp4', 5],
    ['a\nb-5-mp4.png', 'a\nb.mp4', 5],
    ['./s/a-5-mp4.png', 's/a.mp4', 5],
    ['././a-5-mp4.png', 'a.mp4', 5],
    ['a/..b/c-5-mp4.png', 'a/..b/c.mp4', 5],
    ['C-5-mp4.png', 'C.mp4', 5],
  ])('%j is frame %3$i of %2$j', (name, video, index) => {
    expect(parseFrameName(name)).toEqual({ video, index });
  });

  test.each([
    '',
    'a.png',
    'a-5.png',
    '068536-mp4.png',
    'a-x-mp4.png',
    'a-5-mp4.gif',
    'a-5-mp4',
    'a-5-mp4.png ',
    'a-5-m.p4.png',
    'a-5-m/p4.png',
    'a-٣-mp4.png',
    '# a comment',
  ])('%j is not a frame name', (name) => {
    expect(caught(() => parseFrameName(name))).toMatchObject({
      code: 'ERR_FRAME_NAME',
      message: `${JSON.stringify(name)} is not a frame name. Frame names look like day1/clip-0042-mp4.png: path of the video, frame number, the video's extension, then png, jpg, jpeg or webp.`,
      facts: { name },
    });
  });

  test.each([
    ['/etc/a-5-mp4.png', 'is an absolute path'],
    ['\\\\server\\share\\a-5-mp4.png', 'is an absolute path'],
    ['C:/a-5-mp4.png', 'starts with a drive letter'],
    ['c:a-5-mp4.png', 'starts with a drive letter'],
    ['C:\\a-5-mp4.png', 'starts with a drive letter'],
    ['../a-5-mp4.png', 'has a ".." segment in its path'],
    ['a/../../b-5-mp4.png', 'has a ".." segment in its path'],
    ['..\\a-5-mp4.png', 'has a ".." segment in its path'],
    ['a\\..\\b-5-mp4.png', 'has a ".." segment in its path'],
    ['.. /a-5-mp4.png', 'has a ".. " segment in its path'],
    ['a/./b-5-mp4.png', 'has a "." segment in its path'],
    ['a/..-5-.png', 'has a ".." segment in its path'],
    ['..-5-.png', 'has a ".." segment in its path'],
    ['./../a-5-mp4.png', 'has a ".." segment in its path'],
    ['.//etc/a-5-mp4.png', 'is an absolute path'],
    ['a//b-5-mp4.png', 'has an empty segment in its path'],
    ['a/-5-.png', 'has an empty segment in its path'],
    ['-5-.png', 'names no video'],
    ['a\0b-5-mp4.png', 'holds a NUL character'],
  ])('%j leads out of the dataset or nowhere: %s', (name, problem) => {
    for (const options of [POSIX, WINDOWS]) {
      expect(caught(() => parseFrameName(name, options))).toMatchObject({
        code: 'ERR_FRAME_NAME',
        message: `${JSON.stringify(name)} ${problem}. Name videos by their path below the dataset's folder.`,
      });
    }
  });

  test('a number beyond what counts exactly is refused', () => {
    expect(caught(() => parseFrameName('a-9007199254740992-mp4.png'))).toMatchObject({
      code: 'ERR_FRAME_NAME',
      message:
        '"a-9007199254740992-mp4.png" has a frame number that no video reaches. Check where the name comes from.',
    });
  });

  test('a backslash parts folders on Windows and is a letter elsewhere', () => {
    expect(parseFrameName('s\\a-5-mp4.png', WINDOWS)).toEqual({ video: 's/a.mp4', index: 5 });
    expect(parseFrameName('s\\a-5-mp4.png', POSIX)).toEqual({ video: 's\\a.mp4', index: 5 });
    expect(parseFrameName('.\\a-5-mp4.png', WINDOWS)).toEqual({ video: 'a.mp4', index: 5 });
  });

  test('a long hostile text is judged in linear time', () => {
    expect(caught(() => parseFrameName(`${'-1'.repeat(200_000)}.pngs`))).toMatchObject({
      code: 'ERR_FRAME_NAME',
    });
    expect(caught(() => parseFrameName(`a-${'1'.repeat(200_000)}`))).toMatchObject({
      code: 'ERR_FRAME_NAME',
    });
  });
});

describe('names and frames are the same in both directions', () => {
  const letter = fc.oneof(
    fc.constantFrom(
      '-',
      '.',
      '0',
      '1',
      '9',
      ' ',
      ',',
      '"',
      "'",
      '#',
      ':',
      '_',
      '\n',
      'mp4',
      '.png',
      '-0-',
      'é',
      'é',
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2 }).filter((text) => !/[/\\\0]/.test(text)),
  );
  const segment = fc
    .string({ unit: letter, minLength: 1, maxLength: 6 })
    .filter((text) => !/^\.[. ]*$/.test(text) && !/^[a-z]:/i.test(text));
  const video = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'));
  const frame = fc
    .nat(2_000_000)
    .chain((index) =>
      fc.record({ index: fc.constant(index), frameCount: fc.integer({ min: index + 1, max: 3_000_000 }) }),
    );

  test('the name of any frame leads back to it', () => {
    fc.assert(
      fc.property(video, frame, fc.boolean(), (path, { index, frameCount }, backslashIsSeparator) => {
        const name = formatFrameName(path, index, frameCount);
        expect(parseFrameName(name, { backslashIsSeparator })).toEqual({ video: path, index });
      }),
      { numRuns: 3000 },
    );
  });

  test('a frame leads back to its name, whatever stands before the number', () => {
    const extension = fc.stringMatching(/^[A-Za-z0-9_ é]{1,5}$/);
    fc.assert(
      fc.property(video, extension, frame, (stem, videoExtension, { index, frameCount }) => {
        const name = `${stem}-${String(index).padStart(String(frameCount).length, '0')}-${videoExtension}.png`;
        const ref = parseFrameName(name, POSIX);
        expect(ref).toEqual({ video: `${stem}.${videoExtension}`, index });
        expect(formatFrameName(ref.video, ref.index, frameCount)).toBe(name);
      }),
      { numRuns: 3000 },
    );
  });

  test('on POSIX a backslash goes both ways', () => {
    const name = formatFrameName('a\\b/c\\d.mp4', 3, 10);
    expect(name).toBe('a\\b/c\\d-03-mp4.png');
    expect(parseFrameName(name, POSIX)).toEqual({ video: 'a\\b/c\\d.mp4', index: 3 });
  });

  test('whatever parses stays below the dataset', () => {
    const text = fc.string({
      unit: fc.constantFrom('.', '..', '/', '\\', 'a', 'C:', ' ', '\0', '-'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(text, fc.constantFrom('mp4', ''), fc.boolean(), (stem, extension, backslashIsSeparator) => {
        let path: string;
        try {
          path = parseFrameName(`${stem}-1-${extension}.png`, { backslashIsSeparator }).video;
        } catch {
          return;
        }
        expect(path).not.toMatch(/\0|^[a-z]:|^[/\\]/i);
        for (const part of path.split(/[/\\]/)) expect(part.trimEnd() || 'only spaces').not.toMatch(/^\.+$/);
        expect(path.split(/[/\\]/)).not.toContain('');
      }),
      { numRuns: 5000 },
    );
  });
});

test('parseShortFrameName reads names without a video, and only those', () => {
  expect(parseShortFrameName('068536-mp4.png')).toEqual({ index: 68536, extension: 'mp4' });
  expect(parseShortFrameName('0-MOV.JPG')).toEqual({ index: 0, extension: 'MOV' });
  expect(parseShortFrameName('./7-mp4.png')).toEqual({ index: 7, extension: 'mp4' });
  expect(parseShortFrameName('7-.png')).toEqual({ index: 7, extension: '' });
  for (const name of [
    'a-7-mp4.png',
    '-7-mp4.png',
    's/7-mp4.png',
    '7.png',
    '7-mp4',
    '99999999999999999999-mp4.png',
  ]) {
    expect(parseShortFrameName(name)).toBeUndefined();
  }
});

test('withImageExtension replaces the last extension and nothing else', () => {
  expect(withImageExtension('a.png/b-0-mp4.png', 'jpg')).toBe('a.png/b-0-mp4.jpg');
  expect(withImageExtension('b-0-mp4.JPEG', 'webp')).toBe('b-0-mp4.webp');
  expect(withImageExtension('b-$&-0-mp4.png', 'jpeg')).toBe('b-$&-0-mp4.jpeg');
  expect(caught(() => withImageExtension('b-0-mp4.gif', 'png'))).toMatchObject({
    code: 'ERR_FRAME_NAME',
    message: '"b-0-mp4.gif" does not end in .png, .jpg, .jpeg or .webp. Give the name of an image.',
  });
});

test('normalizeFrameName makes two names of one file the same', () => {
  expect(normalizeFrameName('././s/a-0-mp4.png')).toBe('s/a-0-mp4.png');
  expect(normalizeFrameName('.\\s\\a-0-mp4.png', WINDOWS)).toBe('s/a-0-mp4.png');
  expect(normalizeFrameName('s\\a-0-mp4.png', POSIX)).toBe('s\\a-0-mp4.png');
});
