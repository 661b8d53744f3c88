import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromFloat16Bits } from '../../src/base/float16.ts';
import {
  float16Text,
  float32Text,
  float64Text,
  LONGEST_NUMBER,
  pythonFloat,
  pythonText,
  writeFloat32,
  writeFloat64,
} from '../../src/formats/python-number.ts';

interface RandomLines {
  readonly count: number;
  readonly sha256: string;
  readonly everyFiftieth: readonly string[];
}

interface Golden {
  readonly float32: readonly (readonly [hex: string, text: string])[];
  readonly float64: readonly (readonly [hex: string, text: string])[];
  readonly random: { readonly float32: RandomLines; readonly float64: RandomLines };
}

const golden = JSON.parse(
  readFileSync(new URL('../golden/lightly-csv.json', import.meta.url), 'utf8'),
) as Golden;

/** `-0x1.8p+1` is -3. */
const fromHex = (text: string): number => {
  const match = /^(-?)0x([01])\.([0-9a-f]+)p([+-]\d+)$/.exec(text);
  if (match === null) return Number(text.replace('inf', 'Infinity'));
  const [, sign, whole, fraction, exponent] = match;
  const mantissa = Number(whole) + Number.parseInt(fraction!, 16) / 16 ** fraction!.length;
  // In two steps, because 2 ** -1074 has no neighbours that a product could be rounded to.
  const power = Number(exponent);
  const value = mantissa * 2 ** Math.max(power, -1022) * 2 ** Math.min(0, power + 1022);
  return sign === '-' ? -value : value;
};

describe('the text of a number', () => {
  test.each(golden.float32)('float32 %s is %s', (hex, text) => {
    expect(float32Text(fromHex(hex))).toBe(text);
  });

  test.each(golden.float64)('float64 %s is %s', (hex, text) => {
    expect(float64Text(fromHex(hex))).toBe(text);
  });

  test('there are 221 of each', () => {
    expect([golden.float32.length, golden.float64.length]).toEqual([221, 221]);
  });

  test.each([
    [1, '1.0'],
    [1000000000000000, '1000000000000000.0'],
    [1e16, '1e+16'],
    [5e-324, '5e-324'],
    [1e-5, '1e-05'],
    [1e-7, '1e-07'],
    [1e22, '1e+22'],
    [-0, '-0.0'],
    [0, '0.0'],
    [0.0001, '0.0001'],
    [Number.NaN, 'nan'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    // At a tie the even digit.
    [562949953421312.25, '562949953421312.2'],
  ])('float64 %d', (value, text) => expect(float64Text(value)).toBe(text));

  test.each([
    [0.0001, '1e-04'],
    [123456789, '123456790.0'],
    [2147483648, '2147483600.0'],
    [9999999198822400, '9999999000000000.0'],
    [16777217, '16777216.0'],
    [0.1, '0.1'],
    [1 / 3, '0.33333334'],
    [Math.PI, '3.1415927'],
    [1.401298464324817e-45, '1e-45'],
    [9.809089250273719e-45, '1e-44'],
    [3.4028234663852886e38, '3.4028235e+38'],
    [1.1754943508222875e-38, '1.1754944e-38'],
    [0.30000001, '0.3'],
    [12345678.9, '12345679.0'],
    [0, '0.0'],
    [-0, '-0.0'],
    [Number.NaN, 'nan'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [2097152.25, '2097152.2'],
    [2097152.75, '2097152.8'],
  ])('float32 %d', (value, text) => expect(float32Text(value)).toBe(text));

  test('float32 survives, in the fewest digits', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        const text = float32Text(value);
        expect(Math.fround(Number(text.replace('inf', 'Infinity')))).toBe(value);
        const digits = /[1-9]\d*/.exec(text.replace(/e.*|\.0$/g, '').replace(/[.-]/g, ''))?.[0] ?? '0';
        const fewer = digits.replace(/0+$/, '').length - 1;
        if (fewer < 1 || !Number.isFinite(value)) return;
        expect(Math.fround(Number(value.toPrecision(fewer)))).not.toBe(value);
      }),
      { numRuns: 2000 },
    );
  });

  test('float64 survives', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        expect(Number(float64Text(value).replace('inf', 'Infinity'))).toBe(value);
      }),
    );
  });

  test('bytes are the same text, within the room that is asked for', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        const bytes = new Uint8Array(2 + LONGEST_NUMBER);
        const end32 = writeFloat32(value, bytes, 2);
        expect(Buffer.from(bytes.subarray(2, end32)).toString()).toBe(float32Text(value));
        const end64 = writeFloat64(value, bytes, 2);
        expect(Buffer.from(bytes.subarray(2, end64)).toString()).toBe(float64Text(value));
        expect(bytes.length).toBe(2 + LONGEST_NUMBER);
      }),
    );
  });
});

