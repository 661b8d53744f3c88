import { describe, expect, it } from 'vitest';
import { contactSheet } from '../../src/augment/contact-sheet.ts';
import type { RgbImage } from '../../src/base/rgb-image.ts';
import { thrownBy } from '../support/thrown-by.ts';
import { noise, pixelOf, plain } from './noise.ts';

/** A sheet of greys as text: `.` is paper. */
const lines = (sheet: RgbImage): string[] =>
  Array.from({ length: sheet.height }, (_, y) =>
    Array.from({ length: sheet.width }, (_, x) => {
      const [level] = pixelOf(sheet, x, y);
      return level === 208 ? '.' : String(level);
    }).join(''),
  );

describe('contactSheet', () => {
  it('has a row for each picture: the original, then its views, each fitted into its cell', () => {
    const sheet = contactSheet(
      [
        { original: plain(8, 4, 1), views: [plain(4, 4, 2), plain(1, 1, 3)] },
        { original: plain(2, 8, 4), views: [plain(3, 3, 5)] },
      ],
      { cell: 4, padding: 1 },
    );
    expect(lines(sheet)).toEqual([
      '................',
      '......2222.3333.',
      '.1111.2222.3333.',
      '.1111.2222.3333.',
      '......2222.3333.',
      '................',
      '..4...5555......',
      '..4...5555......',
      '..4...5555......',
      '..4...5555......',
      '................',
    ]);
  });

  it('leaves pictures of the size of a cell as they are', () => {
    const picture = noise(5, 5);
    expect(contactSheet([{ original: picture, views: [] }], { cell: 5, padding: 0 })).toEqual(picture);
  });

  it('is never without a cell', () => {
    const { width, height } = contactSheet([]);
    expect([width, height]).toEqual([136, 136]);
  });

  it('refuses sizes that are none', () => {
    expect(thrownBy(() => contactSheet([], { cell: 0 }))?.message).toBe(
      'cell 0: expected a whole number from 1 to 16384.',
    );
    expect(thrownBy(() => contactSheet([], { padding: -1 }))?.message).toBe(
      'padding -1: expected a whole number from 0 to 1024.',
    );
  });
});
