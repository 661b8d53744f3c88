import { expect, test } from 'vitest';
import { groupByVideo } from '../../src/frame/group.ts';
import { parseFrameName } from '../../src/frame/name.ts';

const grouped = (names: readonly string[]): unknown =>
  [...groupByVideo(names.map((name) => ({ ref: parseFrameName(name), name })))].map(([video, frames]) => [
    video,
    [...frames],
  ]);

test('videos in code-point order, indices ascending, names of a frame as given', () => {
  expect(
    grouped([
      'b-10-mp4.png',
      '\u{1f600}-1-mp4.png',
      '\uff21-1-mp4.png',
      'b-9-mp4.png',
      'a/c-0-mov.png',
      'b-09-mp4.jpg',
    ]),
  ).toEqual([
    ['a/c.mov', [[0, ['a/c-0-mov.png']]]],
    [
      'b.mp4',
      [
        [9, ['b-9-mp4.png', 'b-09-mp4.jpg']],
        [10, ['b-10-mp4.png']],
      ],
    ],
    ['\uff21.mp4', [[1, ['\uff21-1-mp4.png']]]],
    ['\u{1f600}.mp4', [[1, ['\u{1f600}-1-mp4.png']]]],
  ]);
});

test('a repeated name is kept once, in its first spelling', () => {
  expect(grouped(['./a-1-mp4.png', 'a-1-mp4.png', 'a-01-mp4.png', 'a-1-mp4.png'])).toEqual([
    ['a.mp4', [[1, ['./a-1-mp4.png', 'a-01-mp4.png']]]],
  ]);
});

test('nothing wanted, nothing grouped', () => {
  expect(grouped([])).toEqual([]);
});
