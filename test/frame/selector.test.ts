import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkSampler,
  type FrameTimes,
  formatFrameRange,
  type Position,
  parseFrameNumbers,
  parsePosition,
  parseTimes,
  resolveFrameNumbers,
  type Sampler,
  sampleFrames,
} from '../../src/frame/selector.ts';

const messageOfRefusal = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    expect(error).toMatchObject({ name: 'FramesiftError', code: 'ERR_OPTION' });
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};

const frame = (index: number): Position => ({ kind: 'frame', index });
const time = (seconds: number): Position => ({ kind: 'time', seconds });

describe('parseFrameNumbers', () => {
  test('numbers, ranges with both their ends, steps', () => {
    expect(parseFrameNumbers('0,10,20-30,100-200:10')).toEqual([
      { start: 0, end: 1, step: 1 },
      { start: 10, end: 11, step: 1 },
      { start: 20, end: 31, step: 1 },
      { start: 100, end: 201, step: 10 },
    ]);
    expect(parseFrameNumbers(' 7 , 3 - 5 : 2 ,007')).toEqual([
      { start: 7, end: 8, step: 1 },
      { start: 3, end: 6, step: 2 },
      { start: 7, end: 8, step: 1 },
    ]);
  });

  const FORMS =
    'is not a frame number. Write numbers from 0 (7), ranges (20-30), or every n-th of a range (100-200:10).';
  test.each([
    ['', `"" ${FORMS}`],
    ['1,,2', `"" in "1,,2" ${FORMS}`],
    ['1,a', `"a" in "1,a" ${FORMS}`],
    ['-5', `"-5" ${FORMS}`],
    ['1.5', `"1.5" ${FORMS}`],
    ['5:2', `"5:2" ${FORMS}`],
    ['5-', `"5-" ${FORMS}`],
    ['1e3', `"1e3" ${FORMS}`],
    ['9007199254740992', `"9007199254740992" ${FORMS}`],
    ['1,30-20', '"30-20" in "1,30-20" runs backwards. Write 20-30.'],
    ['20-30:0', '"20-30:0" has a step of 0. Write a step of 1 or more.'],
  ])('%j is refused', (text, message) => {
    expect(messageOfRefusal(() => parseFrameNumbers(text))).toBe(message);
  });

  test('reads back what formatFrameRange writes', () => {
    expect(parseFrameNumbers('5,20-30,100-205:10').map(formatFrameRange)).toEqual([
      '5',
      '20-30',
      '100-205:10',
    ]);
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.integer({ min: 2, max: 1000 }),
        fc.integer({ min: 1, max: 50 }),
        (start, length, step) => {
          const range = { start, end: start + length, step };
          expect(parseFrameNumbers(formatFrameRange(range))).toEqual([range]);
        },
      ),
    );
  });
});

describe('resolveFrameNumbers', () => {
  test('existing frames once each in the order asked for, the others as ranges', () => {
    expect(resolveFrameNumbers(parseFrameNumbers('30-32,5,31,0-9:3'), 32)).toEqual({
      indices: [30, 31, 5, 0, 3, 6, 9],
      missing: [{ start: 32, end: 33, step: 1 }],
    });
    const { indices, missing } = resolveFrameNumbers(parseFrameNumbers('100-200:10'), 150);
    expect(indices).toEqual([100, 110, 120, 130, 140]);
    expect(missing.map(formatFrameRange)).toEqual(['150-200:10']);
  });

  test('a range far beyond the end costs nothing', () => {
    expect(resolveFrameNumbers(parseFrameNumbers('0-9007199254740000'), 3)).toEqual({
      indices: [0, 1, 2],
      missing: [{ start: 3, end: 9007199254740001, step: 1 }],
    });
    expect(resolveFrameNumbers(parseFrameNumbers('0'), 0)).toEqual({
      indices: [],
      missing: [{ start: 0, end: 1, step: 1 }],
    });
  });

  test('agrees with counting', () => {
    const range = fc.record({
      start: fc.nat(40),
      length: fc.integer({ min: 1, max: 40 }),
      step: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(range), fc.nat(50), (parts, frameCount) => {
        const ranges = parts.map(({ start, length, step }) => ({ start, end: start + length, step }));
        const all = ranges.flatMap(({ start, end, step }) =>
          Array.from({ length: end - start }, (_, i) => start + i).filter((i) => (i - start) % step === 0),
        );
        const { indices, missing } = resolveFrameNumbers(ranges, frameCount);
        expect(indices).toEqual([...new Set(all.filter((i) => i < frameCount))]);
        const beyond = resolveFrameNumbers(missing, Number.MAX_SAFE_INTEGER).indices;
        expect(beyond).toEqual([...new Set(all.filter((i) => i >= frameCount))]);
      }),
    );
  });
});

