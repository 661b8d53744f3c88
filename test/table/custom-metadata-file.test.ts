// Custom metadata: numbers, classes and raw values of frames, out of one document.
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { saveCustomMetadata } from '../../src/lightly.ts';
import { readFrameMetadata } from '../../src/table/frame-metadata.ts';
import { useScratch } from '../support/scratch.ts';
import { codeOf, thrownBy } from '../support/thrown-by.ts';

const scratch = useScratch();
const { write } = scratch;

const FRAMES = ['a-0-mp4.png', 'a-1-mp4.png', 'b/c-0-mkv.png'];

describe('custom metadata', () => {
  it('gives numbers, classes and raw values in the order of the frames', async () => {
    const path = join(scratch.root, 'metadata.json');
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
    const path = join(scratch.root, 'metadata.json');
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
      'no frame has "zzzzzz". Keys: "both", "mixed", "partly", "sharpness", "word".',
    ],
    ['numbers', 'partly', 'ERR_METADATA', '2 of 3 frames have no "partly", the first is a-1-mp4.png'],
    ['classes', 'partly', 'ERR_METADATA', '2 of 3 frames have no "partly", the first is a-1-mp4.png'],
    [
      'numbers',
      'word',
      'ERR_METADATA',
      'a-0-mp4.png: "word" is "x", expected a finite number; 3 of 3 frames have something else',
    ],
    [
      'numbers',
      'both',
      'ERR_METADATA',
      'a-0-mp4.png: "both" is "x", expected a finite number; 2 of 3 frames have something else',
    ],
    [
      'classes',
      'mixed',
      'ERR_METADATA',
      'a-1-mp4.png: "mixed" is 7, expected a string, as of a-0-mp4.png; 1 of 3 frames have something else',
    ],
  ] as const)('%s of %s: %s', async (method, key, code, message) => {
    const path = join(scratch.root, 'metadata.json');
    await saveCustomMetadata(path, [
      ['a-0-mp4.png', { sharpness: 1, mixed: 'a', word: 'x', partly: 1, both: 'x' }],
      ['a-1-mp4.png', { sharpness: 2, mixed: 7, word: 'x' }],
      ['b/c-0-mkv.png', { sharpness: 3, mixed: 'b', word: 'x', both: 'y' }],
    ]);
    const metadata = await readFrameMetadata(path, FRAMES);
    const error = thrownBy(() => metadata[method](key));
    expect(error?.code).toBe(code);
    expect(error?.message).toContain(`${path}: ${message}`);
  });

  it('that hold no values say so', async () => {
    const path = write('metadata.json', {
      images: [{ id: 0, file_name: FRAMES[0] }],
      metadata: [{ image_id: 0 }],
    });
    const metadata = await readFrameMetadata(path, FRAMES);
    expect(thrownBy(() => metadata.numbers('x'))).toEqual({
      code: 'ERR_OPTION',
      message: `${path}: holds no values of any frame, and so none called "x". Give other metadata.`,
    });
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
      {
        images: [
          { id: 0, file_name: 'a-0-mp4.png' },
          { id: 1, file_name: 'a-000-mp4.png' },
        ],
        metadata: [],
      },
      'ERR_METADATA',
      ': a-0-mp4.png and a-000-mp4.png are the same frame. Keep one of them.',
    ],
    [
      { images: [{ id: 0, file_name: 'z.png' }], metadata: [{ image_id: 0, x: 1 }] },
      'ERR_METADATA',
      ': says nothing of a-0-mp4.png, nor of any other of the 3 frames; its first image is z.png. Give',
    ],
    [
      { images: [], metadata: [] },
      'ERR_METADATA',
      ': says nothing of a-0-mp4.png, nor of any other of the 3 frames; it has no images. Give',
    ],
  ])('%j is refused', async (content, code, message) => {
    const path = write('metadata.json', content);
    expect(await codeOf(readFrameMetadata(path, FRAMES))).toContain(`${code} ${path}${message}`);
  });

  it('as Python writes it: what is not a number is as good as nothing', async () => {
    const path = join(scratch.root, 'metadata.json');
    await saveCustomMetadata(path, [
      ['a-0-mp4.png', { blur: Number.NaN, word: 'NaN' }],
      ['a-1-mp4.png', { blur: 2, word: 'x' }],
      ['b/c-0-mkv.png', { blur: Number.POSITIVE_INFINITY, word: 'x' }],
    ]);
    const metadata = await readFrameMetadata(path, FRAMES);
    expect(thrownBy(() => metadata.numbers('blur'))?.message).toBe(
      `${path}: 2 of 3 frames have no "blur", the first is a-0-mp4.png. Complete the metadata, or leave these frames out.`,
    );
    expect([...metadata.numbers('blur', [1, 0, 1])]).toEqual([0, 2, 0]);
    expect(metadata.classes('word').names).toEqual(['NaN', 'x']);
  });

  it('shows a number that is too large for what it is', async () => {
    const path = write(
      'metadata.json',
      '{"images": [{"id": 0, "file_name": "a-0-mp4.png"}], "metadata": [{"image_id": 0, "x": 1e999, "list": [1, 2]}]}',
    );
    const metadata = await readFrameMetadata(path, ['a-0-mp4.png']);
    expect(thrownBy(() => metadata.numbers('x'))?.message).toContain('"x" is Infinity, expected a finite');
    expect(thrownBy(() => metadata.classes('list'))?.message).toContain(
      '"list" is [1,2], expected a text or a number',
    );
  });

  it('is not asked about frames that nobody looks at', async () => {
    const path = join(scratch.root, 'metadata.json');
    await saveCustomMetadata(path, [
      ['a-0-mp4.png', { sky: 5 }],
      ['a-1-mp4.png', { x: 2, sky: 'rain' }],
    ]);
    const metadata = await readFrameMetadata(path, FRAMES);
    expect(thrownBy(() => metadata.numbers('x', [1, 0, 0]))?.message).toContain(
      '1 of 3 frames have no "x", the first is b/c-0-mkv.png',
    );
    expect(metadata.classes('sky', [1, 0, 1])).toEqual({
      names: ['rain'],
      rows: { rows: 3, columns: 1, data: Float32Array.of(0, 1, 0) },
    });
  });

  it('has no classes where nearly every frame is one', async () => {
    const names = Array.from({ length: 16_385 }, (_, i) => `a-${i}-mp4.png`);
    const path = join(scratch.root, 'metadata.json');
    await saveCustomMetadata(
      path,
      names.map((name, i) => [name, { hash: `h${i}` }]),
    );
    const metadata = await readFrameMetadata(path, names);
    expect(thrownBy(() => metadata.classes('hash'))).toEqual({
      code: 'ERR_METADATA',
      message: `${path}: 16385 frames have 16385 different values of "hash", too many to be classes. Give a key with fewer.`,
    });
  });

  it('ends when it is told to', async () => {
    const path = join(scratch.root, 'metadata.json');
    await saveCustomMetadata(path, [['a-0-mp4.png', { x: 1 }]]);
    const reason = new Error('enough');
    await expect(readFrameMetadata(path, FRAMES, AbortSignal.abort(reason))).rejects.toBe(reason);
    write('folder/schema.json', []);
    await expect(
      readFrameMetadata(join(scratch.root, 'folder'), FRAMES, AbortSignal.abort(reason)),
    ).rejects.toBe(reason);
  });

  it('says of every frame what a plain look-up says', async () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(true, false, 'rain', 'sun', '7', ''),
      fc.constantFrom(null, undefined),
    );
    const alike = fc.constantFrom(
      fc.integer({ min: -3, max: 3 }),
      fc.boolean(),
      fc.constantFrom('rain', 'sun', 'constructor'),
      value,
    );
    const columns = alike.chain((each) => fc.array(each, { minLength: 1, maxLength: 7 }));
    await fc.assert(
      fc.asyncProperty(
        columns,
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        async (values, digits, turned) => {
          const padded = (i: number): string => `v/a-${String(i).padStart(digits, '0')}-mp4.jpg`;
          const items = values.map((each, i) => [
            padded(i),
            each === undefined ? { other: 0 } : { other: 0, deep: { x: each } },
          ]);
          const path = join(scratch.root, 'metadata.json');
          await saveCustomMetadata(path, (turned ? items.reverse() : items) as never);
          const metadata = await readFrameMetadata(
            path,
            values.map((_, i) => `v/a-${i}-mp4.png`),
          );
          const there = values.filter((each) => each !== null && each !== undefined);
          const numbers = thrownBy(() => metadata.numbers('deep.x'));
          const classes = thrownBy(() => metadata.classes('deep.x'));
          if (there.length === 0) {
            expect([metadata.keys, numbers?.code, classes?.code]).toEqual([
              ['other'],
              'ERR_OPTION',
              'ERR_OPTION',
            ]);
            return;
          }
          expect(values.map((_, i) => metadata.value('deep.x', i))).toEqual(
            values.map((each) => each ?? undefined),
          );
          const isComplete = there.length === values.length;
          if (isComplete && there.every((each) => typeof each !== 'string'))
            expect([...metadata.numbers('deep.x')]).toEqual(values.map(Number));
          else expect(numbers?.code).toBe('ERR_METADATA');
          if (isComplete && new Set(there.map((each) => typeof each)).size === 1) {
            const { names, rows } = metadata.classes('deep.x');
            expect(names).toEqual([...new Set(values.map(String))].sort());
            const naive = values.flatMap((each) => names.map((name) => Number(name === String(each))));
            expect([...rows.data]).toEqual(naive);
          } else expect(classes?.code).toBe('ERR_METADATA');
        },
      ),
    );
  });

  it('that is not there is said to be missing', async () => {
    expect(await codeOf(readFrameMetadata(join(scratch.root, 'none.json'), FRAMES))).toMatch(
      /^ERR_NOT_FOUND .*none\.json/,
    );
  });
});
