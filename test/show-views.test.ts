// What `train --show-views` shows is what a training sees.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { cut } from '../src/augment/box.ts';
import { ViewPool } from '../src/augment/view-pool.ts';
import type { Failure } from '../src/base/outcome.ts';
import type { RgbImage } from '../src/base/rgb-image.ts';
import { epochOrder } from '../src/dataset/epoch-order.ts';
import { FrameSupply } from '../src/dataset/frame-supply.ts';
import { planEpochWindows } from '../src/dataset/picture-sizes.ts';
import { decodeRgb } from '../src/native/sharp.ts';
import { writeViews } from '../src/show-views.ts';
import { batchesFrom } from '../src/training/batches.ts';
import { trainingSettings } from '../src/training/settings.ts';
import { run } from './support/command.ts';
import { makeNumberedFolder } from './support/folder.ts';
import { codeOf } from './support/thrown-by.ts';
import { framesIn } from './support/training.ts';
import { useTrainingBench } from './support/training-bench.ts';

const bench = useTrainingBench();

const [CELL, PADDING] = [128, 4];
const FRAMES = 8;

const videosIn = (folder: string): string => {
  const videos = join(folder, 'videos');
  makeNumberedFolder(videos, 2, 16);
  return videos;
};

const sheetOf = async (file: string): Promise<RgbImage> => {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
};

const cellOf = (sheet: RgbImage, row: number, column: number): RgbImage =>
  cut(sheet, {
    left: PADDING + column * (CELL + PADDING),
    top: PADDING + row * (CELL + PADDING),
    width: CELL,
    height: CELL,
  });

describe('a sheet of views', () => {
  it.each([
    ['pictures', 0, (): string => bench().pictures],
    ['frames of videos, and their neighbours', 2, (): string => videosIn(bench().temporary)],
  ])('shows %s, and the views of them that are trained on', async (_, neighbourFrames, inputOf) => {
    const input = inputOf();
    const file = join(bench().temporary, 'sheets', 'views.png');
    // Views of the size of a cell stay as they are.
    const options = { inputSize: CELL, seed: 7, batchSize: 4, neighbourFrames } as const;
    const { frames, failed } = await writeViews({ ...bench().options(options), input, file });
    expect([frames, failed]).toEqual([FRAMES, []]);
    const sheet = await sheetOf(file);
    expect([sheet.width, sheet.height]).toEqual([9 * (CELL + PADDING) + 4, 8 * (CELL + PADDING) + 4]);

    const all = await framesIn(input);
    const settings = { ...trainingSettings(options), epochs: 2 };
    const budget = { shortSide: 2 * CELL, cacheBytes: 1 << 28 };
    const windows = planEpochWindows(all, budget);
    using supply = new FrameSupply(all, { ...budget, jobs: 1 });
    using pool = new ViewPool(settings.views, { threads: 1 });
    const onFailure = ({ error }: Failure): never => {
      throw error;
    };
    const place = { settings, windows, supply, pool, frozen: undefined, onFailure };
    const size = CELL * CELL * 3;
    let [compared, epoch, first, others] = [0, 0, 0, 0];
    for await (const batch of batchesFrom(0, 0, place)) {
      if (batch.epoch > epoch) [epoch, first] = [batch.epoch, 0];
      const { samples, partners } = epochOrder(all, { ...windows, seed: 7, epoch, neighbourFrames });
      for (const [slot, sample] of samples.subarray(first, batch.nextPosition).entries()) {
        if (sample % (all.count / FRAMES) !== 0) continue;
        if (partners !== undefined && partners[first + slot] !== sample) others++;
        for (const view of [0, 1]) {
          const seen = batch.views.subarray((view * 4 + slot) * size, (view * 4 + slot + 1) * size);
          const shown = cellOf(sheet, sample / (all.count / FRAMES), 1 + 2 * epoch + view);
          expect(Buffer.from(shown.data).equals(Uint8Array.from(seen))).toBe(true);
          compared++;
        }
      }
      first = batch.nextPosition;
    }
    expect(compared).toBe(FRAMES * 2 * 2);
    expect(others).toBe(neighbourFrames === 0 ? 0 : FRAMES * 2);
  });

  it.each(['jpg', 'webp', 'PNG'])('is written as %s', async (extension) => {
    const file = join(bench().temporary, `views.${extension}`);
    const { code, stdout, stderr } = await run(['train', bench().pictures, '--show-views', file]);
    expect([code, stdout, stderr]).toEqual([0, `${file}\n`, '8 frames, each with its views\n']);
    const { width, format } = await sharp(file).metadata();
    expect([width, format]).toEqual([1192, { jpg: 'jpeg', webp: 'webp', PNG: 'png' }[extension]]);
  });

  it('trains nothing, and is a record with --json', async () => {
    const file = join(bench().temporary, 'one.png');
    const input = join(bench().pictures, 'dots', '0000.png');
    const { code, stdout } = await run([
      'train',
      input,
      '--show-views',
      file,
      '--json',
      '--out',
      bench().out,
    ]);
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { schemaVersion: 1, type: 'summary', file, frames: 1, failed: 0, seconds: expect.any(Number) },
    ]);
    expect(bench().listed()).toEqual([]);
    const sheet = await sheetOf(file);
    const original = await sharp(input).resize(CELL, CELL).removeAlpha().raw().toBuffer();
    const shown = cellOf(sheet, 0, 0);
    const apart = shown.data.reduce((sum, value, i) => sum + Math.abs(value - original[i]!), 0);
    expect(apart / original.length).toBeLessThan(12);
  });

  it('of frames that cannot be read is not there, and is not said to be', async () => {
    const input = join(bench().temporary, 'broken pictures');
    mkdirSync(input);
    for (const name of ['a.png', 'b.png']) writeFileSync(join(input, name), 'no picture');
    const file = join(input, 'views.webp');
    const { code, stdout, stderr } = await run(['train', input, '--show-views', file]);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(
      /^failed: .*a\.png: .*\nfailed: .*b\.png: .*\nno frame could be read: no picture is written\n$/,
    );
    expect(readdirSync(input)).toEqual(['a.png', 'b.png']);
  });

  it('leaves out what cannot be read', async () => {
    const input = join(bench().temporary, 'one of two');
    mkdirSync(input);
    writeFileSync(join(input, 'a.png'), 'no picture');
    writeFileSync(join(input, 'b.png'), readFileSync(join(bench().pictures, 'dots', '0000.png')));
    const file = join(bench().temporary, 'one of two.png');
    const { code, stdout, stderr } = await run(['train', input, '--show-views', file]);
    expect([code, stdout]).toEqual([3, `${file}\n`]);
    expect(stderr).toMatch(/\n1 frame, each with its views\n$/);
    expect((await decodeRgb(file)).height).toBe(CELL + 2 * PADDING);
  });

  it('is refused before anything is read', async () => {
    const of = (more: object): Promise<string> =>
      codeOf(writeViews({ input: '/nothing/here', file: 'views.png', ...more }));
    expect(await of({ file: 'views.gif' })).toBe(
      'ERR_OPTION views.gif: expected a name that ends in .png, .jpg or .webp.',
    );
    expect(await of({ views: { hfProb: 2 } })).toBe('ERR_OPTION hfProb 2: expected a number from 0 to 1.');
  });
});
