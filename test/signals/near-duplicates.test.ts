import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { hammingDistance } from '../../src/image/perceptual-hash.ts';
import type { MeasuredFrame, Removal } from '../../src/signals/frame-filter.ts';
import { type NearDuplicateFilterOptions, nearDuplicates } from '../../src/signals/near-duplicates.ts';

type Hashed = MeasuredFrame<'perceptualHash'>;

const framesOf = (hashes: readonly string[], video = 0): Hashed[] =>
  hashes.map((perceptualHash, index) => ({ video, index, seconds: index, signals: { perceptualHash } }));

/** Kept frames of its video, or of all; the last so many; the first that is near. */
const naive = (frames: readonly Hashed[], { limit = 10, window }: NearDuplicateFilterOptions): Removal[] => {
  const removed: Removal[] = [];
  frames.forEach(({ video, signals }, place) => {
    const gone = new Set(removed.map((removal) => removal.place));
    const before = [...frames.keys()].filter((other) => other < place && !gone.has(other));
    const candidates =
      window === undefined ? before : before.filter((other) => frames[other]!.video === video).slice(-window);
    const distances = candidates.map((other) =>
      hammingDistance(signals.perceptualHash, frames[other]!.signals.perceptualHash),
    );
    const first = distances.findIndex((distance) => distance <= limit);
    if (first >= 0)
      removed.push({
        place,
        reason: 'near duplicate',
        value: distances[first]!,
        limit,
        repeats: candidates[first]!,
      });
  });
  return removed;
};

const [A, NEAR_A, FAR_A, B] = [
  '0000000000000000',
  '00000000000003ff',
  '00000000000007ff',
  'ffffffff00000000',
];

describe('near duplicates', () => {
  it('are up to 10 bits from a frame that is kept', () => {
    expect(nearDuplicates()(framesOf([A, NEAR_A, FAR_A, A]))).toEqual([
      { place: 1, reason: 'near duplicate', value: 10, limit: 10, repeats: 0 },
      { place: 3, reason: 'near duplicate', value: 0, limit: 10, repeats: 0 },
    ]);
    expect(nearDuplicates({ limit: 9 })(framesOf([A, NEAR_A])).length).toBe(0);
  });

  it('may come back later and in another video, unless only a window is looked at', () => {
    const frames = [...framesOf([A, B, A], 1), ...framesOf([A, B], 2)];
    const removed = (options: NearDuplicateFilterOptions): number[] =>
      nearDuplicates(options)(frames).map(({ place }) => place);
    expect(removed({})).toEqual([2, 3, 4]);
    expect(removed({ window: 2 })).toEqual([2]);
    expect(removed({ window: 1 })).toEqual([]);
  });

  it('are those of the naive loop where so many are kept that not all are looked at', () => {
    const random = new Random(5);
    const digits = (): string => random.uint32().toString(16).padStart(8, '0');
    const hashes: string[] = [];
    for (let i = 0; i < 900; i++) {
      // Every third is near an earlier one: 8 to 12 bits of it are others.
      const bits = i % 3 === 2 ? 8 + random.below(5) : 64;
      let hash = BigInt(`0x${bits === 64 ? digits() + digits() : hashes[random.below(i)]!}`);
      if (bits < 64) for (let bit = 0; bit < bits; bit++) hash ^= 1n << BigInt(5 * bit + random.below(5));
      hashes.push(hash.toString(16).padStart(16, '0'));
    }
    const frames = [...framesOf(hashes.slice(0, 700), 1), ...framesOf(hashes.slice(700), 2)];
    const removed = nearDuplicates()(frames);
    expect(removed).toEqual(naive(frames, {}));
    // The last ones are found, or not, among more than the 548 lists of the index.
    expect(removed.filter(({ place }) => place >= 850).length).toBeGreaterThan(5);
    expect(removed.length).toBeLessThan(900 - 560);
  });

  it('are those of the naive loop', () => {
    // Few bits are in use, so that hashes are near one another.
    const hash = fc
      .nat(0xffffff)
      .map((bits) => (BigInt(bits) * 0x10000010001n).toString(16).padStart(16, '0').slice(-16));
    const videos = fc.array(fc.array(hash, { minLength: 1, maxLength: 12 }), { maxLength: 3 });
    const options = fc.record({
      limit: fc.integer({ min: 0, max: 40 }),
      window: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(videos, options, (hashes, chosen) => {
        const frames = hashes.flatMap(framesOf);
        expect(nearDuplicates(chosen)(frames)).toEqual(naive(frames, chosen));
      }),
    );
  });
});
