import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { float64Text } from '../../src/formats/python-number.ts';
import {
  decimalAt,
  parsePythonFloat,
  parsePythonInt,
  smallIntAt,
  strip,
} from '../../src/formats/python-parse.ts';

// What Python 3.11 and numpy 1.24 answer; undefined where they raise ValueError.
const INTS: readonly (readonly [string, number | undefined])[] = [
  ['1', 1],
  [' 1 ', 1],
  ['+1', 1],
  ['-3', -3],
  ['1_000', 1000],
  ['1__0', undefined],
  ['_1', undefined],
  ['1_', undefined],
  ['1.0', undefined],
  ['cat', undefined],
  ['', undefined],
  ['\u00a07\u2003', 7],
  ['１２', 12],
  ['١٢', 12],
  ['-0', 0],
  ['0x10', undefined],
  ['007', 7],
  ['\ufeff1', undefined],
  ['\u001c5', undefined],
  ['5\u0085', 5],
  ['++1', undefined],
  ['+ 1', undefined],
];

const FLOATS: readonly (readonly [string, number | undefined])[] = [
  ['1', 1],
  [' 1.5 ', 1.5],
  ['nan', Number.NaN],
  ['NaN', Number.NaN],
  ['inf', Infinity],
  ['-Infinity', -Infinity],
  ['+INF', Infinity],
  ['1e5', 100000],
  ['1E+5', 100000],
  ['1_0', 10],
  ['1_0.2_5e1_0', 102500000000],
  ['１.５', 1.5],
  ['', undefined],
  ['x', undefined],
  ['0x10', undefined],
  ['1d5', undefined],
  ['.5', 0.5],
  ['5.', 5],
  ['.', undefined],
  ['1e', undefined],
  ['e5', undefined],
  ['-0', -0],
  ['1.5.2', undefined],
  ['1e400', Infinity],
  ['1e-400', 0],
  ['infinit', undefined],
  ['nan1', undefined],
  ['+-1', undefined],
  ['1 2', undefined],
];

const bytesOf = (text: string): Uint8Array => Buffer.from(text);

describe('int', () => {
  test.each(INTS)('%j', (text, value) => expect(parsePythonInt(text)).toBe(value));

  test('what a double does not hold is refused', () => {
    expect(parsePythonInt('9007199254740991')).toBe(9007199254740991);
    expect(parsePythonInt('9007199254740993')).toBeUndefined();
  });

  test.each(INTS)('%j, the quick way: the same, or no answer', (text, value) => {
    const bytes = bytesOf(text);
    const quick = smallIntAt(bytes, 0, bytes.length);
    if (!Number.isNaN(quick)) expect(quick).toBe(value);
  });
});

describe('float', () => {
  test.each(FLOATS)('%j', (text, value) => expect(parsePythonFloat(text)).toBe(value));

  test.each(FLOATS)('%j, the quick way: the same, or no answer', (text, value) => {
    const bytes = bytesOf(text);
    const quick = decimalAt(bytes, 0, bytes.length);
    if (!Number.isNaN(quick)) expect(quick).toBe(value);
  });

  test('the quick way is exact', () => {
    const sources = [fc.double(), fc.float(), fc.integer().map((n) => n / 1000)];
    fc.assert(
      fc.property(fc.oneof(...sources), fc.constantFrom(float64Text, String), (value, write) => {
        const text = write(value);
        const bytes = bytesOf(`,${text},`);
        const quick = decimalAt(bytes, 1, bytes.length - 1);
        if (!Number.isNaN(quick)) expect(quick).toBe(Number(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('the quick way takes what is common', () => {
    for (const text of ['0.33333334', '-3.1415927', '0.0', '1e-07', '12345679.0', '0.30000000000000004']) {
      expect(decimalAt(bytesOf(text), 0, text.length)).toBe(text.length > 17 ? Number.NaN : Number(text));
    }
  });

  test('a long cell of digits costs no more than its length', () => {
    const digits = '1'.repeat(100_000);
    expect(parsePythonFloat(`${digits}x`)).toBeUndefined();
    expect(parsePythonFloat(digits)).toBe(Infinity);
  });
});

test('strip takes the separators away, and leaves a byte order mark', () => {
  expect(strip(' \t\u001c\u001fa b\u0085\u00a0\u3000')).toBe('a b');
  expect(strip('\ufeffa')).toBe('\ufeffa');
  expect(strip(' \n ')).toBe('');
});
