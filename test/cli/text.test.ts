import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cut, displayWidth, pad } from '../../src/cli/display-width.ts';
import { painter, wantsColor } from '../../src/cli/paint.ts';
import { printable, printableLines } from '../../src/cli/printable.ts';
import {
  formatBytes,
  formatCount,
  formatDecimal,
  formatDuration,
  formatElapsed,
  formatRate,
  formatRemaining,
  formatUnits,
} from '../../src/cli/quantities.ts';
import { tableLines } from '../../src/cli/table.ts';

describe('width on a terminal', () => {
  test.each([
    ['', 0],
    ['abc', 3],
    ['日本語', 6],
    ['한국어', 6],
    ['ｆｕｌｌ', 8],
    ['ｱｲｳ', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['नि', 1],
    ['🎬', 2],
    ['👩‍👩‍👧', 2],
    ['🇨🇭', 2],
    ['❤️', 2],
    ['❤', 1],
    ['a\u200bb', 2],
    ['\u001b', 0],
    ['…', 1],
    ['━─', 2],
    ['١٢٣', 3],
  ])('%j is %i columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  test.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'abcd…'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['日本語', 1, '…'],
    ['日本語', 0, ''],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ])('%j cut to %i is %j', (text, width, expected) => {
    expect(cut(text, width)).toBe(expected);
  });

  test('cut in the middle keeps both ends', () => {
    expect(cut('videos/day 1/clip.mp4', 12, 'middle')).toBe('video…ip.mp4');
  });

  test('cut and pad give the width that was asked for, whatever the text', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 });
    fc.assert(
      fc.property(
        text,
        fc.nat(40),
        fc.constantFrom('end' as const, 'middle' as const),
        (value, width, where) => {
          const short = cut(value, width, where);
          expect(displayWidth(short)).toBeLessThanOrEqual(width);
          expect(displayWidth(pad(short, width, 'left'))).toBe(width);
          if (displayWidth(value) <= width) expect(short).toBe(value);
        },
      ),
    );
  });
});

describe('quantities', () => {
  test.each([
    [formatCount(0), '0'],
    [formatCount(999), '999'],
    [formatCount(1234), '1 234'],
    [formatCount(1_234_567), '1 234 567'],
    [formatUnits(1, 'frames'), '1 frame'],
    [formatUnits(0, 'videos'), '0 videos'],
    [formatUnits(2000, 'frames'), '2 000 frames'],
    [formatElapsed(0), '0.0 s'],
    [formatElapsed(12_340), '12.3 s'],
    [formatElapsed(59_949), '59.9 s'],
    [formatElapsed(59_950), '1 min 00 s'],
    [formatElapsed(185_000), '3 min 05 s'],
    [formatElapsed(3_599_600), '1 h 00 min'],
    [formatElapsed(7_440_000), '2 h 04 min'],
    [formatRemaining(0), '0:00'],
    [formatRemaining(6001), '0:07'],
    [formatRemaining(725_000), '12:05'],
    [formatRemaining(10_800_000), '3:00:00'],
    [formatDuration(7.48), '0:07.480'],
    [formatDuration(59.9996), '1:00.000'],
    [formatDuration(3723), '1:02:03.000'],
    [formatRate(0.25), '0.3'],
    [formatRate(9.94), '9.9'],
    [formatRate(1234.4), '1 234'],
    [formatDecimal(25), '25'],
    [formatDecimal(29.999999999999996), '30'],
    [formatDecimal(24_000 / 1001), '23.976'],
    [formatBytes(512), '512 B'],
    [formatBytes(999), '999 B'],
    [formatBytes(1500), '1.5 kB'],
    [formatBytes(9_949), '9.9 kB'],
    [formatBytes(9_950), '10 kB'],
    [formatBytes(999_600), '1.0 MB'],
    [formatBytes(23_400_000_000), '23 GB'],
  ])('%j', (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe('texts from outside', () => {
  test('control characters are shown, not done', () => {
    expect(printable('a\u001b[31mb\r\n\tc\u0007\u202Ed')).toBe('a\\u{1b}[31mb\\u{d}\\n\\tc\\u{7}\\u{202e}d');
    expect(printable('日本 é 🎬')).toBe('日本 é 🎬');
    expect(printableLines('a\r\nb\u001b')).toBe('a\nb\\u{1b}');
  });
});

describe('a table', () => {
  const layout = [
    { title: 'video', canShrink: true },
    { title: 'frames', side: 'right' },
    { title: 'notes' },
  ] as const;
  const rows = [
    ['日本 語/長い名前 🎬.ivf', '96', ''],
    ['a/long/path/to/some/clip.mp4', '1 234', 'turned 90°'],
    ['bad\nname.mp4', '5', ''],
  ];

  test('stands in columns, whatever the letters', () => {
    expect(tableLines(layout, rows)).toEqual([
      'video                         frames  notes',
      '日本 語/長い名前 🎬.ivf           96',
      'a/long/path/to/some/clip.mp4   1 234  turned 90°',
      'bad\\nname.mp4                      5',
    ]);
  });

  test('cuts the middle of long names where the terminal is narrow', () => {
    expect(tableLines(layout, rows, 40)).toEqual([
      'video                 frames  notes',
      '日本 語/…前 🎬.ivf        96',
      'a/long/pa…e/clip.mp4   1 234  turned 90°',
      'bad\\nname.mp4              5',
    ]);
  });

  test('cuts no further than names stay names', () => {
    expect(tableLines(layout, rows, 10)[2]).toBe('a/lon…ip.mp4   1 234  turned 90°');
  });
});

describe('colours', () => {
  const terminal = { isTTY: true };
  test.each([
    [terminal, {}, undefined, true],
    [{}, {}, undefined, false],
    [terminal, { NO_COLOR: '1' }, undefined, false],
    [terminal, { NO_COLOR: '' }, undefined, true],
    [terminal, { TERM: 'dumb' }, undefined, false],
    [{}, { FORCE_COLOR: '1' }, undefined, true],
    [terminal, { FORCE_COLOR: '0' }, undefined, false],
    [{}, { FORCE_COLOR: '1', NO_COLOR: '1' }, undefined, false],
    [{}, { NO_COLOR: '1' }, true, true],
    [terminal, { FORCE_COLOR: '1' }, false, false],
  ])('%j %j --color %j: %j', (stream, env, flag, expected) => {
    expect(wantsColor(stream, env, flag)).toBe(expected);
  });

  test('are put around a text, not around nothing', () => {
    expect(painter(true)('red', 'x')).toBe('\u001b[31mx\u001b[39m');
    expect(painter(true)('red', '')).toBe('');
    expect(painter(false)('red', 'x')).toBe('x');
  });
});
