import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { saveCustomMetadata } from '../../src/lightly.ts';
import { readFrameMetadata } from '../../src/table/frame-metadata.ts';
import { codeOf, thrownBy } from '../support/thrown-by.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'framesift-metadata-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (name: string, value: unknown): string => {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
};

const FRAMES = ['a-0-mp4.png', 'a-1-mp4.png', 'b/c-0-mkv.png'];

describe('custom metadata', () => {
  it('gives numbers, classes and raw values in the order of the frames', async () => {
    const path = join(root, 'metadata.json');
    await saveCustomMetadata(path, [
      ['b/c-0-mkv.png', { sharpness: 3, weather: { sky: 'rain', temperature: 4.5 }, night: true }],
      ['a-0-mp4.png', { sharpness: 1, weather: { sky: 'sunny', temperature: 20 }, night: false }],
      ['a-1-mp4.png', { sharpness: 2, weather: { sky: 'rain', temperature: -1 }, night: false }],
      ['other.png', { only_here: 1 }],
    ]);
    const metadata = await readFrameMetadata(path, FRAMES);
    expect(metadata.keys).toEqual(['night', 'sharpness', 'weather.sky', 'weather.temperature']);
    expect([...metadata.numbers('sharpness')]).toEqual([1, 2, 3]);
    expect([...metadata.numbers('weather.temperature')]).toEqual([20, -1, 4.5]);
    expect([...metadata.numbers('night')]).toEqual([0, 0, 1]);
    expect(metadata.classes('weather.sky')).toEqual({
      names: ['rain', 'sunny'],
      rows: { rows: 3, columns: 2, data: Float32Array.of(0, 1, 1, 0, 1, 0) },
    });
    expect(metadata.classes('night').names).toEqual(['false', 'true']);
    expect(metadata.value('weather.sky', 2)).toBe('rain');
  });

  it('finds frames under other paddings and image endings', async () => {
    const path = join(root, 'metadata.json');
    await saveCustomMetadata(path, [
      ['a-000-mp4.jpg', { x: 1 }],
      ['./a-01-mp4.webp', { x: 2 }],
      ['b/c-0-mkv.png', { x: 3 }],
    ]);
    expect([...(await readFrameMetadata(path, FRAMES)).numbers('x')]).toEqual([1, 2, 3]);
  });

  it.each([
    ['numbers', 'sharpnes', 'ERR_OPTION', 'no frame has "sharpnes". Did you mean sharpness?'],
    [
      'numbers',
      'lightly.sharpness',
      'ERR_OPTION',
      'no frame has "lightly.sharpness". Did you mean sharpness?',
    ],
    [
      'classes',
      'zzzzzz',
      'ERR_OPTION',
      'no frame has "zzzzzz". Keys: "mixed", "partly", "sharpness", "word".',
    ],
    ['numbers', 'partly', 'ERR_METADATA', '2 of 3 frames have no "partly", the first is a-1-mp4.png'],
    ['classes', 'partly', 'ERR_METADATA', '2 of 3 frames have no "partly", the first is a-1-mp4.png'],
    ['numbers', 'word', 'ERR_METADATA', 'a-0-mp4.png: "word" is "x", expected a finite number'],
    ['classes', 'mixed', 'ERR_METADATA', 'a-1-mp4.png: "mixed" is 7, expected a string, as of a-0-mp4.png'],
  ] as const)('%s of %s: %s', async (method, key, code, message) => {
    const path = join(root, 'metadata.json');
    await saveCustomMetadata(path, [
      ['a-0-mp4.png', { sharpness: 1, mixed: 'a', word: 'x', partly: 1 }],
      ['a-1-mp4.png', { sharpness: 2, mixed: 7, word: 'x' }],
      ['b/c-0-mkv.png', { sharpness: 3, mixed: 'b', word: 'x' }],
    ]);
    const metadata = await readFrameMetadata(path, FRAMES);
    const error = thrownBy(() => metadata[method](key));
    expect(error?.code).toBe(code);
    expect(error?.message).toContain(`${path}: ${message}`);
  });

  it.each([
    ['nonsense', 'ERR_METADATA', ', line 1: this is not JSON'],
    ['{"images": [],\n"metadata": [}', 'ERR_METADATA', ', line 2: this is not JSON'],
    [{ hello: 1 }, 'ERR_METADATA', ': is no custom metadata of Lightly'],
    [
      { images: [{ id: 'x', file_name: 'a' }], metadata: [] },
      'ERR_METADATA',
      ': images[0].id must be a whole number',
    ],
    [
      { images: [{ id: 0, file_name: 'z.png' }], metadata: [{ image_id: 0, x: 1 }] },
      'ERR_METADATA',
      ': says nothing of a-0-mp4.png, nor of any other of the 3 frames',
    ],
  ])('%j is refused', async (content, code, message) => {
    const path = write('metadata.json', content);
    expect(await codeOf(readFrameMetadata(path, FRAMES))).toContain(`${code} ${path}${message}`);
  });

  it('that is not there is said to be missing', async () => {
    expect(await codeOf(readFrameMetadata(join(root, 'none.json'), FRAMES))).toMatch(
      /^ERR_NOT_FOUND .*none\.json/,
    );
  });
});

describe("a folder of metadata as Lightly's worker has it", () => {
  const schema = [
    { name: 'Temperature', path: 'weather.temperature', defaultValue: 20, valueDataType: 'NUMERIC_FLOAT' },
    { name: 'Place', path: 'place', defaultValue: 'unknown', valueDataType: 'CATEGORICAL_STRING' },
  ];

  it('has defaults, then what is known of a video, then what is known of a frame', async () => {
    write('.lightly/metadata/schema.json', schema);
    const of = (metadata: object, type: string) => ({ file_name: 'x', type, metadata });
    write('.lightly/metadata/a.json', of({ place: 'Bern', weather: { temperature: 5 } }, 'video'));
    write('.lightly/metadata/a-1-mp4.json', of({ weather: { temperature: 6 } }, 'frame'));
    write('.lightly/metadata/b/c-0-mkv.json', of({}, 'frame'));
    for (const path of [root, join(root, '.lightly', 'metadata')]) {
      const metadata = await readFrameMetadata(path, FRAMES);
      expect([...metadata.numbers('weather.temperature')]).toEqual([5, 6, 20]);
      expect(metadata.classes('place').names).toEqual(['Bern', 'unknown']);
    }
  });

  it('needs a schema, documents that are sound, and one about a frame', async () => {
    expect(await codeOf(readFrameMetadata(root, FRAMES))).toMatch(
      /^ERR_NOT_FOUND .*there is no schema\.json/,
    );
    write('schema.json', schema);
    expect(await codeOf(readFrameMetadata(root, FRAMES))).toMatch(
      /^ERR_METADATA .*says nothing of a-0-mp4\.png/,
    );
    const path = write('a.json', { place: 'Bern' });
    expect(await codeOf(readFrameMetadata(root, FRAMES))).toBe(
      `ERR_METADATA ${path}: must hold an object metadata. Correct it.`,
    );
  });

  it('is not left, whatever the frames are called', async () => {
    write('schema.json', schema);
    write('a.json', { metadata: {} });
    const outside = write('../outside.json', { metadata: { place: 'x' } });
    const metadata = await readFrameMetadata(root, ['a-0-mp4.png', '../outside.png', outside]);
    expect([0, 1, 2].map((frame) => metadata.value('place', frame))).toEqual([
      'unknown',
      undefined,
      undefined,
    ]);
    rmSync(outside);
  });
});
