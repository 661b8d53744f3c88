import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Progress } from '../../src/base/progress.ts';
import { openDataset } from '../../src/dataset/open-dataset.ts';
import { readBlockCode } from '../support/block-code.ts';
import { makeNumberedFolder, type NumberedFolder } from '../support/folder.ts';
import { errorOf } from '../support/thrown-by.ts';

let temporary = '';
let folder: NumberedFolder;

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'framesift-'));
  folder = makeNumberedFolder(join(temporary, 'videos'), 12, 15);
  writeFileSync(join(folder.root, 'broken.mp4'), 'this is no video');
  symlinkSync(folder.root, join(folder.root, 'day 0', 'loop'));
});

afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const open = (options: Parameters<typeof openDataset>[1] = {}) =>
  openDataset(folder.root, { cache: false, ...options });

describe('a folder of videos', () => {
  it('is one list of frames, a broken video being empty and saying why', async () => {
    using dataset = await open();
    expect(dataset.length).toBe(12 * 15);
    expect(dataset.videos.map(({ path }) => path)).toEqual(['broken.mp4', ...folder.videos]);
    expect(dataset.videos[0]).toMatchObject({ frameCount: 0, offset: 0, error: { code: 'ERR_VIDEO_OPEN' } });
    expect(dataset.videos[2]).toMatchObject({
      frameCount: 15,
      offset: 15,
      label: 2,
      width: 128,
      height: 96,
      rotation: 0,
    });
    expect(dataset.videos[2]!.fps).toBeCloseTo(30, 1);
    expect([...dataset.filenames()]).toEqual(
      folder.videos.flatMap((_, v) => Array.from({ length: 15 }, (_unused, i) => folder.nameOf(v, i))),
    );
  });

  it('names, numbers and pictures agree', async () => {
    using dataset = await open();
    for (const [video, index] of [
      [0, 0],
      [0, 14],
      [1, 0],
      [7, 9],
      [11, 14],
    ] as const) {
      const globalIndex = video * 15 + index;
      const name = folder.nameOf(video, index);
      expect(dataset.filename(globalIndex)).toBe(name);
      expect(dataset.indexOf(name)).toBe(globalIndex);
      expect(dataset.indexOf(name.replace(/-0*(\d+)-/, '-000$1-'))).toBe(globalIndex);
      const { image, label, filename } = await dataset.at(globalIndex);
      expect({ code: readBlockCode(image), label, filename }).toEqual({
        code: folder.numberOf(video, index),
        label: video + 1,
        filename: name,
      });
    }
    expect(await dataset.timestamps(folder.videos[3]!)).toHaveLength(15);
  });

  it('gives frames by name or number, in order, each video opened once', async () => {
    using dataset = await open();
    const found: [number, number | null][] = [];
    for await (const { globalIndex, image } of dataset.frames([170, folder.nameOf(0, 3), 20, 3])) {
      found.push([globalIndex, image === undefined ? null : readBlockCode(image)]);
    }
    expect(found).toEqual([
      [3, 3],
      [20, 20],
      [170, 170],
    ]);
  });

  it('labels by folder on request', async () => {
    using dataset = await open({ labels: 'folder' });
    expect([...new Set(dataset.videos.map(({ label }) => label))]).toEqual([0, 1, 2]);
  });

  it('is narrowed by globs', async () => {
    using dataset = await open({ include: ['*.mkv'], exclude: ['day 1/'] });
    expect(dataset.videos.map(({ path }) => path)).toEqual(
      folder.videos.filter((path) => /^day 0.*mkv$/.test(path)),
    );
  });

  it('reports its progress', async () => {
    const seen: Progress[] = [];
    using _dataset = await open({ onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toMatchObject({
      stage: 'counting frames',
      done: 13,
      total: 13,
      failed: 1,
      unit: 'videos',
    });
  });

  it('dumps frames under their names: unknown names fail, the others are right', async () => {
    using dataset = await open();
    const out = join(temporary, 'dump');
    const names = [
      folder.nameOf(9, 2),
      folder.nameOf(0, 3),
      'aaa-0-mp4.png',
      folder.nameOf(0, 3),
      folder.nameOf(5, 99),
    ];
    const { done, failed } = await dataset.dump(out, names, { format: 'jpg' });
    expect(done.map(({ name, file }) => [name, file])).toEqual(
      [folder.nameOf(9, 2), folder.nameOf(0, 3)].map((name) => [name, name.replace(/png$/, 'jpg')]),
    );
    expect(failed.map(({ item, error }) => [item, error.code])).toEqual([
      ['aaa-0-mp4.png', 'ERR_NOT_FOUND'],
      [folder.nameOf(5, 99), 'ERR_FRAME_RANGE'],
    ]);
    for (const [name, number] of [
      [folder.nameOf(9, 2), folder.numberOf(9, 2)],
      [folder.nameOf(0, 3), 3],
    ] as const) {
      const file = join(out, name.replace(/png$/, 'jpg'));
      const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
      expect(info.format).toBe('raw');
      expect(readBlockCode({ ...info, data })).toBe(number);
      expect(readFileSync(file).subarray(0, 2).toString('hex')).toBe('ffd8');
    }
  });

  it.each<[string, number]>([
    ['before', -1],
    ['behind', 180],
    ['between', 1.5],
  ])('refuses an index %s its frames', async (_where, index) => {
    using dataset = await open();
    const error = await errorOf(dataset.at(index));
    expect(error.message).toBe(`${folder.root}: has no frame ${index}; its frames are 0 to 179.`);
  });

  it('understands the short names of a folder with one video', async () => {
    const single = join(temporary, 'single');
    mkdirSync(single);
    cpSync(join(folder.root, folder.videos[0]!), join(single, 'only.mp4'));
    using dataset = await openDataset(single, { cache: false });
    expect(dataset.indexOf('000007-mp4.png')).toBe(7);
    const { done } = await dataset.dump(join(temporary, 'short'), ['000007-mp4.png']);
    expect(done.map(({ file, frame }) => [file, frame])).toEqual([['000007-mp4.png', 7]]);
  });
});

describe('a folder of images', () => {
  it('counts, labels by folder, copies byte for byte or converts', async () => {
    const root = join(temporary, 'images');
    for (const [i, file] of ['cats/a.png', 'cats/b.jpg', 'dogs/ü c.webp'].entries()) {
      mkdirSync(join(root, file, '..'), { recursive: true });
      await sharp({
        create: { width: 20 + i, height: 10, channels: 3, background: { r: 10 * i, g: 200, b: 30 } },
      }).toFile(join(root, file));
    }
    writeFileSync(join(root, 'dogs', 'broken.png'), 'no image');
    using dataset = await openDataset(root, { cache: false });
    expect(dataset.kind).toBe('images');
    expect([...dataset.filenames()]).toEqual([
      'cats/a.png',
      'cats/b.jpg',
      'dogs/broken.png',
      'dogs/ü c.webp',
    ]);
    expect(dataset.videos.map(({ label }) => label)).toEqual([0, 0, 1, 1]);
    const { image } = await dataset.at(0);
    expect([image.width, image.height, ...image.data.subarray(0, 3)]).toEqual([20, 10, 0, 200, 30]);
    expect((await errorOf(dataset.at(2))).code).toBe('ERR_IMAGE_OPEN');

    const copied = await dataset.dump(join(temporary, 'copied'));
    expect(copied.failed.map(({ item, error }) => [item, error.code])).toEqual([
      ['dogs/broken.png', 'ERR_IMAGE_OPEN'],
    ]);
    for (const { file } of copied.done)
      expect(readFileSync(join(temporary, 'copied', file))).toEqual(readFileSync(join(root, file)));

    const converted = await dataset.dump(join(temporary, 'converted'), ['cats/a.png', 'cats/b.jpg'], {
      format: 'jpg',
      size: { width: 10 },
    });
    expect(converted.done.map(({ file, width, height }) => [file, width, height])).toEqual([
      ['cats/a.jpg', 10, 5],
      ['cats/b.jpg', 10, 5],
    ]);
    expect(existsSync(join(temporary, 'converted', 'cats', 'a.jpg'))).toBe(true);
  });
});
