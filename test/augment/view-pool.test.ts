import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { viewRecipe } from '../../src/augment/recipe.ts';
import type { ViewBatch } from '../../src/augment/view-batch.ts';
import { ViewPool } from '../../src/augment/view-pool.ts';
import { seededViews } from '../../src/augment/views.ts';
import type { RgbImage } from '../../src/base/rgb-image.ts';
import { useScratch } from '../support/scratch.ts';
import { errorOf, thrownBy } from '../support/thrown-by.ts';
import { noise } from './noise.ts';

const RECIPE = viewRecipe('SimCLRTransform', { inputSize: 16 });
const pictures = Array.from({ length: 9 }, (_, i) => noise(20 + i, 40 - i, i));
const samples = pictures.map((_, i) => 100 + i);
const request = { seed: 5, epoch: 2, samples };

/** What a pool is to give of pictures that are in order. */
const expected = (images: readonly RgbImage[], recipe = RECIPE, numbers = samples): ViewBatch => {
  const views = images.map((image, i) =>
    seededViews(image, recipe, { seed: 5, epoch: 2, sample: numbers[i]! }),
  );
  let first = 0;
  const groups = recipe.crops.map(({ size, count }) => {
    const rows = Array.from({ length: count }, (_, view) => views.map((each) => each[first + view]!.data));
    first += count;
    return { size, viewCount: count, pictureCount: images.length, data: bytes(rows.flat()) };
  });
  return { groups, done: numbers, failed: [] };
};

const bytes = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(parts));

describe('ViewPool', () => {
  it.each([1, 2, 3])('gives the same bytes on %i threads as without', async (threads) => {
    using pool = new ViewPool(RECIPE, { threads });
    const [batch, again] = await Promise.all([pool.views(pictures, request), pool.views(pictures, request)]);
    expect(batch).toEqual(expected(pictures));
    expect(again).toEqual(batch);
    expect(batch.groups[0]!.data.length).toBe(2 * 9 * 16 * 16 * 3);
  });

  it('depends on the number of the sample, not on its place in the batch', async () => {
    using pool = new ViewPool(RECIPE, { threads: 2 });
    const reversed = await pool.views([...pictures].reverse(), {
      ...request,
      samples: [...samples].reverse(),
    });
    expect(reversed).toEqual(expected([...pictures].reverse(), RECIPE, [...samples].reverse()));
    const other = await pool.views(pictures, { ...request, epoch: 3 });
    expect(other.groups[0]!.data).not.toEqual(expected(pictures).groups[0]!.data);
  });

  it('takes all views but the first of a partner', async () => {
    using pool = new ViewPool(RECIPE, { threads: 2 });
    // The first is its own.
    const partners = pictures.map((picture, i) => (i === 0 ? picture : pictures[9 - i]!));
    const { groups, failed } = await pool.views(pictures, { ...request, partners });
    const [own, theirs] = [expected(pictures), expected(partners)].map((each) => each.groups[0]!.data);
    const half = own!.length / 2;
    expect(failed).toEqual([]);
    expect(groups[0]!.data.subarray(0, half)).toEqual(own!.subarray(0, half));
    expect(groups[0]!.data.subarray(half)).toEqual(theirs!.subarray(half));
    expect(theirs!.subarray(half)).not.toEqual(own!.subarray(half));
    const broken = { width: 3, height: 3, data: new Uint8Array(26) };
    const mixed = await pool.views(pictures, { ...request, partners: partners.with(3, broken) });
    expect(mixed.failed.map(({ item }) => item)).toEqual(['sample 103']);
    expect(mixed.done).toEqual(samples.toSpliced(3, 1));
  });

  it('gives views of each size of a multi-crop recipe for themselves', async () => {
    const recipe = viewRecipe('SwaVTransform', { cropSizes: [12, 7] });
    using pool = new ViewPool(recipe, { threads: 2 });
    const batch = await pool.views(pictures, request);
    expect(batch).toEqual(expected(pictures, recipe));
    expect(batch.groups.map(({ size, viewCount }) => [size, viewCount])).toEqual([
      [12, 2],
      [7, 6],
    ]);
  });

  it('takes pictures that are parts of larger memory, and leaves them as they are', async () => {
    using pool = new ViewPool(RECIPE, { threads: 1 });
    const memory = new Uint8Array(10_000).fill(7);
    const picture = pictures[0]!;
    memory.set(picture.data, 123);
    const part = { ...picture, data: memory.subarray(123, 123 + picture.data.length) };
    expect(await pool.views([part], { ...request, samples: [100] })).toEqual(
      expected([picture], RECIPE, [100]),
    );
    expect(memory.length).toBe(10_000);
  });

  it('says which pictures are malformed, and gives the views of the others', async () => {
    using pool = new ViewPool(RECIPE, { threads: 2 });
    const broken = { width: 3, height: 3, data: new Uint8Array(26) };
    const mixed = pictures.map((picture, i) => (i === 4 ? broken : picture));
    const { groups, done, failed } = await pool.views(mixed, request);
    const sound = [0, 1, 2, 3, 5, 6, 7, 8];
    const rest = expected(
      sound.map((i) => pictures[i]!),
      RECIPE,
      sound.map((i) => samples[i]!),
    );
    expect({ groups, done }).toEqual({ groups: rest.groups, done: rest.done });
    expect(failed.map(({ item, error }) => [item, error.code, error.message])).toEqual([
      [
        'sample 104',
        'ERR_SHAPE',
        'a picture of 3×3 pixels with 26 bytes: expected 27, three a pixel, in a Uint8Array.',
      ],
    ]);
  });

  it('gives an empty batch of no pictures', async () => {
    using pool = new ViewPool(RECIPE);
    expect(await pool.views([], { ...request, samples: [] })).toEqual(expected([], RECIPE, []));
  });

  it('refuses what cannot be', async () => {
    using pool = new ViewPool(RECIPE, { threads: 1 });
    expect((await errorOf(pool.views(pictures, { ...request, samples: [1] }))).message).toBe(
      '9 pictures and 1 samples: each picture needs the number of its sample.',
    );
    expect((await errorOf(pool.views(pictures, { ...request, partners: [] }))).message).toBe(
      '9 pictures and 0 partners: each picture needs a partner.',
    );
    expect((await errorOf(pool.views(pictures, { ...request, seed: -1 }))).message).toBe(
      'seed -1: expected a whole number of at least 0.',
    );
    expect(thrownBy(() => new ViewPool(RECIPE, { threads: 0 }))?.message).toBe(
      'threads 0: expected a whole number from 1 to 256.',
    );
    expect(thrownBy(() => new ViewPool({ ...RECIPE, grayscaleProb: 2 }))?.message).toBe(
      'prob 2: expected a number from 0 to 1.',
    );
  });
});

