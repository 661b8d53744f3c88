// Training is worth it: embeddings of a trained encoder tell textures apart that pixels, and untrained ones, do not.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matrixOf } from '../src/base/matrix.ts';
import { KnnBenchmark } from '../src/linalg/knn-benchmark.ts';
import { type TrainOptions, type TrainOutcome, trainEncoder } from '../src/train.ts';
import { TEXTURE_SIDE, TEXTURES, writeTextures } from './support/textures.ts';

const EACH = 80;

let root = '';
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'framesift-lift-'));
  await writeTextures(join(root, 'textures'), EACH);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Colours are drawn anew for each picture: without loss of colour, they alone would tell it from all others. */
const train = (options: Partial<TrainOptions>): Promise<TrainOutcome> =>
  trainEncoder({
    input: join(root, 'textures'),
    outDir: join(root, 'out', options.method ?? 'simclr'),
    backbone: 'resnet-9',
    views: { minScale: 0.3, cjStrength: 0.5, randomGrayScale: 0.5 },
    device: 'cpu',
    ...options,
  });

describe('training', () => {
  it('tells textures apart far better than before, and than their pixels do', async () => {
    const { firstAccuracy, epochs, maxAccuracy } = await train({
      width: 0.25,
      inputSize: 32,
      batchSize: 64,
      optimizer: 'adamw',
      learningRate: 0.003,
      temperature: 0.2,
      epochs: 12,
      warmupEpochs: 2,
      labels: 'folder',
      evaluateEvery: 12,
    });
    const last = epochs.at(-1)!;
    expect([last.epoch, last.knnAccuracy]).toEqual([12, maxAccuracy]);
    expect(last.knnAccuracy).toBeGreaterThan(0.45);
    expect(firstAccuracy).toBeLessThan(0.25);
    expect(await accuracyOfPixels()).toBeLessThan(0.25);
    expect(last.loss).toBeLessThan(epochs[0]!.loss - 1);
    expect(last.spread).toBeGreaterThan(0.8);
  }, 180_000);

  /** A few dozen steps of each: the loss falls by so much at least, and the network does not come to say the same of all. */
  it.each<[Partial<TrainOptions>, number, number, number]>([
    // Its bank begins with random rows, which are easily told apart: only afterwards the loss is one.
    [
      { method: 'moco', memoryBankSize: 64, encoderMomentum: 0.99, learningRate: 0.015, epochs: 12 },
      1,
      0.2,
      0.3,
    ],
    [{ method: 'simsiam' }, 0, 0.2, 0.7],
    [{ method: 'byol', encoderMomentum: 0.9 }, 0, 0.3, 0.3],
    [{ method: 'barlowtwins', hiddenWidth: 128, outputWidth: 64 }, 0, 8, 0.4],
    [{ method: 'vicreg', hiddenWidth: 128, outputWidth: 64, learningRate: 0.6 }, 0, 0.7, 0.5],
  ])('lowers the loss: %o', async (options, from, fall, spread) => {
    const { epochs } = await train({
      width: 0.125,
      inputSize: 24,
      batchSize: 32,
      include: ['*/000*.png', '*/001*.png'],
      learningRate: 0.06,
      epochs: 8,
      warmupEpochs: 1,
      ...options,
    });
    const [before, after] = [epochs[from]!, epochs.at(-1)!];
    expect(before.loss - after.loss).toBeGreaterThan(fall);
    expect(after.spread).toBeGreaterThan(spread);
  });
});

/** As the benchmark of training splits them: every other picture of a class is looked up among the rest. */
const accuracyOfPixels = async (): Promise<number> => {
  const length = 3 * TEXTURE_SIDE * TEXTURE_SIDE;
  const part = async (odd: number) => {
    const rows: Uint8Array[] = [];
    const labels: number[] = [];
    for (const [label, name] of TEXTURES.entries())
      for (let number = odd; number < EACH; number += 2) {
        const file = join(root, 'textures', name, `${String(number).padStart(4, '0')}.png`);
        rows.push(await sharp(readFileSync(file)).removeAlpha().raw().toBuffer());
        labels.push(label);
      }
    const data = new Float32Array(rows.length * length);
    for (const [row, pixels] of rows.entries()) data.set(pixels, row * length);
    return { labels, matrix: matrixOf(data, rows.length, length) };
  };
  const [bank, queries] = [await part(0), await part(1)];
  const benchmark = new KnnBenchmark({ numClasses: TEXTURES.length, knnK: EACH / 2, topk: [1] });
  benchmark.collect(bank.matrix, bank.labels);
  return (await benchmark.evaluate(queries.matrix, queries.labels)).get(1)!;
};
