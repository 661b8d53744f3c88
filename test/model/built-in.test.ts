// The model that framesift brings along: made again from where it comes from, and against plain loops.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildBuiltInModel, fetchKerasModel } from '../../scripts/model/built-in.ts';
import { openSession, pictureTensor } from '../../src/native/onnxruntime.ts';
import { readModelOutline } from '../../src/onnx/model-outline.ts';
import { has } from '../support/needs.ts';
import { image, relativeDifference, toBatch } from './images.ts';
import { naiveEmbedding } from './naive-keras.ts';

const models = fileURLToPath(new URL('../../models/', import.meta.url));
const onnx = readFileSync(`${models}mobilenet-v2.onnx`);
const description = readFileSync(`${models}mobilenet-v2.json`, 'utf8');
const SIZE = 224;
const DIMENSIONS = 1280;

const images = Array.from({ length: 8 }, (_, i) => image(SIZE, SIZE, 3, i + 1));

const embed = async (batch: typeof images): Promise<Float32Array> => {
  const session = await openSession({ model: onnx, providers: ['cpu'], threads: 2 });
  const { embedding } = await session.run({
    image: pictureTensor(toBatch(batch), [batch.length, SIZE, SIZE, 3]),
  });
  await session.release();
  expect(embedding?.dims).toEqual([batch.length, DIMENSIONS]);
  return embedding?.data as Float32Array;
};

describe('the built-in model', () => {
  it('is what its description says', () => {
    const stated = JSON.parse(description);
    const { inputs, outputs, metadata } = readModelOutline(onnx, 'mobilenet-v2.onnx');
    expect(createHash('sha256').update(onnx).digest('hex')).toBe(stated.sha256);
    expect(inputs).toEqual([
      {
        name: stated.input.name,
        type: 'uint8',
        shape: ['batch', stated.input.height, stated.input.width, 3],
      },
    ]);
    expect(outputs).toEqual([{ name: stated.output, type: 'float32', shape: ['batch', stated.dimensions] }]);
    expect(metadata).toEqual({
      name: stated.name,
      source: `npm:${stated.source.package}`,
      license: stated.license.spdx,
    });
    expect(readFileSync(`${models}${stated.license.file}`, 'utf8')).toContain(
      'Copyright (c) 2019 Infinite Red, Inc.',
    );
  });

  it('gives an image the same embedding alone and among others', async () => {
    const together = await embed(images);
    for (const [i, each] of images.entries()) {
      expect(await embed([each])).toEqual(together.slice(i * DIMENSIONS, (i + 1) * DIMENSIONS));
    }
  });

  it.skipIf(!has('registry'))(
    'is made from a published package, byte for byte, and agrees with plain loops (skipped without a registry)',
    async () => {
      const keras = fetchKerasModel();
      const built = buildBuiltInModel(keras);
      expect(Buffer.compare(built.onnx, onnx)).toBe(0);
      expect(built.description).toBe(description);
      const [first] = images as [(typeof images)[0]];
      expect(relativeDifference(await embed([first]), naiveEmbedding(keras, 'out_relu', first))).toBeLessThan(
        1e-4,
      );
    },
    300_000,
  );
});
