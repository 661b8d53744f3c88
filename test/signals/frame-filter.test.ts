import { describe, expect, it } from 'vitest';
import { filterFrames, type MeasuredFrame, stretchesOf } from '../../src/signals/frame-filter.ts';
import { black, blurred } from '../../src/signals/limit-filters.ts';
import { nearDuplicates } from '../../src/signals/near-duplicates.ts';

const [SCENE, OTHER] = ['0000000000000000', 'ffffffffffffffff'];

const frame = (
  number: number,
  luminance: number,
  sharpness: number,
  perceptualHash = SCENE,
): MeasuredFrame<'luminance' | 'sharpness' | 'perceptualHash'> => ({
  video: 0,
  index: number,
  seconds: number,
  signals: { luminance, sharpness, perceptualHash },
});

describe('filters one after another', () => {
  const frames = [
    frame(0, 5, 5),
    frame(1, 90, 5),
    frame(2, 90, 500),
    frame(3, 90, 500),
    frame(4, 5, 500, OTHER),
  ];

  it('see what the ones before kept, and give the first reason', () => {
    expect(filterFrames(frames, [black(), blurred(), nearDuplicates()])).toEqual({
      kept: [2],
      removed: [
        { place: 0, reason: 'black', value: 5, limit: 12 },
        { place: 1, reason: 'blurred', value: 5, limit: 100 },
        { place: 3, reason: 'near duplicate', value: 0, limit: 10, repeats: 2 },
        { place: 4, reason: 'black', value: 5, limit: 12 },
      ],
    });
  });

  it('give another result in another order', () => {
    expect(filterFrames(frames, [nearDuplicates(), black()])).toEqual({
      kept: [],
      removed: [
        { place: 0, reason: 'black', value: 5, limit: 12 },
        { place: 1, reason: 'near duplicate', value: 0, limit: 10, repeats: 0 },
        { place: 2, reason: 'near duplicate', value: 0, limit: 10, repeats: 0 },
        { place: 3, reason: 'near duplicate', value: 0, limit: 10, repeats: 0 },
        { place: 4, reason: 'black', value: 5, limit: 12 },
      ],
    });
  });

  it('keep everything where there are none, and nothing of nothing', () => {
    expect(filterFrames(frames, [])).toEqual({ kept: [0, 1, 2, 3, 4], removed: [] });
    expect(filterFrames([], [black()])).toEqual({ kept: [], removed: [] });
  });
});

it('videos are stretches of the sequence', () => {
  const of = (videos: readonly number[]) =>
    stretchesOf(videos.map((video, i) => ({ ...frame(i, 0, 0), video })));
  expect(of([7, 7, 3, 3, 3, 9])).toEqual([
    { start: 0, end: 2 },
    { start: 2, end: 5 },
    { start: 5, end: 6 },
  ]);
  expect(of([])).toEqual([]);
});
