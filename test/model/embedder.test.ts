// Batches: their order, their bounds, and what happens when memory does not suffice.
import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../../src/base/rgb-image.ts';
import { Embedder, type EmbedderOptions } from '../../src/model/embedder.ts';
import type { Network } from '../../src/model/network.ts';
import type { InputData } from '../../src/model/preprocess.ts';

const picture = (value: number): RgbImage => ({ width: 1, height: 1, data: Uint8Array.of(value, 0, 0) });

/** A network of one pixel whose embedding is its red. */
const echo = (options: {
  readonly fixedBatch?: number;
  readonly compute?: (count: number) => Promise<void> | void;
}): Network => ({
  name: 'echo',
  device: 'cpu',
  input: {
    width: 1,
    height: 1,
    interpolation: 'bilinear',
    scale: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    layout: 'NCHW',
  },
  inputType: 'float32',
  fixedBatch: options.fixedBatch,
  output: 'red',
  pooling: 'none',
  inputs: [],
  outputs: [],
  dimensions: 1,
  run: async (data: InputData, count: number) => {
    await options.compute?.(count);
    return Float32Array.from({ length: count }, (_, i) => data[3 * i]!);
  },
  close: async () => undefined,
});

const embed = async (
  network: Network,
  options: EmbedderOptions,
  values: readonly number[],
): Promise<{ answers: (readonly [number, number])[]; batchSize: number }> => {
  const answers: (readonly [number, number])[] = [];
  const embedder = new Embedder<number>(network, options, (value, row) => {
    answers.push([value, row instanceof Float32Array ? row[0]! : Number.NaN]);
  });
  for (const value of values) await embedder.add(value, picture(value));
  await embedder.finish();
  return { answers, batchSize: embedder.batchSize };
};

const values = Array.from({ length: 23 }, (_, i) => 7 * i);
const echoed = values.map((value) => [value, value] as const);

describe('an embedder', () => {
  it.each([1, 2, 8, 50])(
    'gives every picture its own embedding, in order, in batches of %i',
    async (batchSize) => {
      const counts: number[] = [];
      const compute = (count: number): void => void counts.push(count);
      expect(await embed(echo({ compute }), { batchSize }, values)).toEqual({ answers: echoed, batchSize });
      expect(counts).toEqual(Array(Math.ceil(values.length / batchSize)).fill(batchSize));
    },
  );

  it('keeps to the batch that a network fixes', async () => {
    const compute = (count: number): void => expect(count).toBe(4);
    const network = echo({ fixedBatch: 4, compute });
    expect(await embed(network, { batchSize: 64 }, values)).toEqual({ answers: echoed, batchSize: 4 });
  });

  it('halves its batch until it fits the memory, loses nothing, and says so', async () => {
    const counts: number[] = [];
    const compute = (count: number): void => {
      counts.push(count);
      if (count > 3) throw new Error('Failed to allocate memory for requested buffer of size 1073741824');
    };
    expect(await embed(echo({ compute }), { batchSize: 16 }, values)).toEqual({
      answers: echoed,
      batchSize: 2,
    });
    expect(counts.slice(0, 4)).toEqual([16, 8, 4, 2]);
    expect(counts.filter((count) => count > 2)).toHaveLength(3);
  });

  it('gives up where a single picture does not fit', async () => {
    const compute = (): void => {
      throw new Error('bad allocation');
    };
    await expect(embed(echo({ compute }), { batchSize: 2 }, values)).rejects.toMatchObject({
      code: 'ERR_MODEL',
      message: 'echo: cannot be computed on cpu: bad allocation',
    });
  });

  it('lets nobody add to it while two batches are full', async () => {
    let goOn = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const embedder = new Embedder<number>(echo({ compute: () => gate }), { batchSize: 2 }, () => undefined);
    let added = 0;
    const adding = (async () => {
      for (const value of values.slice(0, 6)) {
        await embedder.add(value, picture(value));
        added++;
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(added).toBe(4);
    goOn();
    await adding;
    await embedder.finish();
    expect(added).toBe(6);
  });

  it('begins a full batch as soon as the one before is done, without being asked', async () => {
    const answers: number[] = [];
    const embedder = new Embedder<number>(echo({}), { batchSize: 1 }, (value) => answers.push(value));
    await embedder.add(1, picture(1));
    await embedder.add(2, picture(2));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(answers).toEqual([1, 2]);
  });

  it('drops what waits when it is settled', async () => {
    const answers: number[] = [];
    const embedder = new Embedder<number>(echo({}), { batchSize: 2 }, (value) => answers.push(value));
    for (const value of [1, 2, 3]) await embedder.add(value, picture(value));
    await embedder.settle();
    expect(answers).toEqual([1, 2]);
  });
});