describe('times', () => {
  test.each([
    ['90', [90]],
    ['1.5', [1.5]],
    ['1.5s', [1.5]],
    ['90s', [90]],
    ['00:01:02', [62]],
    ['1:02', [62]],
    ['90:00', [5400]],
    ['100:00:00.25', [360000.25]],
    ['1:2:3', [3723]],
    ['00:01:02.1', [62.1]],
    ['01:00:00.3', [3600.3]],
    [' 1.5 ,00:01:02 ', [1.5, 62]],
    ['0', [0]],
  ])('%j is %j s', (text, expected) => {
    expect(parseTimes(text)).toEqual(expected);
  });

  const FORMS = 'is not a time. Write seconds (90s, 1.5) or a clock time (MM:SS, HH:MM:SS.mmm).';
  test.each([
    '',
    'abc',
    '-1',
    '1.',
    '.5',
    '1:60',
    '1:60:00',
    '1:2:3:4',
    '1:02s',
    '1,',
    '1e3',
    '5m',
    `${'9'.repeat(20)}:00`,
  ])('%j is refused', (text) => {
    const part = text === '1,' ? '"" in "1,"' : `"${text}"`;
    expect(messageOfRefusal(() => parseTimes(text))).toBe(`${part} ${FORMS}`);
  });

  test.each([
    ['12', frame(12)],
    ['0', frame(0)],
    ['12.5', time(12.5)],
    ['12s', time(12)],
    ['12.5s', time(12.5)],
    ['1:02', time(62)],
    [' 00:01:02.5 ', time(62.5)],
  ])('position %j', (text, expected) => {
    expect(parsePosition(text)).toEqual(expected);
  });

  test.each(['', 'x', '-1', '9007199254740992'])('position %j is refused', (text) => {
    expect(messageOfRefusal(() => parsePosition(text))).toBe(
      `"${text}" is neither a frame number nor a time. Write a whole number for a frame. Write seconds (90s, 1.5) or a clock time (MM:SS, HH:MM:SS.mmm).`,
    );
  });
});

/** A video with these times; `averageFps` as FFmpeg would say. */
const video = (
  times: readonly number[],
  averageFps: number,
  keyframes: readonly number[] = [],
): FrameTimes => ({
  frameCount: times.length,
  averageFps,
  endSeconds: 0,
  keyframes,
  secondsAt: (index) => times[index]!,
  indexAtSeconds: (seconds) => times.findLastIndex((at) => at <= seconds),
});
const steady = (frameCount: number, fps: number, keyframes: readonly number[] = []): FrameTimes =>
  video(
    Array.from({ length: frameCount }, (_, i) => i / fps),
    fps,
    keyframes,
  );

