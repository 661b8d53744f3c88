// Pictures for training through real decoding: every frame shows its own number, so pixels tell which one came.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EpochOrder, type EpochWindows, epochOrder } from '../../src/dataset/epoch-order.ts';
import { FrameSupply } from '../../src/dataset/frame-supply.ts';
import { planEpochWindows } from '../../src/dataset/picture-sizes.ts';
import { fileOfSample, frameOfSample, type TrainingFrames } from '../../src/dataset/training-frames.ts';
import { corpus } from '../support/corpus.ts';
import { makeNumberedFolder, type NumberedFolder } from '../support/folder.ts';
import { range } from '../support/streams.ts';
import { framesIn, supplied, type Taken, take } from '../support/training.ts';

const [VIDEOS, FRAMES_EACH] = [8, 50];
/** Of 64×48, to which 128×96 is reduced. */
const PICTURE_BYTES = 64 * 48 * 3;
/** Messages of two workers on their way. */
const MESSAGE_BYTES = 4_000_000;
const SMALL = 100 * PICTURE_BYTES;

let temporary = '';
let folder: NumberedFolder;
let frames: TrainingFrames;

beforeAll(async () => {
  temporary = mkdtempSync(join(tmpdir(), 'framesift-supply-'));
  folder = makeNumberedFolder(join(temporary, 'videos'), VIDEOS, FRAMES_EACH);
  frames = await framesIn(folder.root, { cache: join(temporary, 'cache') });
});

afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** The number that a sample of the folder shows. */
const numberOf = (sample: number): number => sample;

function* ordersOf(
  of: TrainingFrames,
  epochs: readonly number[],
  options: Partial<EpochWindows> & { readonly cacheBytes?: number; readonly neighbourFrames?: number } = {},
): Generator<EpochOrder> {
  const { cacheBytes = 1 << 30, ...more } = options;
  const windows = planEpochWindows(of, { shortSide: 48, cacheBytes });
  for (const epoch of epochs) yield epochOrder(of, { seed: 11, epoch, ...windows, ...more });
}

const workers = (): number[] =>
  execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('worker/main.js'))
    .map((line) => Number.parseInt(line, 10));

/** Killed processes are gone a moment later. */
const noWorkers = async (): Promise<void> => {
  while (workers().length > 0) await sleep(5);
};

const bytesOf = ({ what }: Taken): number => {
  const [width, height] = what.split(/[× ]/).map(Number);
  return 3 * width! * height!;
};

