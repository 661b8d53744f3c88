// What `embed --metadata` tells of frames, against decoded pictures and plain loops.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Progress } from '../src/base/progress.ts';
import type { EmbedOptions } from '../src/embed.ts';
import { saveImage } from '../src/image/save.ts';
import { loadEmbeddings } from '../src/lightly.ts';
import { openVideo } from '../src/video/video.ts';
import { run } from './support/command.ts';
import { useEmbeddingBench } from './support/embedding.ts';
import { encodeVideo } from './support/encode.ts';
import { mux } from './support/mux.ts';
import { fillDisk, onSmallDisk } from './support/small-disk.ts';
import { errorOf } from './support/thrown-by.ts';

interface Metadata {
  readonly images: readonly { readonly id: number; readonly file_name: string }[];
  readonly metadata: readonly (Readonly<Record<string, number>> & { readonly perceptual_hash: string })[];
}

const bench = useEmbeddingBench(3, 60);

const embed = (options: Partial<EmbedOptions> = {}) =>
  bench().embed({
    out: bench().table('table.csv'),
    choice: { kind: 'sample', sampler: { every: 20 } },
    metadata: true,
    ...options,
  });

const written = (): Metadata =>
  JSON.parse(readFileSync(join(bench().out, 'table_metadata.json'), 'utf8')) as Metadata;

/** Luma of a picture, and its mean and deviation, in plain loops. */
const lumaOf = (pixels: Uint8Array): { mean: number; deviation: number } => {
  const luma: number[] = [];
  for (let i = 0; i < pixels.length; i += 3)
    luma.push(Math.round(0.299 * pixels[i]! + 0.587 * pixels[i + 1]! + 0.114 * pixels[i + 2]!));
  const mean = luma.reduce((sum, value) => sum + value, 0) / luma.length;
  return {
    mean,
    deviation: Math.sqrt(luma.reduce((sum, value) => sum + (value - mean) ** 2, 0) / luma.length),
  };
};

