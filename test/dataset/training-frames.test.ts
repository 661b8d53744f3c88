import { copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Progress } from '../../src/base/progress.ts';
import { epochOrder } from '../../src/dataset/epoch-order.ts';
import { FrameSupply } from '../../src/dataset/frame-supply.ts';
import type { TrainingFramesOptions } from '../../src/dataset/index-training-frames.ts';
import { planEpochWindows } from '../../src/dataset/picture-sizes.ts';
import { frameOfSample, type TrainingFrames } from '../../src/dataset/training-frames.ts';
import { makeNumberedFolder, type NumberedFolder } from '../support/folder.ts';
import { range } from '../support/streams.ts';
import { codeOf } from '../support/thrown-by.ts';
import { framesIn, supplied, take } from '../support/training.ts';

const SAMPLES = fileURLToPath(new URL('../../samples/media', import.meta.url));

let temporary = '';
let folder: NumberedFolder;

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'framesift-training-'));
  folder = makeNumberedFolder(join(temporary, 'videos'), 4, 45);
});

afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const list = (options: TrainingFramesOptions = {}): Promise<TrainingFrames> =>
  framesIn(folder.root, { cache: join(temporary, 'cache'), ...options });

const namesIn = (frames: TrainingFrames): string[] =>
  range(0, frames.count).map((sample) => frameOfSample(frames, sample).name);

