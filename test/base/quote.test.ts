import { expect, test } from 'vitest';
import { quote } from '../../src/base/quote.ts';

test('escapes what would disturb a line of text', () => {
  expect(quote('a "b"\n\0')).toBe('"a \\"b\\"\\n\\u0000"');
});

test('cuts what is longer than 100 characters', () => {
  expect(quote('x'.repeat(100))).toBe(`"${'x'.repeat(100)}"`);
  expect(quote('x'.repeat(101))).toBe(`"${'x'.repeat(100)}…"`);
});
