import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fitsWorkers } from '../../src/model/placement.ts';
import { meanColour, writeModel } from '../support/models.ts';

const folder = mkdtempSync(join(tmpdir(), 'framesift-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a model goes to the workers as long as all of them together leave half of the memory', async () => {
  const model = writeModel(join(folder, 'toy.onnx'), meanColour());
  expect(await fitsWorkers(model, 1)).toBe(true);
  expect(await fitsWorkers(model, 1_000_000)).toBe(false);
});
