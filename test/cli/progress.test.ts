import { describe, expect, test } from 'vitest';
import type { Progress } from '../../src/base/progress.ts';
import { displayWidth } from '../../src/cli/display-width.ts';
import { main } from '../../src/cli/main.ts';
import { ProgressDisplay, progressStyle } from '../../src/cli/progress-display.ts';
import { progressBar, progressSentence } from '../../src/cli/progress-line.ts';
import { RateMeter } from '../../src/cli/rate-meter.ts';
import { Screen } from '../../src/cli/screen.ts';
import { FakeClock, FakeIo } from './fake-io.ts';
import { fakeVerbs } from './fake-verbs.ts';

const progress = (done: number, more: Partial<Progress> = {}): Progress => ({
  stage: 'extracting',
  done,
  total: 5000,
  failed: 0,
  unit: 'frames',
  ...more,
});
const unknown = { perSecond: undefined, remainingMs: undefined };

describe('the line on a terminal', () => {
  const pace = { perSecond: 312.4, remainingMs: 9600 };

  test('has all there is room for', () => {
    expect(progressBar(progress(2000, { failed: 3, item: 'day 1/clip.mp4' }), pace, 120)).toBe(
      'extracting  ━━━━━━━━────────────  40 %  2 000/5 000 frames  312/s  0:10 left  3 failed  day 1/clip.mp4',
    );
  });

  test('gives up first the item, then the bar, then its end', () => {
    const busy = progress(2000, { failed: 3, item: 'a/very/long/path/to/a/clip.mp4' });
    expect(progressBar(busy, pace, 107)).toBe(
      'extracting  ━━━━━━━━────────────  40 %  2 000/5 000 frames  312/s  0:10 left  3 failed  a/very/lo…/clip.mp4',
    );
    expect(progressBar(busy, pace, 95)).toBe(
      'extracting  ━━━━━━━━────────────  40 %  2 000/5 000 frames  312/s  0:10 left  3 failed',
    );
    expect(progressBar(busy, pace, 80)).toBe(
      'extracting  40 %  2 000/5 000 frames  312/s  0:10 left  3 failed  a/very…lip.mp4',
    );
    expect(progressBar(busy, pace, 30)).toBe('extracting  40 %  2 000/5 000…');
  });

  test('without a total it only counts', () => {
    expect(progressBar(progress(7, { total: undefined }), unknown, 80)).toBe('extracting  7 frames');
  });

  test('does not say 100 % before everything is done, nor more than that', () => {
    expect(progressBar(progress(4999), unknown, 40)).toBe('extracting  99 %  4 999/5 000 frames');
    expect(progressBar(progress(5000), unknown, 40)).toBe('extracting  100 %  5 000/5 000 frames');
    expect(progressBar(progress(5001), unknown, 40)).toBe('extracting  100 %  5 001/5 000 frames');
  });

  test('is never wider than it may be, whatever the name', () => {
    const item = '日本/長い名前の動画ファイル🎬🎬🎬🎬.mp4\n\u001b[31m';
    for (let columns = 0; columns <= 140; columns++) {
      const line = progressBar(progress(12, { item, failed: 1 }), pace, columns);
      expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      expect(line.includes('\n') || line.includes('\u001b')).toBe(false);
    }
  });
});

describe('the line of a log', () => {
  test.each([
    [
      progress(2000, { failed: 3 }),
      { perSecond: 312.4, remainingMs: 9600 },
      'extracting: 2 000 of 5 000 frames (40 %), 312/s, 0:10 left, 3 failed',
    ],
    [progress(1, { total: undefined }), unknown, 'extracting: 1 frame'],
    [progress(0, { total: 0 }), unknown, 'extracting: 0 of 0 frames'],
    [
      progress(1, { total: 1, unit: 'videos', stage: 'counting frames' }),
      { perSecond: 0.25, remainingMs: 0 },
      'counting frames: 1 of 1 video (100 %), 0.3/s, 0:00 left',
    ],
  ])('%j', (state, pace, line) => {
    expect(progressSentence(state, pace)).toBe(line);
  });
});

describe('the rate', () => {
  test('is that of the last seconds', () => {
    const meter = new RateMeter();
    for (let second = 0; second <= 60; second++) meter.add(second * 1000, second * 100);
    expect(meter.perSecond(60_000, 6000)).toBe(100);
    for (let second = 61; second <= 90; second++) meter.add(second * 1000, 6000 + (second - 60) * 10);
    expect(meter.perSecond(90_000, 6300)).toBe(10);
  });

  test('is unknown at first and when nothing moves', () => {
    const meter = new RateMeter();
    expect(meter.perSecond(0, 0)).toBeUndefined();
    meter.add(0, 0);
    expect(meter.perSecond(400, 40)).toBeUndefined();
    expect(meter.perSecond(600, 60)).toBe(100);
    expect(meter.perSecond(600, 0)).toBeUndefined();
  });
});

