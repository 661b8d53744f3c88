// The graphics card's way through the same networks, on a card that is emulated on the processor: SwiftShader, which
// Debian's chromium carries.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEmbeddings } from '../src/lightly.ts';
import { run } from './support/command.ts';
import { makeNumberedFolder } from './support/folder.ts';
import { meanColour, writeModel } from './support/models.ts';
import { has } from './support/needs.ts';

const SWIFTSHADER = { VK_DRIVER_FILES: '/usr/lib/chromium/vk_swiftshader_icd.json' };

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
