import { describe, expect, it } from 'vitest';
import { type CutFilter, MergingFilter, SuppressingFilter } from '../../src/signals/shot-length.ts';

/** The cuts that pass, for a minimum of 5 frames; a frame a letter, `x` a cut. At which frame each is told. */
const passed = (filter: CutFilter, frames: string): readonly (readonly [cut: number, toldAt: number])[] =>
  [...frames].flatMap((letter, frame) => {
    const cut = filter.pass({ index: frame, seconds: frame / 10 }, letter === 'x');
    return cut === undefined ? [] : [[cut, frame] as const];
  });

it.each([
  ['suppressing', SuppressingFilter],
  ['merging', MergingFilter],
])('the %s filter never cuts at the first frame, whatever the minimum', (_, Filter) => {
  expect(passed(new Filter({ frames: 0 }), 'xx.x')).toEqual([
    [1, 1],
    [3, 3],
  ]);
});

describe.each([
  ['frames', { frames: 5 }],
  ['seconds', { seconds: 0.5 }],
] as const)('filters of cuts, minimum in %s', (_, minimum) => {
  it.each([
    ['......x.....', [[6, 6]]],
    [
      '.....x....x....x',
      [
        [5, 5],
        [10, 10],
        [15, 15],
      ],
    ],
    ['....x....x', [[9, 9]]],
    ['x.........', []],
    [
      '......xxxxxxxxxxx',
      [
        [6, 6],
        [11, 11],
        [16, 16],
      ],
    ],
    [
      '......x.x.x.x.......',
      [
        [6, 6],
        [12, 12],
      ],
    ],
  ])('suppresses what follows too soon: %s', (frames, expected) => {
    expect(passed(new SuppressingFilter(minimum), frames)).toEqual(expected);
  });

  it.each([
    ['......x.....', [[6, 6]]],
    [
      '.....x....x....x',
      [
        [5, 5],
        [10, 10],
        [15, 15],
      ],
    ],
    // Before the first cut that passes, every cut starts the wait anew.
    [
      '....x....x....x',
      [
        [9, 9],
        [14, 14],
      ],
    ],
    ['....x...x....x', [[13, 13]]],
    ['x.........', []],
    // A burst that is long enough ends with a cut, told when it is certain; a short one has none.
    [
      '......xxxxxxxx......',
      [
        [6, 6],
        [13, 18],
      ],
    ],
    ['......x.x.x.x.......', [[6, 6]]],
    // What comes alone after a short burst is its end.
    [
      '......xx....x.....',
      [
        [6, 6],
        [12, 17],
      ],
    ],
    ['......xx....x....', [[6, 6]]],
  ])('merges what follows too soon: %s', (frames, expected) => {
    expect(passed(new MergingFilter(minimum), frames)).toEqual(expected);
  });
});