describe('when something is shown', () => {
  test.each([
    [true, {}, 'live'],
    [true, { json: true }, 'live'],
    [false, {}, 'log'],
    [false, { json: true }, 'none'],
    [true, { quiet: true }, 'none'],
    [false, { quiet: true }, 'none'],
  ])('terminal: %j, %j: %s', (isTerminal, options, style) => {
    expect(progressStyle(isTerminal, options)).toBe(style);
  });

  const display = (style: 'live' | 'log' | 'none') => {
    const clock = new FakeClock();
    const written: string[] = [];
    const stream = { isTTY: style === 'live', columns: 60, write: (text: string) => written.push(text) };
    const screen = new Screen(stream, false);
    return { clock, written, screen, shown: new ProgressDisplay(screen, clock, style) };
  };

  test('live: ten times a second at most, only news, gone at the end', () => {
    const { clock, written, shown } = display('live');
    for (let i = 1; i <= 1000; i++) {
      shown.update(progress(i));
      clock.advance(1);
    }
    expect(written.length).toBe(10);
    expect(written[0]).toBe('extracting  ────────────────────  2 %  100/5 000 frames');
    expect(written.at(-1)).toBe('\r\u001b[Kextracting  20 %  1 000/5 000 frames  999/s  0:05 left');
    clock.advance(5000);
    expect(written.length).toBe(10);
    shown.close();
    expect(written.at(-1)).toBe('\r\u001b[K');
    expect(clock.timerCount).toBe(0);
    shown.close();
  });

  test('a log: every ten seconds', () => {
    const { clock, written, shown } = display('log');
    clock.advance(9000);
    for (let second = 1; second <= 30; second++) {
      shown.update(progress(second * 10));
      clock.advance(1000);
    }
    shown.close();
    expect(written).toEqual([
      'extracting: 10 of 5 000 frames (0 %)\n',
      'extracting: 110 of 5 000 frames (2 %), 9.1/s, 8:58 left\n',
      'extracting: 210 of 5 000 frames (4 %), 9.4/s, 8:31 left\n',
    ]);
  });

  test('none: nothing, and no timer', () => {
    const { clock, written, shown } = display('none');
    shown.update(progress(5));
    clock.advance(60_000);
    shown.close();
    expect({ written, timers: clock.timerCount }).toEqual({ written: [], timers: 0 });
  });

  test('a new stage starts a new rate', () => {
    const { clock, written, shown } = display('log');
    shown.update(progress(0, { stage: 'counting frames' }));
    clock.advance(9000);
    shown.update(progress(0));
    clock.advance(1000);
    expect(written).toEqual(['extracting: 0 of 5 000 frames (0 %)\n']);
  });

  test('messages stand above the line', () => {
    const { clock, written, screen, shown } = display('live');
    shown.update(progress(1, { total: undefined }));
    clock.advance(100);
    screen.warn('a.mp4: odd');
    shown.close();
    expect(written).toEqual([
      'extracting  1 frame',
      '\r\u001b[Kwarning: a.mp4: odd\nextracting  1 frame',
      '\r\u001b[K',
    ]);
  });
});

describe('a verb with progress', () => {
  test('on one terminal, results and progress do not mix', async () => {
    const io = new FakeIo({ terminals: ['stdout', 'stderr'], env: { NO_COLOR: '1' } });
    const verbs = fakeVerbs(async ({ results, progress: shown }) => {
      shown.update(progress(1, { total: undefined }));
      io.clock.advance(100);
      expect(io.err).toBe('extracting  1 frame');
      await results.line('a.png');
      await results.flush();
      expect(io.err).toBe('extracting  1 frame\r\u001b[K');
    });
    expect(await main(['eat'], io, verbs)).toBe(0);
    expect(io.out).toBe('a.png\n');
  });

  test('an error takes the line away before it speaks', async () => {
    const io = new FakeIo({ terminals: ['stderr'], env: { NO_COLOR: '1' } });
    const verbs = fakeVerbs(async ({ progress: shown }) => {
      shown.update(progress(1, { total: undefined }));
      io.clock.advance(100);
      throw new Error('bug');
    });
    expect(await main(['eat'], io, verbs)).toBe(1);
    expect(io.err.startsWith('extracting  1 frame\r\u001b[Kerror: something happened')).toBe(true);
  });
});
