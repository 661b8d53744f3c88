import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MeasuredFrame } from '../../src/signals/frame-filter.ts';
import { frozen, stillSeconds } from '../../src/signals/frozen.ts';

/** Frames at 1 a second whose thumbnails are plain, of these levels; 0.1 stands for a tenth of the pixels brighter. */
const framesOf = (levels: readonly number[], video = 0): MeasuredFrame<'thumbnail'>[] =>
  levels.map((level, index) => ({
    video,
    index,
    seconds: index,
    signals: {
      thumbnail: new Uint8Array(2300)
        .fill(Math.floor(level))
        .fill(Math.floor(level) + 1, 0, Math.round((level % 1) * 2300)),
    },
  }));

const stillOf = (frames: readonly MeasuredFrame<'thumbnail'>[], limit?: number) => {
  const still = stillSeconds(frames, limit);
  return frames.map((frame, i) => ({ ...frame, signals: { stillSeconds: still[i]! } }));
};

const removedOf = (
  frames: readonly MeasuredFrame<'thumbnail'>[],
  { limit, ...options }: Parameters<typeof frozen>[0] & { readonly limit?: number } = {},
): number[] => frozen(options)(stillOf(frames, limit)).map(({ place }) => place);

describe('frozen pictures', () => {
  it('are those of a stretch of two seconds, but for the first', () => {
    const frames = framesOf([10, 20, 20, 20.1, 30, 30, 40, 40, 40, 40]);
    expect(frozen()(stillOf(frames))).toEqual([
      { place: 2, reason: 'frozen', value: 2, limit: 2, repeats: 1 },
      { place: 3, reason: 'frozen', value: 2, limit: 2, repeats: 1 },
      { place: 7, reason: 'frozen', value: 3, limit: 2, repeats: 6 },
      { place: 8, reason: 'frozen', value: 3, limit: 2, repeats: 6 },
      { place: 9, reason: 'frozen', value: 3, limit: 2, repeats: 6 },
    ]);
  });

  it('take as long as is asked for, and differ by what is asked for', () => {
    const frames = framesOf([10, 20, 20, 30, 31, 32]);
    expect(removedOf(frames, { minimumSeconds: 1 })).toEqual([2]);
    expect(removedOf(frames, { minimumSeconds: 2, limit: 1 })).toEqual([]);
    expect(removedOf(frames, { minimumSeconds: 1, limit: 1 })).toEqual([2, 4]);
    expect(removedOf(frames, { minimumSeconds: 0, limit: 255 })).toEqual([1, 2, 3, 4, 5]);
  });

  it('take as long wherever they are in the video, and whatever its frame rate is', () => {
    for (const rate of [24, 25, 30, 30_000 / 1001, 59.94, 60]) {
      for (let before = 0; before < 40; before++) {
        const still = Math.ceil(2 * rate - 1e-9);
        const levels = [...new Array(before).fill(0), ...new Array(still + 1).fill(50)];
        const frames = framesOf(levels.map((level, i) => (i < before ? (i % 2) * 9 : level))).map(
          (frame, index) => ({ ...frame, index, seconds: index / rate }),
        );
        expect(removedOf(frames)).toHaveLength(still);
        expect(removedOf(frames.slice(0, -1))).toEqual([]);
      }
    }
  });

  it('are compared with the first, so that slow change is none', () => {
    expect(removedOf(framesOf([10, 10.2, 10.4, 10.6, 10.8, 11]))).toEqual([]);
  });

  it('end with the video', () => {
    expect(removedOf([...framesOf([5, 5], 1), ...framesOf([5, 5], 2)])).toEqual([]);
    expect(removedOf([...framesOf([5, 5, 5], 1), ...framesOf([5, 5], 2)])).toEqual([1, 2]);
  });

  it('are of the stretch that they began in, whatever was removed before', () => {
    const [first, alike] = [framesOf([0, 20, 20, 20]), framesOf([20, 20, 20, 20, 40, 40])];
    // Without the first frame of a stretch, its second one stands for it, and not what was shown before.
    expect(frozen()(stillOf(first).filter((_, i) => i !== 1))).toEqual([
      { place: 2, reason: 'frozen', value: 2, limit: 2, repeats: 1 },
    ]);
    // A short stretch does not hide the long one before it.
    expect(frozen()(stillOf(alike).filter((_, i) => i !== 4))).toEqual(
      [1, 2, 3].map((place) => ({ place, reason: 'frozen', value: 3, limit: 2, repeats: 0 })),
    );
  });

  it('are of the stretch that they began in, as loops over stretches find them', () => {
    const stretch = fc.record({ frames: fc.integer({ min: 1, max: 6 }), isKept: fc.array(fc.boolean()) });
    fc.assert(
      fc.property(fc.array(stretch), fc.constantFrom(1, 24, 30_000 / 1001, 60), (stretches, rate) => {
        const levels = stretches.flatMap(({ frames }, i) => new Array<number>(frames).fill(50 * (i % 4)));
        const frames = framesOf(levels).map((frame) => ({ ...frame, seconds: frame.index / rate }));
        // As the metadata has them.
        const rounded = stillOf(frames).map(({ seconds, signals, ...frame }) => ({
          ...frame,
          seconds: Math.round(seconds * 1e6) / 1e6,
          signals: { stillSeconds: Math.round(signals.stillSeconds * 1e6) / 1e6 },
        }));
        const kept: typeof rounded = [];
        const expected: number[] = [];
        let at = 0;
        for (const { frames: count, isKept } of stretches) {
          const left = rounded.slice(at, at + count).filter((_, i) => isKept[i] ?? true);
          at += count;
          const isFrozen = left.length > 0 && left.at(-1)!.signals.stillSeconds > 2.5 / rate;
          if (isFrozen) for (let i = 1; i < left.length; i++) expected.push(kept.length + i);
          kept.push(...left);
        }
        const found = frozen({ minimumSeconds: 2.5 / rate })(kept).map(({ place }) => place);
        expect(found).toEqual(expected);
      }),
    );
  });

  it('are told where no times are known', () => {
    const timeless = stillOf(framesOf([10, 20, 20, 20])).map((frame) => ({ ...frame, seconds: Number.NaN }));
    expect(frozen()(timeless).map(({ place }) => place)).toEqual([2, 3]);
  });

  it('are none of none', () => {
    expect(removedOf([])).toEqual([]);
    expect(removedOf(framesOf([3]))).toEqual([]);
  });
});
