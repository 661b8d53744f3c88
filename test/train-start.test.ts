// Training that begins with weights of others: as start, or as a network that stays as it is.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { embedFrames } from '../src/embed.ts';
import { decodeSafeTensors, encodeSafeTensors } from '../src/formats/safetensors.ts';
import { loadEmbeddings } from '../src/lightly.ts';
import { describeModel } from '../src/models.ts';
import { GraphBuilder } from '../src/onnx/graph.ts';
import { readModelGraph } from '../src/onnx/model-graph.ts';
import { trainEncoder } from '../src/train.ts';

const input = new URL('../samples/media', import.meta.url).pathname;
const root = mkdtempSync(join(tmpdir(), 'framesift-start-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const TINY = { backbone: 'resnet-9', width: 0.125, inputSize: 32, batchSize: 16, epochs: 1 } as const;
const choice = { kind: 'sample', sampler: { every: 9 } } as const;
const train = (name: string, options: object = {}) =>
  trainEncoder({ input, outDir: join(root, name), choice, ...TINY, threads: 1, ...options });
const first = (name: string): number[] =>
  readFileSync(join(root, name, 'losses.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[1]));

describe('training from weights', () => {
  it('begins where another ended, from its checkpoint as from its encoder', async () => {
    await train('a', { seed: 1, learningRate: 0.5 });
    const plain = await train('plain', { seed: 2, labels: 'video' });
    const [checkpoint, encoder] = [join(root, 'a/last.safetensors'), join(root, 'a/encoder.onnx')];
    const b = await train('b', { seed: 2, startFrom: checkpoint, labels: 'video' });
    const c = await train('c', { seed: 2, startFrom: encoder, labels: 'video' });
    // The heads are in the checkpoint only; the encoder is in both.
    expect(b.firstAccuracy).toBe(c.firstAccuracy);
    expect(first('b')[0]).not.toBe(first('plain')[0]);
    expect(first('b')[0]).not.toBe(first('c')[0]);
    expect(plain.settings).toEqual(b.settings);
  });

  it('takes weights by the names that libraries give them', async () => {
    const { tensors } = decodeSafeTensors(readFileSync(join(root, 'a/last.safetensors')), 'a');
    const named = [...tensors].flatMap(([name, tensor]) =>
      name.startsWith('backbone.') ? [[name.slice('backbone.'.length), tensor] as const] : [],
    );
    const path = join(root, 'plain names.safetensors');
    writeFileSync(path, Buffer.concat(encodeSafeTensors({ tensors: new Map(named), metadata: {} })));
    await train('d', { seed: 2, startFrom: path });
    expect(first('d')).toEqual(first('c'));
  });

  it('refuses those of another network, and goes on with no others than it began with', async () => {
    const startFrom = join(root, 'a/encoder.onnx');
    await expect(train('e', { width: 0.25, startFrom })).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT',
      message: `${startFrom}: is of another network: backbone.conv1.weight is [8, 3, 3, 3], not [16, 3, 3, 3] (and 59 more). Give the --backbone, --width and --stem that it has.`,
    });
    await expect(train('c', { seed: 2, labels: 'video' })).rejects.toMatchObject({ code: 'ERR_CHECKPOINT' });
    await expect(train('f', { startFrom: join(root, 'none') })).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: `${join(root, 'none')}: there is no such file of weights. Check the path.`,
    });
  });

  it('leaves the momentum encoder where the other one begins', async () => {
    const startFrom = join(root, 'a/encoder.onnx');
    await train('moco', {
      method: 'moco',
      memoryBankSize: 64,
      startFrom,
      learningRate: 1e-12,
      weightDecay: 0,
    });
    const { tensors } = decodeSafeTensors(readFileSync(join(root, 'moco/last.safetensors')), 'moco');
    const name = 'layer1.0.conv1.weight';
    const [own, followed] = [tensors.get(`backbone.${name}`)!, tensors.get(`backbone_momentum.${name}`)!];
    for (const [i, value] of own.data.entries()) expect(followed.data[i]).toBeCloseTo(value, 5);
  });
});

