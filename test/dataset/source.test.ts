import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openSource } from '../../src/dataset/source.ts';

const folder = mkdtempSync(join(tmpdir(), 'framesift-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const place = (name: string): string => {
  const path = join(folder, name);
  writeFileSync(path, '');
  return path;
};

it('a single file is a source of its own, whatever its extension', async () => {
  expect(await openSource(place('tape.001'))).toEqual({
    root: folder,
    kind: 'videos',
    files: ['tape.001'],
    problems: [],
  });
  expect(await openSource(place('still.png'))).toMatchObject({ kind: 'images', files: ['still.png'] });
});

it.each(['selected.txt', 'embeddings.csv', 'list.JSON'])(
  '%s is a list of names, and no source',
  async (name) => {
    await expect(openSource(place(name))).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: `${join(folder, name)}: is no video and no image. If it names frames, give the folder of their videos, and the list with --filenames.`,
    });
  },
);
