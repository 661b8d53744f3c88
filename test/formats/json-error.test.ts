import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonErrorOffset } from '../../src/formats/json-error.ts';

test.each([
  ['{"a": 1,\n "b": }', 15],
  ['', 0],
  ['  ', 2],
  ['[1, 2', 5],
  ['[1 2]', 3],
  ['[1,]', 3],
  ['[}', 1],
  ['{"a" 1}', 5],
  ['{1: 2}', 1],
  ['{"a": 1,}', 8],
  ['{,}', 1],
  ['[1] x', 4],
  ['1 2', 2],
  [',', 0],
  ['[nul]', 1],
  ['["a]', 1],
])('%j goes wrong at %i', (text, offset) => expect(jsonErrorOffset(text, true)).toBe(offset));

test.each([
  ['{"a": [1,\n NaN]}', 11],
  ['[-Infinity]', 1],
])('%j goes wrong at %i where it is not Python that wrote it', (text, offset) => {
  expect(jsonErrorOffset(text, false)).toBe(offset);
  expect(jsonErrorOffset(text, true)).toBe(text.length);
});

test('what is right goes on to its end', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(0, 2), (json, space) => {
      const text = JSON.stringify(JSON.parse(json), undefined, space);
      expect(jsonErrorOffset(text, false)).toBe(text.length);
    }),
  );
});