describe('a supply of frames', () => {
  it.each([
    ['all pictures fit', 1 << 30],
    ['a quarter does', SMALL],
    ['five do', 5 * PICTURE_BYTES],
  ])('delivers each epoch in its order, each frame with its own picture: %s', async (_what, cacheBytes) => {
    const epochs = cacheBytes < SMALL ? [0] : [0, 1, 2];
    const { taken, stats } = await supplied(frames, ordersOf(frames, epochs, { cacheBytes }), { cacheBytes });
    const expected = [...ordersOf(frames, epochs, { cacheBytes })].flatMap(({ epoch, samples }) =>
      [...samples].map((sample, position) => ({
        ...{ epoch, position, sample, name: frameOfSample(frames, sample).name, shows: numberOf(sample) },
      })),
    );
    expect(taken.map(({ what: _pixels, ...place }) => place)).toEqual(expected);
    expect(new Set(taken.map(bytesOf))).toEqual(new Set([PICTURE_BYTES]));
    expect(stats.peakBytes).toBeLessThanOrEqual(cacheBytes);
  });

  it('has the same pixels whoever decodes them, when and how many', async () => {
    const pixels = async (jobs: number, cacheBytes: number, epoch: number): Promise<string[]> => {
      const orders = ordersOf(frames, [epoch], { cacheBytes });
      const { taken } = await supplied(frames, orders, { jobs, cacheBytes });
      return taken.sort((a, b) => a.sample - b.sample).map(({ what }) => what);
    };
    const reference = await pixels(1, 1 << 30, 0);
    expect(new Set(reference).size).toBe(frames.count);
    expect(await pixels(3, SMALL, 4)).toEqual(reference);
  });

  it('never enlarges', async () => {
    const { taken } = await supplied(frames, ordersOf(frames, [0]), { shortSide: 200 }, { count: 20 });
    expect(new Set(taken.map(bytesOf))).toEqual(new Set([128 * 96 * 3]));
  });

  it('decodes nothing again when all pictures fit', async () => {
    const cacheBytes = frames.count * PICTURE_BYTES;
    const windowsFor = (bytes: number) => planEpochWindows(frames, { shortSide: 48, cacheBytes: bytes });
    expect(windowsFor(cacheBytes)).toEqual({ windowSamples: 200, areAllKept: true });
    expect(windowsFor(cacheBytes - 1)).toEqual({ windowSamples: 199, areAllKept: false });
    using supply = new FrameSupply(frames, { jobs: 2, shortSide: 48, cacheBytes });
    await take(supply, ordersOf(frames, [1], { cacheBytes }));
    // What it took is told with the end of a job, behind its last picture.
    while (supply.stats.reading.framesDecoded < frames.count) await sleep(5);
    const { pictures, reading } = supply.stats;
    expect(pictures).toBe(frames.count);
    expect(reading).toMatchObject({ packetsSent: frames.count, framesDecoded: frames.count });
    await take(supply, ordersOf(frames, [0, 2, 3], { cacheBytes }));
    expect(supply.stats).toEqual({ pictures, reading, peakBytes: cacheBytes });
  });

  it('sends each packet once for a window at most', async () => {
    const order = epochOrder(frames, { seed: 2, epoch: 1, windowSamples: 105, areAllKept: false });
    expect(order.windowEnds).toHaveLength(4);
    const { stats } = await supplied(frames, [order], { cacheBytes: 2 * 105 * PICTURE_BYTES });
    expect(stats.pictures).toBe(frames.count);
    expect(stats.reading.packetsSent).toBeLessThanOrEqual(4 * frames.count);
  });

  it('goes on from any position with the same rest', async () => {
    const cacheBytes = SMALL;
    const orders = (...epochs: number[]) => ordersOf(frames, epochs, { cacheBytes, neighbourFrames: 4 });
    const whole = await supplied(frames, orders(3, 4), { cacheBytes });
    expect(whole.taken).toHaveLength(2 * frames.count);
    for (const from of [0, 1, 77, 200, 399, 400]) {
      const { taken } = await supplied(frames, orders(3, 4), { cacheBytes }, { from, count: 150 });
      expect(taken, `from ${from}`).toEqual(whole.taken.slice(from, from + 150));
    }
    // Nobody has kept anything for an epoch in which everything is expected to be there.
    const kept = await supplied(frames, ordersOf(frames, [5]));
    const resumed = await supplied(frames, ordersOf(frames, [5]), {}, { from: 333 });
    expect(resumed.taken).toEqual(kept.taken.slice(333));
    // A checkpoint goes on under another budget.
    const windows = planEpochWindows(frames, { shortSide: 48, cacheBytes });
    const narrow = await supplied(
      frames,
      ordersOf(frames, [3, 4], { ...windows, neighbourFrames: 4 }),
      { cacheBytes: 7 * PICTURE_BYTES },
      { from: 370, count: 60 },
    );
    expect(narrow.taken).toEqual(whole.taken.slice(370, 430));
  });

  it('works with room for less than one picture, which it then holds alone', async () => {
    const orders = ordersOf(frames, [0], { cacheBytes: 1 });
    const { taken, stats } = await supplied(frames, orders, { cacheBytes: 1 }, { count: 40 });
    expect(taken.map(({ shows }) => shows)).toEqual(taken.map(({ sample }) => numberOf(sample)));
    expect(stats.peakBytes).toBe(PICTURE_BYTES);
    const pairs = await supplied(frames, ordersOf(frames, [0], { windowSamples: 9, neighbourFrames: 2 }), {
      cacheBytes: 1,
    });
    expect(pairs.taken.map(({ partner }) => partner!.shows)).toEqual(
      pairs.taken.map(({ partner }) => numberOf(partner!.sample)),
    );
    expect(pairs.stats.peakBytes).toBe(2 * PICTURE_BYTES);
  });

  it('gives each frame a neighbour of its own video', async () => {
    const cacheBytes = SMALL;
    const orders = ordersOf(frames, [1], { cacheBytes, neighbourFrames: 3 });
    const { taken } = await supplied(frames, orders, { cacheBytes });
    for (const { sample, partner } of taken) {
      const [own, other] = [frameOfSample(frames, sample), frameOfSample(frames, partner!.sample)];
      expect({ file: other.file, name: other.name, shows: numberOf(partner!.sample) }).toEqual({
        file: own.file,
        name: partner!.name,
        shows: partner!.shows,
      });
      expect(Math.abs(other.frame - own.frame)).toBeGreaterThan(0);
      expect(Math.abs(other.frame - own.frame)).toBeLessThanOrEqual(3);
    }
  });
});