describe('the text of a float16', () => {
  test.each([
    [1 / 3, '0.3333'],
    [Math.PI, '3.14'],
    [65504, '65500.0'],
    [6e-8, '6e-08'],
    [1e-4, '0.0001'],
    [9.9957e-5, '9.996e-05'],
    [-0, '-0.0'],
    [1e6, 'inf'],
    [Number.NaN, 'nan'],
  ])('%d is %s', (value, text) => {
    expect(float16Text(value)).toBe(text);
  });

  test('is for every finite one what numpy 1.24.2 writes', () => {
    // sha256 of '\n'.join(str(x) for x in numpy.arange(65536, dtype='uint16').view('float16') if isfinite(x))
    const texts = Array.from({ length: 65_536 }, (_, bits) => fromFloat16Bits(bits))
      .filter(Number.isFinite)
      .map(float16Text);
    expect(texts).toHaveLength(63_488);
    expect(createHash('sha256').update(texts.join('\n')).digest('hex')).toBe(
      '770d7b0b5a7400e25a56d08e8a10e18573ff23a12097696a1b17448fe69311d1',
    );
  });
});

// The program in the golden file makes the same values.
describe('ten thousand random numbers', () => {
  const draws = function* (): Generator<number, never> {
    for (let state = 2463534242; ; ) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      yield state >>> 0;
    }
  };
  const view = new DataView(new ArrayBuffer(8));

  const expectSame = (lines: readonly string[], { count, sha256, everyFiftieth }: RandomLines): void => {
    expect(lines.filter((_, i) => i % 50 === 0)).toEqual(everyFiftieth);
    expect(lines.length).toBe(count);
    const text = lines.map((line) => `${line}\n`).join('');
    expect(createHash('sha256').update(text).digest('hex')).toBe(sha256);
  };

  test('float32', () => {
    const draw = draws();
    const lines: string[] = [];
    for (let i = 0; lines.length < 10_000; i++) {
      const bits = draw.next().value;
      const near = (bits & 0x807fffff) | ((113 + ((bits >>> 23) & 63)) << 23);
      view.setInt32(0, i % 2 === 1 ? near : bits);
      const value = view.getFloat32(0);
      if (Number.isFinite(value)) lines.push(float32Text(value));
    }
    expectSame(lines, golden.random.float32);
  });

  test('float64', () => {
    const draw = draws();
    const lines: string[] = [];
    for (let i = 0; lines.length < 10_000; i++) {
      const high = draw.next().value;
      const near = (high & 0x800fffff) | ((1009 + ((high >>> 20) & 63)) << 20);
      view.setInt32(0, i % 2 === 1 ? near : high);
      view.setUint32(4, draw.next().value);
      const value = view.getFloat64(0);
      if (Number.isFinite(value)) lines.push(float64Text(value));
    }
    expectSame(lines, golden.random.float64);
  });
});

test.each([
  [-3, '-3'],
  [1.5, '1.5'],
  [null, 'None'],
  ['cat', 'cat'],
  [true, 'True'],
  [false, 'False'],
  [pythonFloat(1), '1.0'],
  [Number.NaN, 'nan'],
  [-0, '-0.0'],
  [10n ** 22n, '10000000000000000000000'],
  [1e22, '10000000000000000000000'],
])('str of %s', (value, text) => expect(pythonText(value)).toBe(text));
