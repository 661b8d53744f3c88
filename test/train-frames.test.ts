// Frames of all kinds and sizes as `train` meets them, and those that it cannot have.
import { copyFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../src/base/random.ts';
import type { RgbImage } from '../src/base/rgb-image.ts';
import { run } from './support/command.ts';
import { corpusDirectory } from './support/corpus.ts';
import { makeNumberedFolder, type NumberedFolder } from './support/folder.ts';
import { writePicture } from './support/textures.ts';
import { codeOf, errorOf } from './support/thrown-by.ts';
import { useTrainingBench } from './support/training-bench.ts';

const bench = useTrainingBench();

let videos: NumberedFolder;
let clips = '';
beforeAll(async () => {
  videos = makeNumberedFolder(join(bench().temporary, 'videos'), 3, 24);
  clips = await corpusDirectory();
});

const random = new Random(3);
const noise = (width: number, height: number): RgbImage => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, () => random.below(256)),
});

/** A folder below the bench's, and what puts files into it. */
const folderOf = (name: string): string => {
  const folder = join(bench().temporary, name);
  mkdirSync(folder, { recursive: true });
  return folder;
};

describe('pictures', () => {
  it.each<[string, readonly (readonly [number, number])[]]>([
    ['of one pixel', [[1, 1]]],
    [
      'smaller than a view',
      [
        [5, 5],
        [5, 9],
      ],
    ],
    [
      'of 3 : 7',
      [
        [30, 70],
        [70, 30],
      ],
    ],
    [
      'as narrow as can be',
      [
        [1, 90],
        [90, 1],
      ],
    ],
    [
      'of many sizes',
      [
        [1, 1],
        [200, 8],
        [33, 34],
        [640, 480],
      ],
    ],
  ])('%s are trained on', async (name, sizes) => {
    const input = folderOf(name);
    for (let i = 0; i < 8; i++)
      await writePicture(join(input, `${i}.png`), noise(...sizes[i % sizes.length]!));
    const { steps, failed, epochs } = await bench().train({ input, batchSize: 4, epochs: 1 });
    expect([steps, failed, epochs.length]).toEqual([2, [], 1]);
    expect(epochs[0]!.loss).toBeGreaterThan(0);
  });

  it('make views of an odd size', async () => {
    const { epochs, settings } = await bench().train({ inputSize: 33, epochs: 1 });
    expect(settings.views.crops).toEqual([{ size: 33, count: 2, minScale: 0.08, maxScale: 1 }]);
    expect(epochs[0]!.loss).toBeGreaterThan(0);
  });

  it('in folders with all sorts of names, into another one', async () => {
    const input = folderOf('Videos von Zoë, 7 %');
    for (const name of ['ein Hund.png', '犬 — 01.png', "l'été.png", '-dash.png'])
      await writePicture(join(input, 'día 1', name), noise(20, 20));
    const out = bench().at('mon réseau', '学习');
    const args = bench().args('--batch-size', '2', '--epochs', '1');
    const { code, stdout } = await run(
      args.map((arg) => (arg === bench().pictures ? input : arg === bench().out ? out : arg)),
    );
    expect([code, stdout]).toEqual([0, `${join(out, 'encoder.onnx')}\n`]);
  });
});