describe('memory', () => {
  it('does not grow beyond the budget, however many frames go through', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const pictureBytes = 128 * 96 * 3;
    const cacheBytes = 60 * pictureBytes;
    expect(frames.count * pictureBytes).toBeGreaterThan(6 * cacheBytes);
    using supply = new FrameSupply(frames, { jobs: 2, shortSide: 96, cacheBytes });
    const windows = { windowSamples: 30, areAllKept: false };
    collect();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    let seen = 0;
    const taken = await take(supply, ordersOf(frames, [0, 1, 2], windows), {
      onFrame: () => {
        if (seen++ % 20 !== 0) return;
        collect();
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      },
    });
    expect(taken).toHaveLength(3 * frames.count);
    expect(supply.stats.peakBytes).toBeLessThanOrEqual(cacheBytes);
    expect(supply.stats.peakBytes).toBeGreaterThan(cacheBytes / 2);
    // What was given out, and messages that are just coming: nowhere near all pictures, let alone three times all.
    expect(most).toBeLessThan(cacheBytes + MESSAGE_BYTES);
    expect(frames.count * pictureBytes).toBeGreaterThan(2 * (cacheBytes + MESSAGE_BYTES));
  });
});

it('a video that changes its size on the way has pictures of both sizes, within the budget', async () => {
  const root = join(temporary, 'two sizes');
  mkdirSync(root);
  const clip = corpus.find(({ name }) => name === 'res_change.mkv')!;
  await clip.make(root);
  const some = await framesIn(root);
  const windows = { windowSamples: 40, areAllKept: false };
  const bytes: number[] = [];
  using supply = new FrameSupply(some, { jobs: 2, shortSide: 1000, cacheBytes: 4_000_000 });
  const taken = await take(supply, ordersOf(some, [0, 1], windows), {
    onFrame: ({ image }) => bytes.push(image!.data.length),
  });
  expect(taken.map(({ shows }) => shows)).toEqual(taken.map(({ sample }) => clip.codes![sample]));
  expect(new Set(bytes).size).toBe(2);
  expect(supply.stats.peakBytes).toBeLessThanOrEqual(4_000_000);
});

