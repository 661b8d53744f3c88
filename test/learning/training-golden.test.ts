// Ten steps of each method have the losses that PyTorch has, from the same weights and pictures, and end at the same
// encoder. The golden numbers are made by scripts/make-training-golden.py.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { matrixOf } from '../../src/base/matrix.ts';
import { Random } from '../../src/base/random.ts';
import { encoderModel } from '../../src/learning/encoder.ts';
import { MemoryBankModule } from '../../src/learning/memory-bank.ts';
import { METHODS, type MethodName } from '../../src/learning/methods/methods.ts';
import { resNet } from '../../src/learning/network/resnet.ts';
import type { Weights } from '../../src/learning/network/weights.ts';
import { sgd } from '../../src/learning/optimizers/sgd.ts';
import { trainingGraph } from '../../src/learning/training-graph.ts';
import { TrainingSession } from '../../src/learning/training-session.ts';
import { IMAGENET } from '../../src/model/description.ts';
import { floatTensor, openSession } from '../../src/native/onnxruntime.ts';
import { formulaPictures, formulaWeight, planar } from './formulas.ts';

const [BATCH, SIDE, BANK] = [8, 16, 32];
const ENCODER_MOMENTUM = 0.9;

interface Golden {
  readonly learningRate: number;
  readonly losses: readonly number[];
  readonly embedding: readonly number[];
}

const golden = JSON.parse(readFileSync(new URL('training-golden.json', import.meta.url), 'utf8')) as {
  readonly methods: Readonly<Record<MethodName, Golden>>;
};

const pictures = formulaPictures(BATCH, SIDE);

const formulaBank = (width: number): Float32Array => {
  const rows = Array.from({ length: BANK }, (_, row) => {
    const values = Array.from({ length: width }, (_, i) => ((row * 31 + i * 17 + row * i) % 13) - 6);
    const length = Math.hypot(...values) || 1;
    return values.map((value) => value / length);
  });
  return Float32Array.from(rows.flat());
};

/** The state's names without those of followers and of the optimiser's slots. */
const plainName = (name: string): string => name.replace(/^(\w+)_momentum\./, '$1.');

const backbone = (scope: Parameters<typeof resNet>[0], x: Parameters<typeof resNet>[1]) =>
  resNet(scope, x, { name: 'resnet-9', width: 0.125 });

const train = async (method: MethodName, learningRate: number) => {
  const graph = trainingGraph({
    method,
    backbone,
    batchSize: BATCH,
    views: { kind: 'pictures', size: SIDE, normalization: IMAGENET },
    optimizer: sgd({ momentum: 0.9, weightDecay: 1e-4 }),
    memoryBankSize: method === 'moco' ? BANK : 0,
  });
  const state: Weights = new Map(
    [...graph.initialState(new Random(0))].map(([name, { shape, data }]) => [
      name,
      { shape, data: name.includes(' of ') ? data : formulaWeight(plainName(name), shape) },
    ]),
  );
  await using session = await TrainingSession.open(graph, state, 0, { threads: 1 });
  const bank = new MemoryBankModule(graph.bankShape ?? 0);
  if (graph.bankShape !== undefined)
    bank.restore({ rows: matrixOf(formulaBank(graph.bankShape[1]), ...graph.bankShape), pointer: 0 });
  const losses: number[] = [];
  for (let step = 0; step < 10; step++) {
    const { loss, keys } = await session.step({
      views: pictures,
      learningRate,
      momentum: ENCODER_MOMENTUM,
      bank: bank.rows?.data as Float32Array | undefined,
    });
    losses.push(loss);
    if (keys !== undefined) bank.update(matrixOf(keys, BATCH, graph.bankShape![1]));
  }
  return { losses, weights: await session.state() };
};

describe.each(Object.keys(METHODS) as MethodName[])('%s', (method) => {
  it('has the losses and the encoder of PyTorch after ten steps', async () => {
    const { learningRate, losses: expected, embedding: expectedEmbedding } = golden.methods[method];
    const { losses, weights } = await train(method, learningRate);
    for (const [step, loss] of losses.entries()) {
      const scale = Math.max(1, Math.abs(expected[step]!));
      expect(Math.abs(loss - expected[step]!) / scale, `step ${step}: ${loss}`).toBeLessThan(1e-3);
    }
    const model = encoderModel(backbone, weights, { sampleShape: [3, SIDE, SIDE] });
    const session = await openSession({ model, providers: ['cpu'], threads: 1 });
    const first = planar(pictures, 1, SIDE);
    const { embedding } = await session.run({ pixel_values: floatTensor(first, [1, 3, SIDE, SIDE]) });
    await session.release();
    const largest = Math.max(...expectedEmbedding.map(Math.abs));
    for (const [i, value] of expectedEmbedding.entries())
      expect(Math.abs((embedding!.data as Float32Array)[i]! - value) / largest).toBeLessThan(5e-3);
  });
});
