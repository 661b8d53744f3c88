// What is brought of a video on a web server, and that it is enough, in whatever order frames are read.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openVideo } from '../../src/video/video.ts';
import { encodeVideo } from '../support/encode.ts';
import { sha1Of } from '../support/labelled.ts';
import { mux } from '../support/mux.ts';
import { useRemoteCache } from '../support/remote-cache.ts';
import { askAsUsual, askForLittle, framesOf, useRemoteFootage } from '../support/remote-footage.ts';

useRemoteCache();
const { folder, bytes, serve } = useRemoteFootage();

const here = (name: string, frames: readonly number[]): Promise<string[]> =>
  framesOf(join(folder(), name), frames);

describe('a sparse pick', () => {
  it.each(['tail.mp4', 'head.mp4', 'frag.mp4', 'dash.mp4'])(
    'of %s brings a small part of the file',
    async (name) => {
      const server = await serve();
      const picks = [45, 301];
      expect(await framesOf(`${server.url}/${name}`, picks)).toEqual(await here(name, picks));
      const { length } = bytes[name]!;
      expect(server.sentBytes / length).toBeLessThan(0.25);
      // Again, with another frame of the same stretch: all of it is here.
      const before = server.sentBytes;
      expect(await framesOf(`${server.url}/${name}`, [44])).toEqual(await here(name, [44]));
      expect(server.sentBytes).toBe(before);
    },
  );

  it('of a container that is no table of frames brings all of it, once', async () => {
    const server = await serve();
    const address = `${server.url}/clip.mkv`;
    expect(await framesOf(address, [45])).toEqual(await here('clip.mkv', [45]));
    expect(await framesOf(address, [599])).toEqual(await here('clip.mkv', [599]));
    const { length } = bytes['clip.mkv']!;
    expect(server.sentBytes).toBeGreaterThanOrEqual(length);
    expect(server.sentBytes).toBeLessThan(length + 1024 * 1024);
  });

  it('asks for the fragments of a file side by side', async () => {
    const server = await serve();
    await framesOf(`${server.url}/frag.mp4`, [0]);
    const ranges = server.requests.map(({ range }) => range);
    expect(new Set(ranges).size, 'nothing is asked for twice').toBe(ranges.length);
  });
});

describe('files of low bitrate', () => {
  beforeAll(() =>
    askForLittle({ blockBytes: 4096, firstBytes: 8192, smallBytes: 8192, smallBoxBytes: 4096 }),
  );

  afterAll(askAsUsual);

  it.each([
    ['rawvideo', 'rgb24'],
    ['mjpeg', 'yuvj420p'],
    ['prores_ks', 'yuv422p10le'],
  ])('frame by frame, backwards: %s is the same', async (codec, pixelFormat) => {
    const path = join(folder(), `${codec}.mov`);
    const stream = encodeVideo({ codec, width: 64, height: 48, frames: 500, pixelFormat });
    mux({ container: 'mov', path, streams: [stream] });
    const server = await serve();
    server.files.set('small.mov', readFileSync(path));
    using there = await openVideo(`${server.url}/small.mov`, { cache: false });
    using local = await openVideo(path, { cache: false });
    for (let k = there.frameCount - 1; k >= 0; k -= 1) {
      const [a, b] = [await there.frameAt(k), await local.frameAt(k)];
      if (sha1Of(a.image.data) !== sha1Of(b.image.data)) expect(`frame ${k}`).toBe('the same');
    }
    expect(there.stats.backOffs).toBe(0);
  });

  it.each(['libx264', 'mpeg4', 'libvpx-vp9'])('in any order: %s is the same', async (codec) => {
    const path = join(folder(), `${codec}.mp4`);
    mux({
      container: 'mp4',
      path,
      streams: [encodeVideo({ codec, width: 64, height: 48, frames: 400, options: { g: 10 } })],
    });
    const server = await serve();
    server.files.set('small.mp4', readFileSync(path));
    using there = await openVideo(`${server.url}/small.mp4`, { cache: false });
    using local = await openVideo(path, { cache: false });
    const order = Array.from({ length: 150 }, (_, i) => (i * 7919 + i * i * 31) % there.frameCount);
    for (const k of order) {
      const [a, b] = [await there.frameAt(k), await local.frameAt(k)];
      if (sha1Of(a.image.data) !== sha1Of(b.image.data)) expect(`frame ${k}`).toBe('the same');
    }
    expect(there.indexed.index.orderSource).toBe('tables');
  });
});
