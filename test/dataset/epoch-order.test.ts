import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochOrder } from '../../src/dataset/epoch-order.ts';
import { fileOfSample, type TrainingFrames } from '../../src/dataset/training-frames.ts';
import { range } from '../support/streams.ts';
import { madeUpFrames } from '../support/training.ts';

const cases = fc.record({
  frames: fc
    .tuple(
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 90 }),
    )
    .map(([counts, keysApart]) => madeUpFrames(counts, keysApart)),
  seed: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  epoch: fc.integer({ min: 0, max: 1000 }),
  windowSamples: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5000 })),
  areAllKept: fc.boolean(),
  neighbourFrames: fc.integer({ min: 0, max: 20 }),
});

const windowsOf = (samples: Uint32Array, ends: Uint32Array): Uint32Array[] =>
  [...ends].map((end, i) => samples.subarray(ends[i - 1] ?? 0, end));

const filesIn = (frames: TrainingFrames, samples: Uint32Array): Set<number> =>
  new Set([...samples].map((sample) => fileOfSample(frames, sample)));

describe('the order of an epoch', () => {
  it('is a permutation in windows that fit, the same for the same arguments', () => {
    fc.assert(
      fc.property(cases, ({ frames, ...options }) => {
        const order = epochOrder(frames, options);
        expect([...order.samples].sort((a, b) => a - b)).toEqual(range(0, frames.count));
        expect(order.epoch).toBe(options.epoch);
        expect(order.windowEnds.at(-1)).toBe(frames.count);
        const lengths = windowsOf(order.samples, order.windowEnds).map(({ length }) => length);
        expect(Math.min(...lengths)).toBeGreaterThan(0);
        const isOneWindow = options.areAllKept && options.epoch > 0;
        expect(Math.max(...lengths)).toBeLessThanOrEqual(isOneWindow ? frames.count : options.windowSamples);
        if (isOneWindow) expect(lengths).toHaveLength(1);
        expect(epochOrder(frames, options)).toEqual(order);
      }),
    );
  });

  it('has partners near by, of the same video and window; and itself only where a run has no other', () => {
    fc.assert(
      fc.property(cases, ({ frames, ...options }) => {
        const { samples, partners, windowEnds } = epochOrder(frames, options);
        expect(partners === undefined).toBe(options.neighbourFrames === 0);
        const windowOf = (sample: number): number => {
          const position = samples.indexOf(sample);
          return windowEnds.findIndex((end) => position < end);
        };
        for (const [position, sample] of samples.entries()) {
          const partner = partners?.[position] ?? sample;
          const isLone = frames.files[fileOfSample(frames, sample)]!.frames.length === 1;
          const hasOther = options.neighbourFrames > 0 && !isLone && options.windowSamples >= 8;
          if (hasOther) expect(partner).not.toBe(sample);
          expect(Math.abs(partner - sample)).toBeLessThanOrEqual(options.neighbourFrames);
          expect(fileOfSample(frames, partner)).toBe(fileOfSample(frames, sample));
          expect(windowOf(partner)).toBe(windowOf(sample));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('has partners in both directions, at all distances that are allowed', () => {
    const frames = madeUpFrames(Array(40).fill(250), 60);
    const { samples, partners } = epochOrder(frames, {
      ...{ seed: 3, epoch: 1, windowSamples: 2500, areAllKept: false, neighbourFrames: 3 },
    });
    const counts = new Map<number, number>();
    for (const [position, sample] of samples.entries()) {
      const distance = partners![position]! - sample;
      counts.set(distance, (counts.get(distance) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-3, -2, -1, 1, 2, 3]);
    for (const count of counts.values()) expect(count).toBeGreaterThan(10_000 / 6 / 1.2);
  });

  it('mixes many videos in each window, and others in each epoch', () => {
    const frames = madeUpFrames(Array(500).fill(200), 50);
    const order = (epoch: number, seed = 1) =>
      epochOrder(frames, { seed, epoch, windowSamples: 6000, areAllKept: false });
    const first = order(0);
    expect([...first.windowEnds].slice(0, 2).every((end, i) => Math.abs(end - [2048, 6144][i]!) < 64)).toBe(
      true,
    );
    for (const [epoch, ratio] of [
      [0, 1.1],
      [1, 1.1],
    ] as const) {
      const { samples, windowEnds } = order(epoch);
      for (const window of windowsOf(samples, windowEnds)) {
        // Of 500 videos, as many as runs of 50 to 64 frames can be of.
        expect(filesIn(frames, window).size * ratio).toBeGreaterThan(
          500 * (1 - (1 - 1 / 500) ** Math.floor(window.length / 64)),
        );
        const batches = range(0, Math.floor(window.length / 256)).map((i) =>
          window.subarray(256 * i, 256 * (i + 1)),
        );
        for (const batch of batches) expect(filesIn(frames, batch).size).toBeGreaterThan(25);
      }
    }
    const together = ({ samples, windowEnds }: typeof first): Set<number> =>
      filesIn(frames, windowsOf(samples, windowEnds)[1]!);
    expect(together(order(2))).not.toEqual(together(order(1)));
    expect(order(1, 2).samples).not.toEqual(order(2, 1).samples);
  });

  it('costs about a key’s distance for each run, since runs end at keys', () => {
    const keysApart = 30;
    const frames = madeUpFrames(Array(50).fill(600), keysApart);
    const { samples, windowEnds } = epochOrder(frames, {
      seed: 5,
      epoch: 1,
      windowSamples: 6000,
      areAllKept: false,
    });
    let decoded = 0;
    for (const window of windowsOf(samples, windowEnds)) {
      const lastOfKey = new Map<number, number>();
      for (const sample of window) {
        const key = sample - (sample % keysApart);
        lastOfKey.set(key, Math.max(lastOfKey.get(key) ?? 0, sample));
      }
      for (const [key, last] of lastOfKey) decoded += last - key + 1;
    }
    expect(decoded / frames.count).toBeLessThan(1.05);
  });

  it('is a full permutation from the second epoch on when all pictures are kept', () => {
    const frames = madeUpFrames([4000, 4000]);
    const { samples } = epochOrder(frames, { seed: 7, epoch: 1, windowSamples: 3000, areAllKept: true });
    const distances = [...samples.subarray(1)].map((sample, i) => Math.abs(sample - samples[i]!));
    const mean = distances.reduce((sum, distance) => sum + distance) / distances.length;
    expect(mean / frames.count).toBeCloseTo(1 / 3, 1);
  });

  it('refuses a seed that is no whole number', () => {
    expect(() =>
      epochOrder(madeUpFrames([3]), { seed: 0.5, epoch: 0, windowSamples: 3, areAllKept: true }),
    ).toThrow('seed 0.5: expected a whole number of at least 0.');
  });
});