describe('a network that stays as it is', () => {
  it('gets a layer that is trained, and is in the encoder with it', { timeout: 120_000 }, async () => {
    const { backbone: _, width: __, inputSize: ___, ...rest } = TINY;
    const sparse = { kind: 'sample', sampler: { every: 18 } } as const;
    const options = { ...rest, choice: sparse, frozen: 'mobilenet-v2', features: 24, batchSize: 4 };
    const { encoder, settings } = await trainEncoder({ input, outDir: join(root, 'frozen'), ...options });
    expect(settings.frozen).toMatchObject({ name: 'mobilenet-v2', features: 1280, inputSize: 224 });
    const report = await describeModel(encoder);
    expect(report).toMatchObject({ dimensions: 24, problem: undefined, input: { width: 224 } });

    // The layer's own numbers, on embeddings of the network alone.
    const embed = async (model: string, name: string) => {
      await embedFrames({ input, model, out: join(root, name), choice: sparse, pca: false });
      return loadEmbeddings(join(root, name), { type: 'float32' });
    };
    const [alone, both] = [await embed('mobilenet-v2', 'alone.csv'), await embed(encoder, 'both.csv')];
    const { tensors } = decodeSafeTensors(readFileSync(join(root, 'frozen/last.safetensors')), 'frozen');
    const weight = tensors.get('backbone.features.weight')!.data;
    const bias = tensors.get('backbone.features.bias')!.data;
    for (let row = 0; row < alone.embeddings.rows; row++)
      for (let out = 0; out < 24; out++) {
        let sum = bias[out]!;
        for (let i = 0; i < 1280; i++)
          sum += alone.embeddings.data[row * 1280 + i]! * weight[out * 1280 + i]!;
        expect(both.embeddings.data[row * 24 + out]).toBeCloseTo(sum, 3);
      }
  });

  it('takes the place of a backbone', async () => {
    await expect(train('g', { frozen: 'mobilenet-v2' })).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: 'backbone "resnet-9": expected none, as mobilenet-v2 takes its place (frozen).',
    });
  });
});

