import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvRecord } from '../../src/formats/csv.ts';
import { CsvReader } from '../../src/formats/csv-reader.ts';
import { textsOf } from '../../src/formats/embedding-reader.ts';

/** All records, each as its row and its cells, of bytes that come in chunks of these lengths (then the rest). */
const read = (bytes: Uint8Array, lengths: readonly number[] = []): [row: number, cells: string[]][] => {
  const reader = new CsvReader();
  const records: [number, string[]][] = [];
  let at = 0;
  for (const length of [...lengths, bytes.length]) {
    // A chunk of its own, which is written over once it was read.
    const chunk = new Uint8Array(bytes.subarray(at, at + length));
    for (const record of reader.push(chunk)) records.push([record.row, textsOf(record)]);
    chunk.fill(0x58);
    at += length;
  }
  for (const record of reader.end()) records.push([record.row, textsOf(record)]);
  return records;
};

const cellsIn = (text: string): string[][] => read(Buffer.from(text)).map(([, cells]) => cells);

// What Python 3.11's csv.reader answers.
const CASES: readonly (readonly [string, string[][]])[] = [
  ['', []],
  ['\n', [[]]],
  ['a', [['a']]],
  ['a,b', [['a', 'b']]],
  ['a,b\n', [['a', 'b']]],
  ['a,b\r\n', [['a', 'b']]],
  [
    'a,b\rc,d\r',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  ['a\n\nb\n', [['a'], [], ['b']]],
  ['\r\r\n\n', [[], [], []]],
  ['a,\n', [['a', '']]],
  [',', [['', '']]],
  ['""\n', [['']]],
  ['"a""b",c\n', [['a"b', 'c']]],
  ['"a,b"\r\n"c\r\nd"\n', [['a,b'], ['c\r\nd']]],
  ['"a"b"c,d\n', [['ab"c', 'd']]],
  ['a"b",c\n', [['a"b"', 'c']]],
  [' "a",b\n', [[' "a"', 'b']]],
  ['"unterminated,x\ny\n', [['unterminated,x\ny\n']]],
  ['"', [['']]],
  ['"""', [['"']]],
  ['"a""', [['a"']]],
  ['a\0b,c\n', [['a\0b', 'c']]],
  ['\ufefffilenames,x\n', [['\ufefffilenames', 'x']]],
  ['"a"\r', [['a']]],
  ['"a" "b",c\n', [['a "b"', 'c']]],
  ['  \n', [['  ']]],
  ['x,"a\rb"\r\ny\r', [['x', 'a\rb'], ['y']]],
  ['"a\n', [['a\n']]],
];

describe('the reader', () => {
  test.each(CASES)('%j', (text, cells) => expect(cellsIn(text)).toEqual(cells));

  test.each(CASES)('%j, byte by byte', (text) => {
    const bytes = Buffer.from(text);
    expect(
      read(
        bytes,
        Array.from(bytes, () => 1),
      ),
    ).toEqual(read(bytes));
  });

  test('any chunks give the same rows', () => {
    const character = fc.constantFrom('"', ',', '\n', '\r', '\r\n', 'a', 'é', '😀', '\0', ' ');
    const text = fc.array(character, { maxLength: 40 }).map((characters) => characters.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(6), { maxLength: 40 }), (source, lengths) => {
        const bytes = Buffer.from(source);
        expect(read(bytes, lengths)).toEqual(read(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test('rows count blank lines, and records with line ends once', () => {
    expect(read(Buffer.from('a\n\n"b\nc",d\ne')).map(([row]) => row)).toEqual([1, 2, 3, 4]);
  });

  test('a record longer than many chunks', () => {
    const bytes = Buffer.from(`a,"${'x'.repeat(100_000)}"\nb\n`);
    const lengths = Array.from({ length: 1000 }, () => 100);
    expect(read(bytes, lengths)).toEqual([
      [1, ['a', 'x'.repeat(100_000)]],
      [2, ['b']],
    ]);
  });
});

describe('the writer', () => {
  // What Python 3.11's csv.writer writes.
  test.each([
    [['a,b.png'], '"a,b.png"\r\n'],
    [['a"b'], '"a""b"\r\n'],
    [['a\nb'], '"a\nb"\r\n'],
    [['a\rb'], '"a\rb"\r\n'],
    [['a\r\nb'], '"a\r\nb"\r\n'],
    [[' a'], ' a\r\n'],
    [['\ta'], '\ta\r\n'],
    [["'a"], "'a\r\n"],
    [['', 'x'], ',x\r\n'],
    [['\ufeffa'], '\ufeffa\r\n'],
    [[''], '""\r\n'],
    [['a\0b'], 'a\0b\r\n'],
  ])('%j', (cells, text) => expect(csvRecord(cells)).toBe(text));

  test('what it writes is read back, whatever is in it', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', 'a') }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { maxLength: 5 }), (rows) => {
        expect(cellsIn(rows.map(csvRecord).join(''))).toEqual(rows);
      }),
    );
  });
});