describe('metadata beside a table of embeddings', () => {
  it('has an item for each row, in the table’s order, with what the frame shows', async () => {
    const { metadata, rows } = await embed();
    expect(metadata).toBe(join(bench().out, 'table_metadata.json'));
    const { filenames } = await loadEmbeddings(join(bench().out, 'table.csv'));
    const { images, metadata: items } = written();
    expect(images.map(({ file_name }) => file_name)).toEqual(filenames);
    expect(images.map(({ id }) => id)).toEqual(items.map(({ image_id }) => image_id));
    expect(items).toHaveLength(rows);
    for (const [i, { frame_index, timestamp_sec, luminance, contrast }] of items.entries()) {
      const [position, index] = [Math.floor(i / 3), (i % 3) * 20];
      using video = await openVideo(join(bench().folder.root, bench().folder.videos[position]!), {
        cache: false,
      });
      const { image, seconds } = await video.frameAt(index);
      expect({ frame_index, timestamp_sec }).toEqual({
        frame_index: index,
        timestamp_sec: Math.round(seconds * 1e6) / 1e6,
      });
      const { mean, deviation } = lumaOf(image.data);
      // Another of FFmpeg's filters makes the picture that is measured: colours are halved in width and height.
      expect(Math.abs(luminance! - mean)).toBeLessThan(0.5);
      expect(Math.abs(contrast! - deviation)).toBeLessThan(0.5);
    }
  });

  it('tells motion since the row before of the same video', async () => {
    await embed();
    const { metadata } = written();
    expect(metadata.map((item) => 'motion' in item)).toEqual(
      Array.from({ length: 9 }, (_, i) => i % 3 !== 0),
    );
    // The numbers that the frames show change, and nothing else does.
    for (const { motion } of metadata)
      if (motion !== undefined) {
        expect(motion).toBeGreaterThan(0);
        expect(motion).toBeLessThan(128);
      }
  });

  it('tells for how long the picture stands still', async () => {
    const still = join(bench().temporary, 'still.mp4');
    const frames = [1, 1, 1, 240, 240, 3];
    const rate = { num: 25, den: 1 };
    const video = encodeVideo({ codec: 'libx264', options: { crf: 12 }, rate, frames });
    mux({ path: still, container: 'mp4', streams: [video] });
    await embed({ input: still, choice: { kind: 'sample', sampler: {} } });
    expect(written().metadata.map(({ still_seconds }) => still_seconds)).toEqual([0, 0.04, 0.08, 0, 0.04, 0]);
  });

  it('of images tells no time', async () => {
    const images = join(bench().temporary, 'images');
    mkdirSync(images);
    using video = await openVideo(join(bench().folder.root, bench().folder.videos[0]!), { cache: false });
    for (const index of [1, 2])
      await saveImage((await video.frameAt(index)).image, join(images, `${index}.png`));
    await embed({ input: images, choice: { kind: 'sample', sampler: {} } });
    const { metadata } = written();
    expect(metadata.map((item) => Object.keys(item))).toEqual(
      [0, 1].map(() => [
        'image_id',
        'luminance',
        'contrast',
        'sharpness',
        'entropy',
        'shadows',
        'highlights',
        'uniform_row_ratio',
        'perceptual_hash',
      ]),
    );
    const { mean } = lumaOf((await video.frameAt(1)).image.data);
    expect(metadata[0]!['luminance']).toBeCloseTo(mean, 1);
    expect(metadata.map(({ perceptual_hash }) => /^[0-9a-f]{16}$/.test(perceptual_hash))).toEqual([
      true,
      true,
    ]);
  });

  it('is the same whatever the number of workers, and leaves the embeddings as they are', async () => {
    await embed({ jobs: 1 });
    const [alone, table] = [written(), readFileSync(join(bench().out, 'table.csv'))];
    await embed({ jobs: 4, force: true });
    expect(written()).toEqual(alone);
    await embed({ metadata: false, force: true });
    expect(readFileSync(join(bench().out, 'table.csv')).equals(table)).toBe(true);
  });

  it('is not mixed with an unfinished run that did not measure', async () => {
    const controller = new AbortController();
    const onProgress = ({ done }: { readonly done: number }): void => {
      if (done > 2) controller.abort();
    };
    await expect(embed({ metadata: false, signal: controller.signal, onProgress })).rejects.toThrow(
      'aborted',
    );
    await expect(embed()).rejects.toThrow(
      /embeddings of own-size on cpu \(3 dimensions\) are there, and this run has own-size on cpu, with metadata/,
    );
    expect(await embed({ force: true })).toMatchObject({ rows: 9 });
  });

  it('from the command line: its path is a result', async () => {
    const line = [
      'embed',
      bench().folder.root,
      '--out',
      join(bench().out, 'table.csv'),
      '--model',
      bench().model,
      '--every',
      '20',
      '--metadata',
    ];
    const { code, stdout } = await run([...line, '--device', 'cpu', '--no-pca']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${join(bench().out, 'table.csv')}\n${join(bench().out, 'table_metadata.json')}\n`,
    });
  });
});

it('a disk that is full of rows: the run stops, and continues once there is room (skipped where no small disk can be made)', async ({
  skip,
}) => {
  const all = { choice: { kind: 'sample', sampler: {} } } as const;
  await onSmallDisk(skip, bench().out, async () => {
    let ballast: string | undefined;
    const onProgress = ({ done }: Progress): void => {
      if (done === 50) ballast ??= fillDisk(bench().out);
    };
    const { code, message } = await errorOf(embed({ ...all, onProgress }));
    expect(code).toBe('ERR_WRITE');
    expect(message).toMatch(/rows\.bin: .*the disk is full\. Free some space/);
    rmSync(ballast!);
    expect(readdirSync(bench().out)).toEqual(['table.csv.partial']);
    const { rows, resumed } = await embed(all);
    expect({ rows, isContinued: resumed >= 50 }).toEqual({ rows: 180, isContinued: true });
    expect(existsSync(join(bench().out, 'table.csv.partial'))).toBe(false);
  });
});
