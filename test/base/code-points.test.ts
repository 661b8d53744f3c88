import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareCodePoints } from '../../src/base/code-points.ts';

test('orders as the UTF-8 bytes do', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '/', '\u00e9', '\uff21', '\u{1f600}', '\u{10ffff}'),
    maxLength: 4,
  });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2000 },
  );
});

test('puts what needs two UTF-16 units last', () => {
  expect(['\u{1f600}', '\uff21', 'b', 'a', ''].sort(compareCodePoints)).toEqual([
    '',
    'a',
    'b',
    '\uff21',
    '\u{1f600}',
  ]);
});