describe('what goes wrong', () => {
  it('costs its own frames: an unreadable file, and one that is damaged in the middle', async () => {
    const root = join(temporary, 'damaged');
    mkdirSync(root);
    await corpus.find(({ name }) => name === 'noise.mp4')!.make(root);
    for (const [i, name] of ['a.mp4', 'z.mp4'].entries())
      copyFileSync(join(folder.root, folder.videos[3 * i]!), join(root, name));
    writeFileSync(join(root, 'broken.mp4'), 'this is no video');
    const some = await framesIn(root);
    expect(some.failed.map(({ item, error }) => `${item} ${error.code}`)).toEqual([
      'broken.mp4 ERR_VIDEO_OPEN',
    ]);
    expect(some.files.map(({ file, label }) => [file, label])).toEqual([
      ['a.mp4', 0],
      ['noise.mp4', 2],
      ['z.mp4', 3],
    ]);
    const cacheBytes = 1 << 30;
    using supply = new FrameSupply(some, { jobs: 2, shortSide: 48, cacheBytes });
    const taken = await take(supply, ordersOf(some, [0]));
    const bySample = taken.toSorted((a, b) => a.sample - b.sample);
    const failed = bySample.filter(({ shows }) => typeof shows === 'string');
    expect(failed.length).toBeGreaterThan(4);
    expect(failed.length).toBeLessThan(60);
    for (const { sample, name, shows, what } of failed) {
      const { file, frame, name: own } = frameOfSample(some, sample);
      expect({ file, name, shows }).toEqual({ file: 'noise.mp4', name: own, shows: 'ERR_FRAME_DAMAGED' });
      expect(what).toContain(`noise.mp4: frame ${frame} cannot be decoded as it was recorded`);
    }
    for (const { sample, shows } of bySample.filter((each) => !failed.includes(each))) {
      const first = { 'a.mp4': 0, 'noise.mp4': 0, 'z.mp4': 3 * FRAMES_EACH }[
        frameOfSample(some, sample).file
      ]!;
      expect(shows).toBe(first + frameOfSample(some, sample).frame);
    }
    // What is damaged stays damaged, and is not tried again.
    const { pictures } = supply.stats;
    const again = await take(supply, ordersOf(some, [1]));
    expect(supply.stats.pictures).toBe(pictures);
    expect(again.toSorted((a, b) => a.sample - b.sample).map(({ what }) => what)).toEqual(
      bySample.map(({ what }) => what),
    );
  });

  it('a file that vanishes or is replaced during training takes no other along', async () => {
    const root = join(temporary, 'vanishing');
    mkdirSync(root);
    const names = ['a.mp4', 'b.mp4', 'c.mp4'];
    for (const name of names) copyFileSync(join(folder.root, folder.videos[0]!), join(root, name));
    const some = await framesIn(root);
    rmSync(join(root, 'a.mp4'));
    copyFileSync(join(folder.root, folder.videos[3]!), join(root, 'b.mp4'));
    const { taken } = await supplied(some, ordersOf(some, [0]));
    const outcomes = names.map((_, file) => [
      ...new Set(
        taken
          .filter(({ sample }) => fileOfSample(some, sample) === file)
          .map(({ shows, sample }) => (typeof shows === 'string' ? shows : shows === sample % FRAMES_EACH)),
      ),
    ]);
    expect(outcomes).toEqual([['ERR_NOT_FOUND'], ['ERR_FILE_CHANGED'], [true]]);
  });

  it('workers that die cost no frame', async () => {
    const cacheBytes = SMALL;
    let [seen, kills] = [0, 0];
    const { taken } = await supplied(
      frames,
      ordersOf(frames, [0], { cacheBytes }),
      { cacheBytes },
      {
        onFrame: () => {
          const victim = seen++ % 60 === 30 ? workers().at(-1) : undefined;
          if (victim === undefined) return;
          kills++;
          process.kill(victim, 'SIGSEGV');
        },
      },
    );
    expect(kills).toBeGreaterThan(3);
    expect(taken.map(({ shows }) => shows)).toEqual(taken.map(({ sample }) => numberOf(sample)));
    expect(taken).toHaveLength(frames.count);
  });

  it('an abort ends the delivery with its reason, and no process stays', async () => {
    for (const moment of [0, 1, 90]) {
      const controller = new AbortController();
      using supply = new FrameSupply(frames, {
        jobs: 2,
        shortSide: 48,
        cacheBytes: SMALL,
        signal: controller.signal,
      });
      let seen = 0;
      if (moment === 0) setTimeout(() => controller.abort(new Error('enough')), 20);
      const taking = take(supply, ordersOf(frames, range(0, 100), { cacheBytes: SMALL }), {
        onFrame: () => {
          if (++seen === moment) controller.abort(new Error('enough'));
        },
      });
      await expect(taking).rejects.toThrow('enough');
      expect(seen).toBe(moment);
      await noWorkers();
    }
  });

  it('whoever stops taking may begin anew, and leaves no process behind', async () => {
    {
      using supply = new FrameSupply(frames, { jobs: 2, shortSide: 48, cacheBytes: SMALL });
      const orders = () => ordersOf(frames, [0, 1], { cacheBytes: SMALL });
      const first = await take(supply, orders(), { count: 5 });
      const second = await take(supply, orders(), { count: 300 });
      expect(second.slice(0, 5)).toEqual(first);
      const third = await take(supply, orders(), { from: 200, count: 100 });
      expect(third).toEqual(second.slice(200));
      const other = supply.deliver(orders());
      await other.next();
      await expect(supply.deliver(orders()).next()).rejects.toThrow(
        'the supply is delivering to somebody else',
      );
      expect(workers().length).toBeGreaterThan(0);
    }
    await noWorkers();
  });

  it.each([
    [{ shortSide: 0 }, 'shortSide 0: expected a whole number of at least 1.'],
    [{ cacheBytes: 1.5 }, 'cacheBytes 1.5: expected a whole number of at least 1.'],
  ])('refuses %j', (options, message) => {
    expect(() => new FrameSupply(frames, { shortSide: 48, cacheBytes: 1, ...options })).toThrow(message);
  });
});