describe('a pool that is stopped', () => {
  const scratch = useScratch();

  it('does not begin with pictures of a batch that was given up', async () => {
    // Answers slowly, and in the first byte how many pictures it has got.
    const entry = pathToFileURL(
      scratch.write(
        'counting.mjs',
        `import { parentPort } from 'node:worker_threads';
         let count = 0;
         parentPort.on('message', ({ id }) => {
           const data = new Uint8Array(2 * 16 * 16 * 3).fill(++count);
           setTimeout(() => parentPort.postMessage({ id, type: 'views', data }), 20);
         });`,
      ),
    );
    using pool = new ViewPool(RECIPE, { threads: 1, entry });
    const abort = new AbortController();
    const many = Array.from({ length: 200 }, () => pictures[0]!);
    const samples = many.map((_, sample) => sample);
    const stopped = pool.views(many, { ...request, samples, signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
    const { groups } = await pool.views([pictures[0]!], { ...request, samples: [0] });
    // Sixty-four were on their way.
    expect(groups[0]!.data[0]).toBe(65);
  });

  it('gives up a batch whose signal is aborted, and goes on with others', async () => {
    using pool = new ViewPool(RECIPE, { threads: 1 });
    const abort = new AbortController();
    const stopped = pool.views(pictures, { ...request, signal: abort.signal });
    const other = pool.views(pictures, request);
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(stopped).rejects.toBe(reason);
    expect(await other).toEqual(expected(pictures));
    await expect(pool.views(pictures, { ...request, signal: abort.signal })).rejects.toBe(reason);
  });

  it('ends with its own signal', async () => {
    const abort = new AbortController();
    using pool = new ViewPool(RECIPE, { threads: 2, signal: abort.signal });
    const stopped = pool.views(pictures, request);
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(stopped).rejects.toBe(reason);
    await expect(pool.views(pictures, request)).rejects.toBe(reason);
  });

  it('says so when it is closed under the work', async () => {
    const pool = new ViewPool(RECIPE, { threads: 2 });
    const stopped = pool.views(pictures, request);
    pool.close();
    pool.close();
    const message = 'the pool of views was closed before the views were there.';
    await expect(stopped).rejects.toThrow(message);
    await expect(pool.views(pictures, request)).rejects.toThrow(message);
  });
});

describe('a thread that dies', () => {
  const scratch = useScratch();

  it('takes its batch along, and the next one gets another thread', async () => {
    // Answers nothing, and ends at the second picture.
    const entry = pathToFileURL(
      scratch.write(
        'dying.mjs',
        `import { parentPort } from 'node:worker_threads';
         let count = 0;
         parentPort.on('message', () => { if (++count === 2) process.exit(3); });`,
      ),
    );
    using pool = new ViewPool(RECIPE, { threads: 1, entry });
    const message = 'a thread that makes views died (exit code 3). Its pictures have no views.';
    await expect(pool.views(pictures, request)).rejects.toThrow(message);
    await expect(pool.views(pictures, request)).rejects.toThrow(message);
  });

  it('says what it died of', async () => {
    const entry = pathToFileURL(scratch.write('broken.mjs', `throw new Error('no such luck');`));
    using pool = new ViewPool(RECIPE, { threads: 2, entry });
    await expect(pool.views(pictures, request)).rejects.toThrow(
      'a thread that makes views died (no such luck). Its pictures have no views.',
    );
  });

  it('passes bugs on, with their stack', async () => {
    const entry = pathToFileURL(
      scratch.write(
        'bug.mjs',
        `import { parentPort } from 'node:worker_threads';
         parentPort.on('message', ({ id }) => parentPort.postMessage({ id, type: 'bug', stack: 'oh no' }));`,
      ),
    );
    using pool = new ViewPool(RECIPE, { threads: 1, entry });
    await expect(pool.views(pictures, request)).rejects.toThrow('view thread: oh no');
  });
});

it('an idle pool that nobody closed does not keep the program alive', () => {
  const module = (name: string): string =>
    JSON.stringify(new URL(`../../dist/augment/${name}.js`, import.meta.url).href);
  const program = `
    import { ViewPool } from ${module('view-pool')};
    import { viewRecipe } from ${module('recipe')};
    const pool = new ViewPool(viewRecipe('SimCLRTransform', { inputSize: 4 }), { threads: 2 });
    const image = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
    const { groups } = await pool.views([image, image], { seed: 0, epoch: 0, samples: [0, 1] });
    process.stdout.write(String(groups[0].data.length));`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect({ stdout, stderr, status }).toEqual({ stdout: String(2 * 2 * 48), stderr: '', status: 0 });
});
