// Metadata as Lightly's worker has them: a schema, and documents about videos and frames.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFrameMetadata } from '../../src/table/frame-metadata.ts';
import { useScratch } from '../support/scratch.ts';
import { signalAtLook } from '../support/signals.ts';
import { codeOf } from '../support/thrown-by.ts';

const scratch = useScratch();
const { write } = scratch;

const FRAMES = ['a-0-mp4.png', 'a-1-mp4.png', 'b/c-0-mkv.png'];

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
    for (const path of [
      scratch.root,
      join(scratch.root, '.lightly'),
      join(scratch.root, '.lightly', 'metadata'),
    ]) {
      const metadata = await readFrameMetadata(path, FRAMES);
      expect([...metadata.numbers('weather.temperature')]).toEqual([5, 6, 20]);
      expect(metadata.classes('place').names).toEqual(['Bern', 'unknown']);
    }
  });

  it('has defaults for frames without a document, and none that are null', async () => {
    write('schema.json', [...schema, { name: 'x', path: 'x', defaultValue: null }]);
    write('a-1-mp4.json', { metadata: { place: 'Bern' } });
    const metadata = await readFrameMetadata(scratch.root, FRAMES);
    expect(metadata.keys).toEqual(['place', 'weather.temperature']);
    expect(FRAMES.map((_, frame) => metadata.value('place', frame))).toEqual(['unknown', 'Bern', 'unknown']);
    expect([...metadata.numbers('weather.temperature')]).toEqual([20, 20, 20]);
  });

  it('finds documents under other paddings, the exact name first, and of videos with dots or no extension', async () => {
    write('schema.json', []);
    const names = [
      'a-0-mp4.png',
      'd/a-01-mp4.jpg',
      'v1.2-b-0-.png',
      'x.y-3-mov.png',
      'photo.jpeg',
      '7-mp4.png',
    ];
    const documents = ['a-000-mp4', 'd/a-1-mp4', 'd/a-01-mp4', 'v1.2-b', 'x.y', 'photo', '007-mp4'];
    for (const name of documents) write(`${name}.json`, { metadata: { from: name } });
    const metadata = await readFrameMetadata(scratch.root, names);
    expect(names.map((_, frame) => metadata.value('from', frame))).toEqual([
      'a-000-mp4',
      'd/a-01-mp4',
      'v1.2-b',
      'x.y',
      'photo',
      '007-mp4',
    ]);
  });

  it('may have byte order marks, and NaN as Python writes it', async () => {
    write('schema.json', `\uFEFF${JSON.stringify(schema)}`);
    write('a-0-mp4.json', '\uFEFF{"metadata": {"x": 1}}');
    write('a-1-mp4.json', '{"metadata": {"x": NaN, "place": "Bern"}}');
    const metadata = await readFrameMetadata(scratch.root, FRAMES);
    expect([0, 1].map((frame) => metadata.value('x', frame))).toEqual([1, undefined]);
  });

  it('has one document of several about a frame, always the same', async () => {
    write('schema.json', []);
    for (const name of ['a-000-mp4', 'a-00-mp4', 'a-0000-mp4'])
      write(`${name}.json`, { metadata: { from: name } });
    expect((await readFrameMetadata(scratch.root, FRAMES)).value('from', 0)).toBe('a-00-mp4');
  });

  it('is left in the middle when told to', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `a-${i}-mp4.png`);
    write('schema.json', []);
    for (const name of names) write(name.replace('.png', '.json'), { metadata: { x: 1 } });
    const reason = new Error('enough');
    const { signal, looks } = signalAtLook(40, reason);
    await expect(readFrameMetadata(scratch.root, names, signal)).rejects.toBe(reason);
    // Those under way at the same time may look once more each.
    expect(looks()).toBeLessThan(60);
  });

  it('needs a schema, documents that are sound, and one about a frame', async () => {
    expect(await codeOf(readFrameMetadata(scratch.root, FRAMES))).toMatch(
      /^ERR_NOT_FOUND .*there is no schema\.json/,
    );
    write('schema.json', schema);
    expect(await codeOf(readFrameMetadata(scratch.root, FRAMES))).toMatch(
      /^ERR_METADATA .*says nothing of a-0-mp4\.png, .* 3 frames; there is no .*\/a-0-mp4\.json\. Give/,
    );
    const path = write('a.json', { place: 'Bern' });
    expect(await codeOf(readFrameMetadata(scratch.root, FRAMES))).toBe(
      `ERR_METADATA ${path}: must hold an object metadata. Correct it.`,
    );
    const schemaPath = write('schema.json', [...schema, { defaultValue: 1 }]);
    const wrongPath = `ERR_METADATA ${schemaPath}: [2].path must be the path of a value: keys with dots between. Correct it.`;
    expect(await codeOf(readFrameMetadata(scratch.root, FRAMES))).toBe(wrongPath);
    write('schema.json', [...schema, { path: '', defaultValue: 1 }]);
    expect(await codeOf(readFrameMetadata(scratch.root, FRAMES))).toBe(wrongPath);
    write('schema.json', { path: 'x' });
    expect(await codeOf(readFrameMetadata(scratch.root, FRAMES))).toBe(
      `ERR_METADATA ${schemaPath}: must be a list of entries with path and defaultValue. Correct it.`,
    );
  });

  it('is not left, whatever the frames are called', async () => {
    write('schema.json', schema);
    write('a.json', { metadata: {} });
    const outside = write('../outside.json', { metadata: { place: 'x' } });
    const metadata = await readFrameMetadata(scratch.root, ['a-0-mp4.png', '../outside.png', outside]);
    expect([0, 1, 2].map((frame) => metadata.value('place', frame))).toEqual(Array(3).fill('unknown'));
    rmSync(outside);
  });
});
