import { expect, test } from 'vitest';
import { quote, quoteFirst } from '../../src/base/quote.ts';

test('escapes what would disturb a line of text', () => {
  expect(quote('a "b"\n\0')).toBe('"a \\"b\\"\\n\\u0000"');
});

test('cuts what is longer than 100 characters', () => {
  expect(quote('x'.repeat(100))).toBe(`"${'x'.repeat(100)}"`);
  expect(quote('x'.repeat(101))).toBe(`"${'x'.repeat(100)}…"`);
});

test('of many shows the first, and how many more there are', () => {
  expect(quoteFirst([], 2)).toBe('');
  expect(quoteFirst(['a', 'b"'], 2)).toBe('"a", "b\\""');
  expect(quoteFirst(['a', 'b', 'c', 'd'], 2)).toBe('"a", "b" and 2 more');
});