describe('a network of others that is trained on', () => {
  const model = new URL('learning/tuning/whole.onnx', import.meta.url).pathname;
  const { backbone: _, width: __, inputSize: ___, ...rest } = TINY;

  it('begins as it is, and its encoder sees pictures as it does', async () => {
    const options = {
      ...rest,
      fineTune: model,
      learningRate: 1e-12,
      momentum: 0,
      weightDecay: 0,
      labels: 'video',
    };
    const { encoder, settings, failed } = await trainEncoder({
      input,
      outDir: join(root, 'still'),
      choice,
      ...options,
    });
    expect(failed).toEqual([]);
    expect(settings.tuned).toMatchObject({
      name: 'whole',
      input: { width: 32 },
      output: expect.stringMatching(/Flatten/),
    });
    expect((await describeModel(encoder)).dimensions).toBe(32);
    const { tensors } = decodeSafeTensors(readFileSync(join(root, 'still/last.safetensors')), 'still');
    const own = readModelGraph(readFileSync(model)).constants.get('features.0.0.weight')!;
    const trained = tensors.get('backbone.features.0.0.weight')!.data;
    for (const [i, value] of trained.entries()) expect(value).toBeCloseTo(Number(own.data[i]), 6);
  });

  it('continues to the same bytes, and not with another model', async () => {
    const options = {
      input,
      choice,
      ...rest,
      epochs: 2,
      fineTune: model,
      threads: 1,
      device: 'cpu',
    } as const;
    await trainEncoder({ ...options, outDir: join(root, 'at once') });
    const controller = new AbortController();
    const outDir = join(root, 'in two');
    const onProgress = ({ stage, done }: { stage: string; done: number }): void => {
      if (stage === 'training' && done === 2) controller.abort(new Error('enough'));
    };
    await expect(trainEncoder({ ...options, outDir, signal: controller.signal, onProgress })).rejects.toThrow(
      'enough',
    );
    await trainEncoder({ ...options, outDir });
    for (const file of ['encoder.onnx', 'losses.csv'])
      expect(readFileSync(join(outDir, file)).equals(readFileSync(join(root, 'at once', file)))).toBe(true);
    const fineTune = new URL('learning/tuning/folded.onnx', import.meta.url).pathname;
    await expect(trainEncoder({ ...options, outDir, fineTune })).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT',
      message: expect.stringContaining('tuned.name was whole, and is folded'),
    });
  });

  it('takes weights of the same network, and says so of others', async () => {
    const startFrom = join(root, 'a/encoder.onnx');
    const options = { input, choice, ...rest, fineTune: model };
    await expect(trainEncoder({ ...options, outDir: join(root, 'other'), startFrom })).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT',
      message: expect.stringMatching(
        /it has no backbone\.features\.0\.0\.weight \(and \d+ more\)\. Give a file of whole, or begin with the weights that it has\.$/,
      ),
    });
    const again = { ...options, outDir: join(root, 'same'), startFrom: join(root, 'still/last.safetensors') };
    expect((await trainEncoder(again)).failed).toEqual([]);
  });

  it('may be an encoder of our own', async () => {
    const { encoder } = await trainEncoder({
      input,
      outDir: join(root, 'again'),
      choice,
      ...rest,
      inputSize: 32,
      fineTune: join(root, 'a/encoder.onnx'),
    });
    expect((await describeModel(encoder)).dimensions).toBe(64);
  });

  it.each([
    [
      'mobilenet-v2',
      {},
      /cannot be trained on: it takes uint8 pictures in the order NHWC\. A layer on top of any model is trained with --frozen\.$/,
    ],
    [model, { inputSize: 64 }, /^inputSize 64: expected 32, which whole takes\.$/],
    [
      model,
      { backbone: 'resnet-9' },
      /^backbone "resnet-9": expected none, as whole takes its place \(fineTune\)\.$/,
    ],
    [
      model,
      { frozen: 'mobilenet-v2' },
      /^fineTune ".*whole\.onnx": expected none beside frozen mobilenet-v2\.$/,
    ],
  ] as const)('is refused: %s with %o', async (fineTune, options, message) => {
    const outDir = join(root, 'refused');
    const training = trainEncoder({ input, outDir, choice, ...rest, fineTune, ...options });
    await expect(training).rejects.toThrow(message);
  });

  it('has to have gradients that are known', async () => {
    const graph = new GraphBuilder('odd');
    const pixels = graph.input('pixels', 'float32', ['n', 3, 16, 16]);
    const sines = graph.node('Sin', [graph.node('GlobalAveragePool', [pixels])], {}, 'sines');
    graph.output(graph.node('Flatten', [sines]), 'float32', ['n', 3]);
    const path = join(root, 'odd.onnx');
    writeFileSync(path, graph.build());
    const training = trainEncoder({ input, outDir: join(root, 'odd'), choice, ...rest, fineTune: path });
    await expect(training).rejects.toMatchObject({
      code: 'ERR_MODEL',
      message: `${path}: cannot be trained on: the gradient of Sin is not known (node sines). A layer on top of any model is trained with --frozen.`,
    });
  });
});

describe('the graph of a step', () => {
  it('can be looked at', async () => {
    const report = await describeModel(join(root, 'a/step.onnx'));
    expect(report.inputs).toContain('views uint8[2, 16, 32, 32, 3]');
    expect(report.outputs).toContain('loss float32[]');
    expect(report.operators['Conv']).toBeGreaterThan(10);
    expect(report.dimensions).toBeUndefined();
    expect(report.problem).toMatch(/wants more than pictures: views, .* and \d+ more/);
  });
});