describe('sampleFrames', () => {
  test.each<[Sampler, readonly number[]]>([
    [{}, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [{ every: 3 }, [0, 3, 6, 9]],
    [{ every: 3, start: frame(2) }, [2, 5, 8]],
    [{ every: 3, start: frame(2), end: frame(8) }, [2, 5]],
    [{ every: 100, start: frame(4) }, [4]],
    [{ fps: 10 }, [0, 3, 6, 9]],
    [{ fps: 10, start: frame(2) }, [3, 6, 9]],
    [{ fps: 10, start: frame(1), end: frame(6) }, [3]],
    [{ fps: 20 }, [0, 2, 3, 5, 6, 8, 9]],
    [{ fps: 30 }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [{ fps: 1000, end: frame(2) }, [0, 1]],
    [{ fps: 0.01 }, [0]],
    [{ count: 1 }, [5]],
    [{ count: 2 }, [2, 7]],
    [{ count: 3 }, [1, 5, 8]],
    [{ count: 2, start: frame(4), end: frame(8) }, [5, 7]],
    [{ count: 10 }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [{ count: 99, start: frame(7) }, [7, 8, 9]],
    [{ keyframes: true }, [0, 4, 8]],
    [{ keyframes: true, start: frame(1), end: frame(8) }, [4]],
    [{ keyframes: false, every: 5 }, [0, 5]],
    [{ start: frame(50) }, []],
    [{ count: 3, start: frame(50) }, []],
    [{ start: time(0.1), end: time(0.2) }, [3, 4, 5]],
    [{ start: time(0.11), end: time(0.19) }, [4, 5]],
    [{ start: time(0), end: frame(2) }, [0, 1]],
    [{ end: time(99) }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [{ start: time(99) }, []],
    [{ start: time(0.2), end: frame(3) }, []],
  ])('%j of ten frames at 30 a second: %j', (sampler, expected) => {
    expect(sampleFrames(steady(10, 30, [0, 4, 8]), sampler)).toEqual(expected);
  });

  test('an unknown rate keeps all frames', () => {
    expect(sampleFrames(video([0, 1, 2], 0), { fps: 1 })).toEqual([0, 1, 2]);
  });

  test('a range does not move what a rate chooses', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), fc.double({ min: 0.1, max: 70, noNaN: true }), (a, b, fps) => {
        const clip = steady(300, 29.97);
        const [start, end] = [Math.min(a, b), Math.max(a, b) + 1];
        const all = sampleFrames(clip, { fps });
        expect(sampleFrames(clip, { fps, start: frame(start), end: frame(end) })).toEqual(
          all.filter((index) => index >= start && index < end),
        );
      }),
    );
  });

  test('a video that starts late, stands still and repeats a time', () => {
    const clip = video([10, 10.5, 10.5, 10.5, 12], 2);
    expect(sampleFrames(clip, { start: time(5) })).toEqual([0, 1, 2, 3, 4]);
    expect(sampleFrames(clip, { start: time(10.5) })).toEqual([1, 2, 3, 4]);
    expect(sampleFrames(clip, { end: time(10.5) })).toEqual([0]);
    expect(sampleFrames(clip, { start: time(10.6) })).toEqual([4]);
    const clamped = {
      ...clip,
      indexAtSeconds: (seconds: number) => Math.max(0, clip.indexAtSeconds(seconds)),
    };
    expect(sampleFrames(clamped, { start: time(5) })).toEqual([0, 1, 2, 3, 4]);
  });

  test('a video without frames', () => {
    for (const sampler of [
      {},
      { every: 2 },
      { fps: 1 },
      { count: 3 },
      { keyframes: true },
      { start: time(1) },
    ]) {
      expect(sampleFrames(video([], 0), sampler)).toEqual([]);
    }
  });

  test('count gives as many frames as asked for, spread within one of evenly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 500 }), (length, count) => {
        const chosen = sampleFrames(steady(length, 25), { count });
        expect(chosen.length).toBe(Math.min(count, length));
        for (let i = 1; i < chosen.length; i++) {
          const gap = chosen[i]! - chosen[i - 1]!;
          expect(gap).toBeGreaterThan(0);
          expect(Math.abs(gap - length / chosen.length)).toBeLessThan(1);
        }
        expect(chosen[0]! - (length - 1 - chosen.at(-1)!)).toBeOneOf([0, 1]);
      }),
    );
  });
});

describe('checkSampler', () => {
  test.each<[Sampler, string]>([
    [{ every: 2, fps: 1 }, 'every and fps are different ways of sampling. Choose one of them.'],
    [
      { every: 2, count: 1, keyframes: true },
      'every and count and keyframes are different ways of sampling. Choose one of them.',
    ],
    [{ every: 0 }, 'every is 0. Give a whole number of at least 1.'],
    [{ every: 1.5 }, 'every is 1.5. Give a whole number of at least 1.'],
    [{ count: -1 }, 'count is -1. Give a whole number of at least 1.'],
    [{ fps: 0 }, 'fps is 0. Give a number above 0.'],
    [{ fps: Number.NaN }, 'fps is NaN. Give a number above 0.'],
    [{ fps: Number.POSITIVE_INFINITY }, 'fps is Infinity. Give a number above 0.'],
    [{ start: frame(-1) }, 'start is -1. Give a frame number or a time from 0 on.'],
    [{ end: frame(1.5) }, 'end is 1.5. Give a frame number or a time from 0 on.'],
    [{ end: time(Number.NaN) }, 'end is NaN. Give a frame number or a time from 0 on.'],
    [
      { start: frame(5), end: frame(5) },
      'start (5) is not before end (5). The end is not part of the range.',
    ],
    [
      { start: time(2.5), end: time(1) },
      'start (2.5) is not before end (1). The end is not part of the range.',
    ],
  ])('%j is refused', (sampler, message) => {
    expect(messageOfRefusal(() => checkSampler(sampler))).toBe(message);
    expect(messageOfRefusal(() => sampleFrames(steady(10, 30), sampler))).toBe(message);
  });

  test('what can be judged only with a video passes', () => {
    checkSampler({ start: frame(5), end: time(0.1), keyframes: false, every: 1 });
  });
});
