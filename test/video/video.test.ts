import {
  cpSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FramesiftError } from '../../src/base/errors.ts';
import { cachedIndex, loadIndex } from '../../src/video/index-cache.ts';
import { openVideo } from '../../src/video/video.ts';
import { readBlockCode } from '../support/block-code.ts';
import { corpusDirectory } from '../support/corpus.ts';
import { errorOf } from '../support/thrown-by.ts';

let clips = '';
let temporary = '';
beforeAll(async () => {
  clips = await corpusDirectory();
});
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'framesift-'));
});
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

const clip = (name: string): string => join(clips, name);

describe('openVideo', () => {
  it('counts, times and lists keys', async () => {
    using video = await openVideo(clip('base_h264_b.mp4'), { cache: false });
    expect(video.frameCount).toBe(150);
    expect(video.keyframes()).toEqual([0, 24, 48, 72, 96, 120, 144]);
    expect(video.timing.averageFps).toBeCloseTo(30, 6);
    expect(video.timing.isVariableRate).toBe(false);
    expect(video.timing.durationSeconds).toBeCloseTo(5, 6);
    expect(video.timestamps()[45]).toBeCloseTo(1.5, 6);
    expect(video.size).toEqual({ width: 256, height: 144 });
  });

  it('shows seconds as a player does: from the start of the container', async () => {
    using late = await openVideo(clip('start_positive.ts'), { cache: false });
    expect(late.timestamps()[0]).toBeCloseTo(0, 3);
    using delayed = await openVideo(clip('editlist_empty_edit.mp4'), { cache: false });
    expect(delayed.timestamps()[0]).toBeCloseTo(1.5, 2);
  });

  it('knows variable frame rates', async () => {
    using video = await openVideo(clip('vfr_tworates.mkv'), { cache: false });
    expect(video.timing.isVariableRate).toBe(true);
    using rounded = await openVideo(clip('fps23976_ms.mkv'), { cache: false });
    expect(rounded.timing.isVariableRate).toBe(false);
    expect(rounded.timing.averageFps).toBeCloseTo(23.976, 2);
  });

  it('takes the stream that is asked for', async () => {
    using best = await openVideo(clip('multi_video.mkv'), { cache: false });
    const other = best.info.streams.find(({ index }) => index !== best.info.stream.index)!;
    using asked = await openVideo(clip('multi_video.mkv'), { cache: false, stream: other.index });
    const code = async (video: typeof best): Promise<number | null> =>
      readBlockCode((await video.frameAt(3)).image);
    expect(await code(best)).toBe(1003);
    expect(await code(asked)).toBe(3);
    const error = await errorOf(openVideo(clip('multi_video.mkv'), { cache: false, stream: 9 }));
    expect(error.code).toBe('ERR_NO_VIDEO_STREAM');
    expect(error.message).toContain('stream 9 is not video; its video streams are 0, 1.');
  });
});

describe('frames', () => {
  const codesOf = async (
    frames: AsyncIterable<{ index: number; image?: unknown }>,
  ): Promise<(number | null)[]> => {
    const codes: (number | null)[] = [];
    for await (const { image } of frames)
      codes.push(readBlockCode(image as Parameters<typeof readBlockCode>[0]));
    return codes;
  };

  it('come in ascending order, each once', async () => {
    using video = await openVideo(clip('h264_opengop.ts'), { cache: false });
    expect(await codesOf(video.frames([99, 3, 50, 3, 24]))).toEqual([3, 24, 50, 99]);
    expect(await codesOf(video.frames({ start: 20, end: 26 }))).toEqual([20, 21, 22, 23, 24, 25]);
    expect(await codesOf(video.frames({ start: 148 }))).toEqual([148, 149]);
    expect(await codesOf(video.frames([]))).toEqual([]);
  });

  it('are read again and again, also after a loop that was left', async () => {
    using video = await openVideo(clip('base_hevc_b.mp4'), { cache: false });
    for await (const { index } of video.frames()) if (index === 30) break;
    expect(await codesOf(video.frames([7, 100]))).toEqual([7, 100]);
    video.close();
    expect(await codesOf(video.frames([119]))).toEqual([119]);
  });

  it('stop when the signal says so', async () => {
    using video = await openVideo(clip('h264_longgop.mp4'), { cache: false });
    const controller = new AbortController();
    let seen = 0;
    const loop = (async () => {
      for await (const _frame of video.frames({}, { signal: controller.signal }))
        if (++seen === 5) controller.abort();
    })();
    await expect(loop).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen).toBeLessThan(200);
    const opening = openVideo(clip('h264_longgop.mp4'), { cache: false, signal: controller.signal });
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('are refused out of range before anything is decoded', async () => {
    using video = await openVideo(clip('base_h264_ip.mp4'), { cache: false });
    for (const index of [-1, 120, 1.5, Number.NaN]) {
      const error = await errorOf(video.frameAt(index));
      expect(error.code).toBe('ERR_FRAME_RANGE');
      expect(error.message).toBe(`${video.path}: has no frame ${index}; its frames are 0 to 119.`);
    }
    expect(video.stats.packetsSent).toBe(0);
  });

  it('can be asked for by time', async () => {
    using video = await openVideo(clip('base_h264_b.mp4'), { cache: false });
    for (const [seconds, index] of [
      [0, 0],
      [0.033, 0],
      [0.0334, 1],
      [1.5, 45],
      [4.99, 149],
    ] as const) {
      expect((await video.frameAtTime(seconds)).index, `${seconds} s`).toBe(index);
    }
    for (const seconds of [-0.1, 5.2, Number.NaN]) {
      expect((await errorOf(video.frameAtTime(seconds))).code).toBe('ERR_FRAME_RANGE');
    }
  });

  it('may not be read by two loops at once', async () => {
    using video = await openVideo(clip('base_h264_ip.mp4'), { cache: false });
    for await (const _frame of video.frames()) {
      expect((await errorOf(video.frameAt(3))).code).toBe('ERR_OPTION');
      break;
    }
    expect((await video.frameAt(3)).index).toBe(3);
  });

  it('of a damaged part are errors with what FFmpeg says, or its best effort on request', async () => {
    using video = await openVideo(clip('noise.mp4'), { cache: false });
    const errors: FramesiftError[] = [];
    for await (const { error } of video.frames()) if (error !== undefined) errors.push(error);
    expect(errors.length).toBeGreaterThan(2);
    expect(errors.length).toBeLessThan(20);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['ERR_FRAME_DAMAGED']));
    expect((errors[0]!.facts['ffmpeg'] as string[]).join('\n')).toContain('error while decoding MB');
    let kept = 0;
    for await (const { image } of video.frames({}, { keepDamaged: true })) if (image !== undefined) kept++;
    expect(kept).toBe(148);
  });
});