describe('frames that cannot be had', () => {
  it('of a broken video cost these and no others', async () => {
    const input = folderOf('one broken');
    copyFileSync(join(videos.root, videos.videos[0]!), join(input, 'sound.mp4'));
    writeFileSync(join(input, 'broken.mp4'), 'no video');
    const args = bench().args('--epochs', '1');
    const first = await run(args.map((arg) => (arg === bench().pictures ? input : arg)));
    expect([first.code, first.stdout]).toEqual([3, `${bench().at('encoder.onnx')}\n`]);
    expect(first.stderr).toMatch(
      /^failed: .*broken\.mp4: .*\nsimclr on cpu, 1 epoch over 24 frames, 3 steps, /,
    );
    // Neither are they forgotten when there is nothing more to do.
    const again = await run(args.map((arg) => (arg === bench().pictures ? input : arg)));
    expect([again.code, again.stderr.split('\n')[0]]).toEqual([3, first.stderr.split('\n')[0]]);
  });

  it('because they are damaged are passed over, and stay in the record', async () => {
    const input = folderOf('damaged');
    copyFileSync(join(clips, 'noise.mp4'), join(input, 'noise.mp4'));
    copyFileSync(join(videos.root, videos.videos[0]!), join(input, 'sound.mp4'));
    const { failed, frames, epochs } = await bench().train({ input });
    expect(new Set(failed.map(({ error }) => error.code))).toEqual(new Set(['ERR_FRAME_DAMAGED']));
    expect(failed.every(({ item }) => item.startsWith('noise-'))).toBe(true);
    // Nor are they counted in steps that there were none of.
    const steps = Math.floor((frames - failed.length) / 8);
    expect(epochs.map((epoch) => epoch.steps)).toEqual([steps, steps, steps]);
    expect(bench().trained().record['failed']).toEqual(
      failed.map(({ item, error }) => ({ item, message: error.message })),
    );
  });

  it('are told again when a training is continued', async () => {
    const input = folderOf('damaged');
    await bench()
      .trainUntil(1, { input })
      .catch(() => undefined);
    const { failed } = await bench().train({ input });
    const whole = await bench().train({ input, outDir: bench().at('whole') });
    // What FFmpeg logged meanwhile depends on how far it came.
    const told = ({ item, error }: (typeof failed)[number]): string =>
      `${item} ${error.code} ${error.message}`;
    expect(failed.map(told).sort()).toEqual(whole.failed.map(told).sort());
  });

  it('where all videos are broken', async () => {
    const input = folderOf('all broken');
    for (const name of ['a.mp4', 'b.mkv']) writeFileSync(join(input, name), 'no video');
    const message = await codeOf(bench().train({ input }));
    expect(message).toMatch(
      new RegExp(`^ERR_NO_INPUT ${input}: holds no frame to train on: the first of 2 failures is a\\.mp4: `),
    );
  });

  it('and that leave too few for a batch', async () => {
    const input = folderOf('too few');
    for (let i = 0; i < 4; i++) await writePicture(join(input, `${i}.png`), noise(20, 20));
    writeFileSync(join(input, '2.png'), 'no picture');
    const { code, message, facts } = await errorOf(bench().train({ input }));
    expect([code, facts]).toEqual([
      'ERR_NO_FRAMES',
      { path: input, frames: 4, failed: 1, batchSize: 4, epoch: 1 },
    ]);
    expect(message).toMatch(
      new RegExp(
        `^${input}: too few frames can be read in epoch 1: a batch takes 4 of 4, and 1 failed\\. The first: ${input}/2\\.png: .* Mend or --exclude them, or choose a smaller --batch-size\\.$`,
      ),
    );
    expect((await bench().train({ input, batchSize: 3 })).steps).toBe(3);
  });

  it('because the disk is gone for a while: the training is continued when it is back', async () => {
    const whole = (
      await bench().train({ input: videos.root, cacheBytes: 40_000, outDir: bench().at('whole') })
    ).epochs;
    // Too little memory to keep anything until the next epoch.
    const gone = `${videos.root} unplugged`;
    const outDir = bench().at('interrupted');
    const training = bench().train({
      input: videos.root,
      outDir,
      cacheBytes: 40_000,
      onProgress: ({ stage, done }) => {
        if (stage === 'training' && done === 9) renameSync(videos.root, gone);
      },
    });
    const { code, facts } = await errorOf(training);
    expect([code, facts['epoch']]).toEqual(['ERR_NO_FRAMES', expect.any(Number)]);
    renameSync(gone, videos.root);
    const { epochs } = await bench().train({ input: videos.root, outDir, cacheBytes: 40_000 });
    expect(epochs).toHaveLength(3);
    expect(epochs[0]).toEqual(whole[0]);
  });
});

describe('neighbours', () => {
  it('of a frame are its other view', async () => {
    const train = async (neighbourFrames: number, more = {}): Promise<string> => {
      await bench().train({ input: videos.root, neighbourFrames, force: true, epochs: 1, ...more });
      return bench().trained().losses;
    };
    const [none, near, far] = [await train(0), await train(2), await train(20)];
    expect(new Set([none, near, far]).size).toBe(3);
    expect(none.split('\n')).toHaveLength(9 + 2);
    // Of pictures nobody is a neighbour: each is its own.
    expect(await train(5, { input: bench().pictures })).toBe(await train(0, { input: bench().pictures }));
  });

  it('are the same when a training is continued', async () => {
    const options = { input: videos.root, neighbourFrames: 3, cacheBytes: 150_000 };
    await bench().train({ ...options, outDir: bench().at('whole') });
    const outDir = bench().at('interrupted');
    await bench()
      .trainUntil(13, { ...options, outDir })
      .catch(() => undefined);
    await bench().train({ ...options, outDir });
    expect(bench().trained(outDir)).toEqual(bench().trained(bench().at('whole')));
  });
});