describe('frames to train on', () => {
  it('are all of a folder, videos by path and frames by number', async () => {
    const frames = await list();
    expect(frames.count).toBe(180);
    expect(namesIn(frames)).toEqual(range(0, 180).map((i) => folder.nameOf(Math.floor(i / 45), i % 45)));
    const { contentKey, ...place } = frameOfSample(frames, 45 + 7);
    expect(place).toEqual({ name: folder.nameOf(1, 7), label: 1, file: folder.videos[1], frame: 7 });
    expect(contentKey).toMatch(/^[0-9a-f]{64}$/);
    expect(frames.files[1]).toMatchObject({
      shown: { width: 128, height: 96 },
      starts: Uint32Array.of(0, 40),
    });
    expect(frames.failed).toEqual([]);
  });

  it.each<[string, TrainingFramesOptions['choice'], readonly number[]]>([
    ['every n-th', { kind: 'sample', sampler: { every: 20 } }, [0, 20, 40]],
    ['by time', { kind: 'times', seconds: [1, 0.5] }, [15, 30]],
    ['by number', { kind: 'numbers', ranges: [{ start: 3, end: 5, step: 1 }] }, [3, 4]],
  ])('may be some of each video: %s', async (_how, choice, expected) => {
    const frames = await list({ choice });
    expect(namesIn(frames)).toEqual(
      range(0, 4).flatMap((video) => expected.map((i) => folder.nameOf(video, i))),
    );
    const windows = planEpochWindows(frames, { shortSide: 48, cacheBytes: 1 << 30 });
    const { taken } = await supplied(frames, [epochOrder(frames, { seed: 1, epoch: 0, ...windows })]);
    const shown = taken.map(({ shows }) => shows).sort((a, b) => Number(a) - Number(b));
    expect(shown).toEqual(range(0, 4).flatMap((video) => expected.map((i) => folder.numberOf(video, i))));
  });

  it('may be a list of names; what is not there is told once', async () => {
    const names = [
      folder.nameOf(3, 7),
      'day 0/none-00-mp4.png',
      folder.nameOf(1, 99),
      folder.nameOf(1, 2),
      folder.nameOf(3, 7),
    ];
    const frames = await list({ choice: { kind: 'names', list: names } });
    expect(namesIn(frames)).toEqual([folder.nameOf(1, 2), folder.nameOf(3, 7)]);
    expect(frameOfSample(frames, 1).label).toBe(3);
    expect(frames.failed.map(({ item, error }) => [item, error.code])).toEqual([
      [folder.nameOf(1, 99), 'ERR_FRAME_RANGE'],
      ['day 0/none-00-mp4.png', 'ERR_NOT_FOUND'],
    ]);
  });

  it('have the same fingerprint until a file or the choice is another', async () => {
    const root = join(temporary, 'changing');
    for (const path of folder.videos.slice(0, 3)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      copyFileSync(join(folder.root, path), join(root, path));
    }
    const fingerprint = async (options: TrainingFramesOptions = {}) =>
      (await framesIn(root, options)).fingerprint;
    const first = await fingerprint();
    expect(await fingerprint({ jobs: 1, choice: { kind: 'sample', sampler: {} } })).toBe(first);
    expect(await fingerprint({ labels: 'folder' })).toBe(first);
    const others = [await fingerprint({ choice: { kind: 'sample', sampler: { every: 2 } } })];
    utimesSync(join(root, folder.videos[1]!), 1, 1);
    others.push(await fingerprint());
    rmSync(join(root, folder.videos[2]!));
    others.push(await fingerprint());
    expect(new Set([first, ...others]).size).toBe(4);
  });

  it('are counted with progress', async () => {
    const seen: Progress[] = [];
    await list({ onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toMatchObject({
      stage: 'counting frames',
      done: 4,
      total: 4,
      failed: 0,
      unit: 'videos',
    });
  });

  it('are refused when there is none', async () => {
    const root = join(temporary, 'none');
    mkdirSync(root);
    writeFileSync(join(root, 'broken.mp4'), 'no video');
    expect(await codeOf(framesIn(root))).toMatch(
      /^ERR_NO_INPUT .*none: holds no frame to train on: the first of 1 failures is broken\.mp4: .*broken\.mp4: /,
    );
    const choice = { kind: 'sample', sampler: { start: { kind: 'frame', index: 500 } } } as const;
    expect(await codeOf(list({ choice }))).toBe(
      `ERR_NO_INPUT ${folder.root}: holds no frame to train on: none of its 4 files has a frame that was chosen`,
    );
  });

  it('are those of the sample clips, too', async () => {
    const frames = await framesIn(SAMPLES);
    expect(frames.files.map(({ file, frames: numbers }) => [file, numbers.length])).toEqual([
      ['Kamera Süd/gate.webm', 60],
      ['phone.mp4', 90],
      ['street.mkv', 120],
    ]);
    const windows = planEpochWindows(frames, { shortSide: 64, cacheBytes: 2_000_000 });
    const orders = [0, 1].map((epoch) => epochOrder(frames, { seed: 0, epoch, ...windows }));
    const { taken, stats } = await supplied(frames, orders, { shortSide: 64, cacheBytes: 2_000_000 });
    const numbers = taken.map(({ sample }) => frameOfSample(frames, sample).frame);
    expect(taken.map(({ shows }) => shows)).toEqual(numbers);
    expect(stats.peakBytes).toBeLessThanOrEqual(2_000_000);
  });
});

describe('images to train on', () => {
  const colourOf = (i: number) => ({ r: 10 * i, g: 200, b: 30 });

  beforeAll(async () => {
    const images = [...range(0, 20).map((i) => `${i % 3}/${i}.png`), 'wide.png'];
    for (const [i, path] of images.entries()) {
      const file = join(temporary, 'images', path);
      mkdirSync(dirname(file), { recursive: true });
      const size = path === 'wide.png' ? { width: 1200, height: 60 } : { width: 64 + i, height: 64 };
      await sharp({ create: { ...size, channels: 3, background: colourOf(i) } }).toFile(file);
    }
    writeFileSync(join(temporary, 'images', '1', 'broken.png'), 'no image');
  });

  it('are labelled by their folders, and fail one by one', async () => {
    const frames = await framesIn(join(temporary, 'images'));
    expect(frames.count).toBe(22);
    const labels = range(0, 22).map((sample) => frameOfSample(frames, sample));
    const folders = ['.', '0', '1', '2'];
    expect(labels.map(({ label }) => label)).toEqual(
      labels.map(({ file }) => folders.indexOf(dirname(file))),
    );
    const windows = planEpochWindows(frames, { shortSide: 32, cacheBytes: 1 << 20 });
    const order = epochOrder(frames, { seed: 1, epoch: 0, ...windows });
    using supply = new FrameSupply(frames, { jobs: 2, shortSide: 32, cacheBytes: 1 << 20 });
    let failures = 0;
    for await (const { sample, image, failure, position } of supply.deliver([order])) {
      const { name } = frameOfSample(frames, sample);
      expect(sample).toBe(order.samples[position]);
      if (image === undefined) {
        failures++;
        expect([failure!.item, failure!.error.code]).toEqual(['1/broken.png', 'ERR_IMAGE_OPEN']);
        continue;
      }
      const i = name === 'wide.png' ? 20 : Number.parseInt(name.split('/')[1]!, 10);
      expect([...image.data.subarray(0, 3)]).toEqual(Object.values(colourOf(i)));
      expect([image.width, image.height]).toEqual(i === 20 ? [640, 32] : [Math.round((64 + i) / 2), 32]);
    }
    expect(failures).toBe(1);
  });

  it('that are larger than was supposed keep to the budget', async () => {
    const frames = await framesIn(join(temporary, 'images'));
    const wideBytes = 640 * 32 * 3;
    for (const cacheBytes of [1, wideBytes / 4, wideBytes, 2 * wideBytes]) {
      const windows = planEpochWindows(frames, { shortSide: 32, cacheBytes });
      const orders = () => [0, 1].map((epoch) => epochOrder(frames, { seed: 9, epoch, ...windows }));
      using supply = new FrameSupply(frames, { jobs: 1, shortSide: 32, cacheBytes });
      const taken = await take(supply, orders());
      expect(taken.map(({ sample }) => sample)).toEqual(orders().flatMap(({ samples }) => [...samples]));
      expect(taken.filter(({ shows }) => shows === 'ERR_IMAGE_OPEN')).toHaveLength(2);
      expect(supply.stats.peakBytes).toBeLessThanOrEqual(Math.max(cacheBytes, wideBytes));
    }
  });
});
