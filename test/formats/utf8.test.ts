import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Utf8Check } from '../../src/formats/utf8.ts';

const wrongAt = (bytes: readonly number[], length = bytes.length): number | undefined => {
  const check = new Utf8Check();
  for (let at = 0; at < bytes.length; at += length) {
    const wrong = check.push(Uint8Array.from(bytes.slice(at, at + length)));
    if (wrong !== undefined) return wrong;
  }
  return check.end();
};

describe('the first byte that is not UTF-8', () => {
  test.each([
    [[0x61, 0x62], undefined],
    [[0x61, 0xff, 0x62], 1],
    [[0xc3, 0xa9, 0xe9, 0x62], 2],
    [[0x61, 0xc3], 1],
    [[0xf0, 0x9f, 0x98, 0x80], undefined],
    [[0xf0, 0x9f, 0x98], 0],
    [[0x61, 0xed, 0xa0, 0x80], 1],
    [[0xc0, 0x80], 0],
    [[0x61, 0x80], 1],
    [[0xf5, 0x80, 0x80, 0x80], 0],
    [[0xe0, 0x80, 0x80], 0],
  ])('%j', (bytes, offset) => {
    for (const length of [1, 2, 3, 4, 100]) expect(wrongAt(bytes, length)).toBe(offset);
  });

  test('any text is right, however it is cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 5 }), (text, length) => {
        expect(wrongAt([...Buffer.from(text)], length)).toBeUndefined();
      }),
    );
  });
});
