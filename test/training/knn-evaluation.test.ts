// Which frames are looked up among which others, and what comes of it, with a network that says what it sees.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { globalAveragePool } from '../../src/autodiff/pooling.ts';
import type { TrainingFrames } from '../../src/dataset/training-frames.ts';
import { encoderModel } from '../../src/learning/encoder.ts';
import type { Backbone } from '../../src/learning/methods/method.ts';
import { assumedInput } from '../../src/model/description.ts';
import { KnnEvaluation } from '../../src/training/knn-evaluation.ts';
import { heldOut } from '../../src/training/labelled-pictures.ts';
import { makeNumberedFolder } from '../support/folder.ts';
import { writePicture } from '../support/textures.ts';
import { errorOf } from '../support/thrown-by.ts';
import { framesIn, madeUpFrames } from '../support/training.ts';

const square = (side: number) => assumedInput({ width: side, height: side }, 'NCHW');

describe('frames that are looked up', () => {
  const split = (frames: TrainingFrames, labels: readonly number[]): string =>
    heldOut(
      frames,
      labels.map((_, sample) => sample),
      labels,
    )
      .map((isQuery) => (isQuery ? '?' : '.'))
      .join('');

  it('are those of every other video of a class', () => {
    expect(split(madeUpFrames([2, 3, 1, 2]), [0, 0, 0, 0, 0, 0, 0, 0])).toBe('..???.??');
  });

  it('are every other frame of a class of one video', () => {
    expect(split(madeUpFrames([5]), [0, 0, 0, 0, 0])).toBe('.?.?.');
    expect(split(madeUpFrames([6]), [0, 1, 0, 1, 0, 1])).toBe('..??..');
  });

  it('are chosen class by class', () => {
    // Class 0 is in both videos, class 1 in the second only.
    expect(split(madeUpFrames([2, 4]), [0, 0, 0, 1, 1, 1])).toBe('..?.?.');
    // A class of one frame is only there to be found.
    expect(split(madeUpFrames([1, 2]), [0, 1, 1])).toBe('..?');
  });

  it('share no video with those of their class that they are looked up among', () => {
    const counts = [3, 1, 4, 1, 5, 9, 2, 6];
    const frames = madeUpFrames(counts);
    const labels = counts.flatMap((count, file) => Array.from({ length: count }, () => file % 3));
    const isQuery = heldOut(
      frames,
      labels.map((_, sample) => sample),
      labels,
    );
    for (const [file, offset] of [...frames.offsets].slice(0, -1).entries())
      expect(new Set(isQuery.slice(offset, frames.offsets[file + 1])).size).toBe(1);
    for (const label of [0, 1, 2])
      expect(new Set(isQuery.filter((_, sample) => labels[sample] === label)).size).toBe(2);
  });
});

describe('accuracy', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'framesift-knn-'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** Its embedding is the mean colour. */
  const meanColour = (side: number): Uint8Array => {
    const backbone: Backbone = (scope, x) => globalAveragePool(scope.tape, x);
    return encoderModel(backbone, new Map(), { sampleShape: [3, side, side] });
  };
  const options = { shortSide: 16, cacheBytes: 1 << 24, jobs: 1 };

  const plain = (name: string, colour: readonly number[]): Promise<string> => {
    const data = Uint8Array.from({ length: 3 * 400 }, (_, i) => colour[i % 3]!);
    return writePicture(join(root, name), { width: 20, height: 20, data });
  };

  it('is the share of looked-up frames whose neighbours are of their class', async () => {
    // Of each class, the second picture is looked up: three are like their own class, and one like the other.
    await plain('colours/red/0.png', [250, 0, 0]);
    await plain('colours/red/1.png', [240, 9, 0]);
    await plain('colours/red/2.png', [245, 3, 0]);
    await plain('colours/red/3.png', [0, 0, 250]);
    await plain('colours/sky/0.png', [0, 0, 250]);
    await plain('colours/sky/1.png', [9, 0, 240]);
    await plain('colours/sky/2.png', [3, 0, 245]);
    await plain('colours/sky/3.png', [3, 0, 255]);
    const frames = await framesIn(join(root, 'colours'));
    const labels = {
      classes: ['red', 'sky'],
      samples: [0, 1, 2, 3, 4, 5, 6, 7],
      labels: [0, 0, 0, 0, 1, 1, 1, 1],
    };
    const evaluation = await KnnEvaluation.open(frames, labels, square(8), undefined, options);
    expect(await evaluation.accuracy(meanColour(8), { threads: 1 })).toBe(0.75);
    // Whoever asks twice gets the same.
    expect(await evaluation.accuracy(meanColour(8), { threads: 1 })).toBe(0.75);
    await expect(evaluation.accuracy(meanColour(8), { signal: AbortSignal.abort() })).rejects.toThrow(
      'aborted',
    );
  });

  it('is of more frames than fit a batch, and of the labelled ones only', async () => {
    const { root: videos } = makeNumberedFolder(join(root, 'videos'), 2, 90);
    const frames = await framesIn(videos, { cache: false });
    const samples = Array.from({ length: 160 }, (_, i) => i + 10);
    const labels = samples.map((sample) => Math.floor(sample / 90));
    const progress: number[] = [];
    const evaluation = await KnnEvaluation.open(
      frames,
      { classes: ['a', 'b'], samples, labels },
      square(16),
      undefined,
      {
        ...options,
        onProgress: ({ done, total }) => progress.push(done, total!),
      },
    );
    expect(progress.slice(-2)).toEqual([160, 160]);
    const accuracy = await evaluation.accuracy(meanColour(16), {});
    // Eighty are looked up: a share of these.
    expect((accuracy * 80) % 1).toBeCloseTo(0, 9);
  });

  it('needs pictures that can be read', async () => {
    mkdirSync(join(root, 'broken'));
    for (const name of ['0.png', '1.png', '2.png']) writeFileSync(join(root, 'broken', name), 'no picture');
    const frames = await framesIn(join(root, 'broken'));
    const labels = { classes: ['a', 'b'], samples: [0, 1, 2], labels: [0, 0, 1] };
    const { code, facts } = await errorOf(KnnEvaluation.open(frames, labels, square(8), undefined, options));
    expect([code, facts]).toEqual(['ERR_NO_FRAMES', { labelled: 3 }]);
  });
});
