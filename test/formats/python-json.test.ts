import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CocoAnnotationKeys,
  customMetadataJson,
  formatCustomMetadata,
} from '../../src/formats/custom-metadata.ts';
import { schemaJson, tasksJson } from '../../src/formats/prediction-json.ts';
import { type JsonValue, parsePythonJson, pythonJson } from '../../src/formats/python-json.ts';
import { pythonFloat } from '../../src/formats/python-number.ts';
import { thrownBy } from '../support/thrown-by.ts';

describe('json.dumps', () => {
  test('as Python 3.11 writes it', () => {
    const value: JsonValue = [
      1,
      pythonFloat(1),
      pythonFloat(1e16),
      pythonFloat(1e22),
      5e-324,
      Number.NaN,
      -Infinity,
      'é😀\x7f\n"\\/\b\f\t\r\0',
      null,
      true,
      { a: [] },
      {},
      -0,
      1e22,
      0.1,
    ];
    expect(pythonJson(value)).toBe(
      '[1, 1.0, 1e+16, 1e+22, 5e-324, NaN, -Infinity, "\\u00e9\\ud83d\\ude00\\u007f\\n\\"\\\\/\\b\\f\\t\\r\\u0000", null, true, {"a": []}, {}, -0.0, 10000000000000000000000, 0.1]',
    );
  });

  test('arrays of numbers, maps and big integers', () => {
    const map = new Map<string, JsonValue>([
      ['b', new Float32Array([1, 0.5])],
      ['7', new Int32Array([1])],
      ['a', 10n ** 20n],
    ]);
    expect(pythonJson(map)).toBe('{"b": [1.0, 0.5], "7": [1], "a": 100000000000000000000}');
    expect(pythonJson(new Float64Array([Number.NaN, 2]))).toBe('[NaN, 2.0]');
  });

  test('half of a surrogate pair is escaped, as Python does', () => {
    expect(pythonJson('\ud83d')).toBe('"\\ud83d"');
  });

  test.each<[unknown, string]>([
    [
      undefined,
      'value cannot be written as JSON: there is no JSON for undefined. Leave it out, or convert it.',
    ],
    [
      { a: [1, { b: undefined }] },
      'value.a[1].b cannot be written as JSON: there is no JSON for undefined. Leave it out, or convert it.',
    ],
    [
      [new Date(0)],
      'value[0] cannot be written as JSON: there is no JSON for a Date. Leave it out, or convert it.',
    ],
    [
      new Map([[1, 2]]),
      'value cannot be written as JSON: the key 1 is not a text. Leave it out, or convert it.',
    ],
  ])('%j is refused', (value, message) => {
    expect(() => pythonJson(value as JsonValue)).toThrow(message);
    expect(thrownBy(() => pythonJson(value as JsonValue))?.code).toBe('ERR_JSON');
  });

  test('a cycle is refused, the same value twice is not', () => {
    const loop: JsonValue[] = [];
    loop.push(loop);
    expect(() => pythonJson(loop)).toThrow('value[0] cannot be written as JSON: it contains itself.');
    const shared = { a: 1 };
    expect(pythonJson([shared, shared])).toBe('[{"a": 1}, {"a": 1}]');
  });

  test('what is written reads back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(pythonJson(value as JsonValue))).toEqual(value);
      }),
    );
  });

  test('NaN and Infinity are read as null, but not within texts', () => {
    expect(parsePythonJson('{"a": NaN, "b": [-Infinity, "NaN \\" NaN"], "c": Infinity}')).toEqual({
      a: null,
      b: [null, 'NaN " NaN'],
      c: null,
    });
    expect(() => parsePythonJson('{"a": NaNa}')).toThrow(SyntaxError);
  });
});

describe('custom metadata', () => {
  test('the keys follow COCO', () => {
    expect(CocoAnnotationKeys).toEqual({
      images: 'images',
      imagesId: 'id',
      imagesFilename: 'file_name',
      customMetadata: 'metadata',
      customMetadataImageId: 'image_id',
    });
  });

  test('images are numbered, their metadata refer to them', () => {
    const items = [
      ['a.png', { weather: 'rain' }],
      ['b.png', {}],
      ['a.png', { weather: 'sun' }],
    ] as const;
    expect(formatCustomMetadata(items)).toEqual({
      images: [
        { id: 0, file_name: 'a.png' },
        { id: 1, file_name: 'b.png' },
        { id: 2, file_name: 'a.png' },
      ],
      metadata: [{ image_id: 0, weather: 'rain' }, { image_id: 1 }, { image_id: 2, weather: 'sun' }],
    });
  });

  test('an image_id of its own replaces the number and stays first', () => {
    const { metadata } = formatCustomMetadata([['a.png', { weather: 1, image_id: 'x' }]]);
    expect(JSON.stringify(metadata)).toBe('[{"image_id":"x","weather":1}]');
    expect([...customMetadataJson([['a.png', { 7: 1, image_id: 'x' }]])].join('')).toBe(
      '{"images": [{"id": 0, "file_name": "a.png"}], "metadata": [{"image_id": "x", "7": 1}]}',
    );
  });

  test('nothing gives two empty lists', () => {
    expect(formatCustomMetadata([])).toEqual({ images: [], metadata: [] });
    expect([...customMetadataJson([])].join('')).toBe('{"images": [], "metadata": []}');
  });

  test.each([[['a.png', null]], [['a.png', [1]]], [['a.png']], [['a.png', {}, 1]], [[1, {}]], [null]])(
    'the item %j is refused',
    (item) => {
      const items = [['ok.png', {}], item] as never;
      const message = 'item 1 of the metadata must be a pair [filename, dictionary].';
      expect(() => formatCustomMetadata(items)).toThrow(message);
      expect(() => [...customMetadataJson(items)]).toThrow(message);
      expect(thrownBy(() => formatCustomMetadata(items))?.code).toBe('ERR_METADATA');
    },
  );

  test('pieces of many items are the document as a whole', () => {
    const items = Array.from({ length: 20_000 }, (_, i) => [`é${i}.png`, { value: i / 2 }] as const);
    const pieces = [...customMetadataJson(items)];
    expect(pieces.length).toBeGreaterThan(5);
    expect(pieces.join('')).toBe(pythonJson(formatCustomMetadata(items) as unknown as JsonValue));
  });
});

describe('tasks and schemas of predictions', () => {
  test('tasks', () => expect(tasksJson(['task1', 'task2'])).toBe('["task1", "task2"]'));

  test('a schema', () => {
    expect(schemaJson('T', [1], ['x'])).toBe('{"task_type": "T", "categories": [{"id": 1, "name": "x"}]}');
  });

  test('neither type nor repetitions are looked at, and there may be no category', () => {
    expect(schemaJson('', [], [])).toBe('{"task_type": "", "categories": []}');
    expect(schemaJson('a', [1, 1], ['x', 'x'])).toContain('{"id": 1, "name": "x"}, {"id": 1, "name": "x"}');
  });

  test('as many names as ids', () => {
    expect(() => schemaJson('a', [1, 2], ['x'])).toThrow(
      'the numbers of ids and names of the categories differ: (2, 1). Give one name for each id.',
    );
    expect(thrownBy(() => schemaJson('a', [1, 2], ['x']))?.code).toBe('ERR_SHAPE');
  });
});
