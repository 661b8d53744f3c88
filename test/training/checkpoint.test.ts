import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FramesiftError } from '../../src/base/errors.ts';
import { matrixOf } from '../../src/base/matrix.ts';
import { Random } from '../../src/base/random.ts';
import {
  type Checkpoint,
  readCheckpoint,
  requireFit,
  writeCheckpoint,
} from '../../src/training/checkpoint.ts';
import { useScratch } from '../support/scratch.ts';
import { thrownBy } from '../support/thrown-by.ts';

const scratch = useScratch();

const random = new Random(11);
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());

/** Weights of all shapes, values at the ends of float32, names and texts of all kinds. */
const drawn = (): Checkpoint => {
  const shapes = Array.from({ length: random.below(6) }, () =>
    Array.from({ length: random.below(4) }, () => 1 + random.below(3)),
  );
  const state = new Map(
    shapes.map((shape, i) => {
      const data = numbers(shape.reduce((product, side) => product * side, 1));
      data[0] = [0, -0, 1e-45, 3.4028234663852886e38][random.below(4)]!;
      return [`weight ${i} of 犬`, { shape, data }];
    }),
  );
  const rows = random.below(2) === 0 ? undefined : matrixOf(numbers(12), 4, 3);
  return {
    key: `{"name":"${'"\\'[random.below(2)]}"}`,
    state,
    bank: { rows, pointer: rows === undefined ? 0 : random.below(4) },
    steps: random.below(1000),
    epoch: random.below(10),
    position: random.below(100),
    device: 'cpu',
    windows: { windowSamples: random.below(99), areAllKept: random.below(2) === 0 },
    history: {
      firstAccuracy: random.below(2) === 0 ? undefined : random.uniform(),
      epochs: [{ epoch: 1, steps: 3, loss: random.normal(), spread: 1 / 3, learningRate: 1e-300 }],
      sums: { steps: 2, loss: 0.1 + 0.2, spread: random.uniform(), learningRate: 0 },
      losses: numbers(random.below(5)),
    },
    failed: Array.from({ length: random.below(3) }, (_, i) => ({
      item: `l'été ${i}.png`,
      error: new FramesiftError('ERR_FRAME_DAMAGED', `no ${i}`, { facts: { frame: i, path: '/a' } }),
    })),
  };
};

describe('a checkpoint', () => {
  it('is read as it was written, to the last bit', async () => {
    for (let i = 0; i < 40; i++) {
      const checkpoint = drawn();
      await writeCheckpoint(scratch.root, checkpoint);
      const read = await readCheckpoint(scratch.root);
      expect(read).toEqual(checkpoint);
      for (const [name, { data }] of checkpoint.state)
        expect(Buffer.from(read!.state.get(name)!.data.buffer)).toEqual(Buffer.from(data.buffer));
      expect(readdirSync(scratch.root)).toEqual(['last.safetensors']);
    }
  });

  it('has the same bytes each time', async () => {
    const checkpoint = drawn();
    const bytes = async (): Promise<string> => {
      await writeCheckpoint(scratch.root, checkpoint);
      return readFileSync(join(scratch.root, 'last.safetensors'), 'latin1');
    };
    expect(await bytes()).toBe(await bytes());
  });

  it('is none where there is none', async () => {
    expect(await readCheckpoint(join(scratch.root, 'nowhere'))).toBeUndefined();
  });

  it('keeps no more failures than anybody reads', async () => {
    const error = new FramesiftError('ERR_FRAME_DAMAGED', 'x'.repeat(200));
    const failed = Array.from({ length: 12_000 }, (_, i) => ({ item: `${i}`, error }));
    await writeCheckpoint(scratch.root, { ...drawn(), failed });
    expect((await readCheckpoint(scratch.root))!.failed).toHaveLength(10_000);
  });

  it('of another network is refused', () => {
    const checkpoint = { ...drawn(), state: new Map([['a', { shape: [2, 3], data: numbers(6) }]]) };
    const refusal = {
      code: 'ERR_CHECKPOINT',
      message:
        '/out/last.safetensors: is no checkpoint of a training of this version. Train anew with --force, or into another folder.',
    };
    const refusalOf = (wanted: readonly (readonly [string, readonly number[]])[]) =>
      thrownBy(() => requireFit('/out', checkpoint, new Map(wanted)));
    expect(refusalOf([['a', [2, 3]]])).toBeUndefined();
    expect(refusalOf([['a', [3, 2]]])).toEqual(refusal);
    expect(refusalOf([['b', [2, 3]]])).toEqual(refusal);
  });
});
