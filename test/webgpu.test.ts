// The graphics card's way through the same networks, on a card that is emulated on the processor: SwiftShader, which
// Debian's chromium carries.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSafeTensors } from '../src/formats/safetensors.ts';
import { METHODS } from '../src/learning/methods/methods.ts';
import { loadEmbeddings } from '../src/lightly.ts';
import { run } from './support/command.ts';
import { makeNumberedFolder } from './support/folder.ts';
import { meanColour, writeModel } from './support/models.ts';
import { has } from './support/needs.ts';

const SWIFTSHADER = { VK_DRIVER_FILES: '/usr/lib/chromium/vk_swiftshader_icd.json' };

const OWN = '--backbone resnet-9 --width 0.0625 --stem torchvision --input-size 24'.split(' ');
const EXPORTED = new URL('learning/tuning/whole.onnx', import.meta.url).pathname;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'framesift-'));
  makeNumberedFolder(join(folder, 'videos'), 2, 30);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const embed = async (device: string, ...args: string[]) => {
  const out = join(folder, `${device}.csv`);
  const line = [
    'embed',
    join(folder, 'videos'),
    '--out',
    out,
    '--device',
    device,
    '--json',
    '--force',
    ...args,
  ];
  const { code, stdout, stderr } = await run(line, { env: SWIFTSHADER });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const summary = JSON.parse(stdout.trim().split('\n').at(-1)!) as { device: string; batchSize: number };
  return { ...summary, ...(await loadEmbeddings(out)) };
};

describe.skipIf(!has('chromium'))('a model on WebGPU', () => {
  it.each([
    ['the built-in model', 'mobilenet-v2', ['--frames', '3', '--batch', '1']],
    ['a model of one operator', undefined, ['--every', '4', '--batch', '8']],
  ])(
    'agrees with the processor: %s',
    async (_, builtIn, args) => {
      const toy = (): string => writeModel(join(folder, 'toy.onnx'), meanColour({ width: 128, height: 96 }));
      const model = ['--model', builtIn ?? toy()];
      const card = await embed('webgpu', ...model, ...args);
      const processor = await embed('cpu', ...model, ...args);
      expect(card.device).toBe('webgpu');
      expect(card.batchSize).toBe(Number(args[3]));
      expect(card.filenames).toEqual(processor.filenames);
      expect(card.filenames.length).toBeGreaterThanOrEqual(2);
      const [found, expected] = [card.embeddings.data, processor.embeddings.data];
      const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const apart = found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
      expect(apart / scale).toBeLessThan(1e-3);
    },
    120_000,
  );
});

describe.skipIf(!has('chromium'))('a training on WebGPU', () => {
  it.each([
    ['a network of our own', OWN, 'backbone.conv1.weight'],
    ['one of others', ['--fine-tune', EXPORTED], 'backbone.features.2.block.1.0.weight'],
  ])(
    'has the losses of one on the processor, and its state comes back: %s',
    { timeout: 300_000 },
    async (_, network, name) => {
      const lossesOn = async (device: string): Promise<number[]> => {
        const out = join(folder, `${name} on ${device}`);
        const size = [...network, '--batch-size', '8'];
        const line = ['train', join(folder, 'videos'), '--out', out, '--device', device, ...size];
        const { code, stderr } = await run([...line, '--every', '3', '--epochs', '1'], { env: SWIFTSHADER });
        expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
        expect(stderr).toContain(`simclr on ${device}, `);
        const lines = readFileSync(join(out, 'losses.csv'), 'utf8').trim().split('\n').slice(1);
        return lines.map((each) => Number(each.split(',')[1]));
      };
      const [card, processor] = [await lossesOn('webgpu'), await lossesOn('cpu')];
      expect(processor.length).toBeGreaterThanOrEqual(2);
      expect(card.length).toBe(processor.length);
      for (const [step, loss] of processor.entries()) expect(Math.abs(card[step]! - loss)).toBeLessThan(1e-3);
      const weights = (device: string): ReadonlyMap<string, { readonly data: Float32Array }> =>
        decodeSafeTensors(readFileSync(join(folder, `${name} on ${device}`, 'last.safetensors')), device)
          .tensors;
      const [found, expected] = [weights('webgpu').get(name)!.data, weights('cpu').get(name)!.data];
      for (const [i, value] of expected.entries()) expect(Math.abs(found[i]! - value)).toBeLessThan(1e-3);
    },
  );

  it('is computed there alone: whatever goes to the processor and back costs more than all the rest', () => {
    const settings = [
      ...Object.keys(METHODS).map((method) => ({ method })),
      { optimizer: 'adamw' },
      { optimizer: 'lars' },
      { method: 'moco', numSplits: 2 },
      { stem: 'torchvision', inputSize: 32 },
    ];
    const program = `
      import { InferenceSession } from 'onnxruntime-node';
      import { buildTrainingGraph } from './dist/training/build-graph.js';
      import { trainingSettings } from './dist/training/settings.js';
      const small = { backbone: 'resnet-9', width: 0.0625, inputSize: 16, batchSize: 8 };
      for (const each of ${JSON.stringify(settings)}) {
        const { model } = buildTrainingGraph(trainingSettings({ ...small, ...each }));
        const extra = { session: { disable_cpu_ep_fallback: '1' } };
        const session = await InferenceSession.create(model, { executionProviders: ['webgpu'], extra });
        await session.release();
        console.log(JSON.stringify(each));
      }
      process.exit(0);`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
      env: { ...process.env, ...SWIFTSHADER },
    });
    expect(stdout.trim().split('\n'), stderr).toEqual(settings.map((each) => JSON.stringify(each)));
  }, 120_000);
});
