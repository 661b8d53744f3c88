import { describe, expect, it } from 'vitest';
import type { FrameFilter, FrameSignals, MeasuredFrame } from '../../src/signals/frame-filter.ts';
import { black, blurred, corrupt, dark, light, lowInformation } from '../../src/signals/limit-filters.ts';

const framesWith = <Signal extends keyof FrameSignals>(
  signal: Signal,
  values: readonly FrameSignals[Signal][],
  video = 0,
): MeasuredFrame<Signal>[] =>
  values.map((value, index) => ({
    video,
    index,
    seconds: index / 25,
    signals: { [signal]: value } as Pick<FrameSignals, Signal>,
  }));

describe('limits', () => {
  it.each([
    ['blurred', 'sharpness', blurred(), blurred({ below: 7 }), 100, -1, 7],
    ['dark', 'highlights', dark(), dark(7), 81.6, -1, 7],
    ['light', 'shadows', light(), light(7), 242.25, 1, 7],
    ['low information', 'entropy', lowInformation(), lowInformation(7), 3, -1, 7],
    ['black', 'luminance', black(), black(7), 12, -1, 7],
    ['corrupt', 'uniformRowRatio', corrupt(), corrupt(0.7), 0.1, 1, 0.7],
  ] as const)('%s: by %s', (reason, signal, filter, ownFilter, limit, side, ownLimit) => {
    const removed = (by: unknown, at: number) =>
      (by as FrameFilter<typeof signal>)(
        framesWith(signal, [at, at + side * 0.01, at - side * 0.01, at + side * 0.05]),
      );
    for (const [by, at] of [
      [filter, limit],
      [ownFilter, ownLimit],
    ] as const) {
      expect(removed(by, at)).toEqual([
        { place: 1, reason, value: at + side * 0.01, limit: at },
        { place: 3, reason, value: at + side * 0.05, limit: at },
      ]);
    }
  });

  it('of blur may be a quantile of each video', () => {
    const frames = [
      ...framesWith('sharpness', [500, 400, 300, 200, 100, 600, 700, 800, 900, 1000, 1100], 1),
      ...framesWith('sharpness', [9, 5, 7], 2),
      ...framesWith('sharpness', [50], 3),
      ...framesWith('sharpness', [4, 4, 4], 4),
    ];
    expect(blurred({ belowQuantile: 0.1 })(frames)).toEqual([
      { place: 4, reason: 'blurred', value: 100, limit: 200 },
      { place: 12, reason: 'blurred', value: 5, limit: 5.4 },
    ]);
    expect(blurred({ belowQuantile: 0 })(frames)).toEqual([]);
    expect(blurred({ belowQuantile: 0.5 })([])).toEqual([]);
  });
});
