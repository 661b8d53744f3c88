// Networks that PyTorch exported have the losses that PyTorch has when they are trained on, with and without their norms
// folded into convolutions, and embed as they do there, before and after. Made by scripts/make-tuning-golden.py.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { encoderModel } from '../../src/learning/encoder.ts';
import { beforeClassifier, importedNetwork } from '../../src/learning/network/imported.ts';
import type { Weights } from '../../src/learning/network/weights.ts';
import { sgd } from '../../src/learning/optimizers/sgd.ts';
import { trainingGraph } from '../../src/learning/training-graph.ts';
import { TrainingSession } from '../../src/learning/training-session.ts';
import { IMAGENET } from '../../src/model/description.ts';
import { floatTensor, openSession } from '../../src/native/onnxruntime.ts';
import { readModelGraph } from '../../src/onnx/model-graph.ts';
import { formulaPictures, formulaWeight, planar } from './formulas.ts';

interface Golden {
  readonly batch: number;
  readonly side: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly temperature: number;
  readonly head: { readonly hidden: number; readonly output: number };
  readonly networks: Readonly<
    Record<
      string,
      {
        readonly embeddings: readonly (readonly number[])[];
        readonly losses: readonly number[];
        readonly trained: readonly (readonly number[])[];
      }
    >
  >;
}

const at = (file: string): URL => new URL(`tuning/${file}`, import.meta.url);
const golden = JSON.parse(readFileSync(at('golden.json'), 'utf8')) as Golden;
const { batch, side, head } = golden;
const views = formulaPictures(batch, side);

describe.each(Object.keys(golden.networks))('the %s network', (name) => {
  const graph = readModelGraph(readFileSync(at(`${name}.onnx`)));
  const output = beforeClassifier(graph, 'logits');
  const backbone = importedNetwork(graph, { input: 'pixel_values', output });
  const { embeddings, losses, trained } = golden.networks[name]!;
  const step = trainingGraph({
    method: 'simclr',
    methodOptions: { temperature: golden.temperature, hiddenWidth: head.hidden, outputWidth: head.output },
    backbone,
    batchSize: batch,
    views: { kind: 'pictures', size: side, normalization: IMAGENET },
    optimizer: sgd({ momentum: golden.momentum, weightDecay: golden.weightDecay }),
  });

  const expectEmbeddings = async (
    weights: Weights,
    expected: readonly (readonly number[])[],
    tolerance: number,
  ) => {
    const model = encoderModel(backbone, weights, { sampleShape: [3, side, side] });
    const session = await openSession({ model, providers: ['cpu'], threads: 1 });
    const pixels = floatTensor(planar(views, expected.length, side), [expected.length, 3, side, side]);
    const { embedding } = await session.run({ pixel_values: pixels });
    await session.release();
    const largest = Math.max(...expected.flat().map(Math.abs));
    for (const [i, value] of expected.flat().entries())
      expect(Math.abs((embedding!.data as Float32Array)[i]! - value) / largest).toBeLessThan(tolerance);
  };

  it('goes without what classifies', () => {
    expect(output).toBe('/flatten/Flatten_output_0');
    expect([...step.state.keys()].filter((each) => each.includes('classifier'))).toEqual([]);
  });

  it('embeds as it did before', async () => {
    await expectEmbeddings(step.initialState(new Random(0)), embeddings, 1e-5);
  });

  it('has the losses and the embeddings of PyTorch when it is trained on', async () => {
    const state = new Map(
      [...step.initialState(new Random(0))].map(([each, { shape, data }]) => [
        each,
        { shape, data: each.startsWith('projection_head.') ? formulaWeight(each, shape) : data },
      ]),
    );
    await using session = await TrainingSession.open(step, state, 0, { threads: 1 });
    const { learningRate } = golden;
    for (const [i, expected] of losses.entries()) {
      const { loss } = await session.step({ views, learningRate });
      expect(Math.abs(loss - expected), `step ${i}: ${loss}`).toBeLessThan(1e-4);
    }
    // Where rounding decides on which side of a bend a number is, steps are a little apart from there on.
    await expectEmbeddings(await session.state(), trained, 1e-3);
  });
});