describe('the work that reading takes', () => {
  it('is what the plan says: nothing twice, nothing in vain', async () => {
    using video = await openVideo(clip('base_h264_b.mp4'), { cache: false, threads: 1 });
    for await (const _frame of video.frames([47, 100]));
    const { seeks, packetsSent, framesDecoded, framesSkipped, backOffs } = video.stats;
    // 47 is the last of the GOP at 24 and itself a picture nobody refers to; 100 is in the GOP at 96.
    expect({ seeks, backOffs }).toEqual({ seeks: 1, backOffs: 0 });
    expect(framesDecoded + framesSkipped).toBe(packetsSent);
    expect(packetsSent).toBeLessThanOrEqual(24 + 8);
    expect(framesSkipped).toBeGreaterThan(8);
  });
});

describe('the index cache', () => {
  it('makes opening again cheap, and notices every change', async () => {
    const path = join(temporary, 'video.mp4');
    const cache = join(temporary, 'cache');
    cpSync(clip('base_h264_b.mp4'), path);
    expect(await cachedIndex(path, { cache })).toBeUndefined();
    const made = await loadIndex(path, { cache });
    expect(await cachedIndex(path, { cache })).toEqual({ ...made, info: expect.anything() });
    expect(await cachedIndex(path, { cache, stream: 0 })).toBeUndefined();

    const { atime, mtime } = statSync(path);
    truncateSync(path, statSync(path).size - 1000);
    expect(await cachedIndex(path, { cache })).toBeUndefined();
    cpSync(clip('base_h264_b.mp4'), path);
    utimesSync(path, atime, new Date(mtime.getTime() + 1000));
    expect(await cachedIndex(path, { cache })).toBeUndefined();
  });

  it('survives files that are not what they should be', async () => {
    const cache = join(temporary, 'cache');
    const path = clip('base_h264_b.mp4');
    await loadIndex(path, { cache });
    const file = readdirSync(cache, { recursive: true, encoding: 'utf8' }).find((each) =>
      each.endsWith('.fsix'),
    )!;
    writeFileSync(join(cache, file), 'rubbish');
    expect(await cachedIndex(path, { cache })).toBeUndefined();
    expect((await loadIndex(path, { cache })).index.frameCount).toBe(150);
    expect((await cachedIndex(path, { cache }))?.index.frameCount).toBe(150);
  });

  it('is no reason to fail where it cannot be written', async () => {
    writeFileSync(join(temporary, 'a file'), '');
    const { index } = await loadIndex(clip('base_h264_b.mp4'), { cache: join(temporary, 'a file') });
    expect(index.frameCount).toBe(150);
  });
});

describe('a file that changes while it is open', () => {
  it('is noticed: no frame comes from another file', async () => {
    const path = join(temporary, 'video.mp4');
    cpSync(clip('base_h264_b.mp4'), path);
    using video = await openVideo(path, { cache: false });
    cpSync(clip('h264_opengop.mp4'), path);
    expect((await errorOf(video.frameAt(100))).code).toBe('ERR_FILE_CHANGED');
  });
});
