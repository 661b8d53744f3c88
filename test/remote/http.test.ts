// Videos on web servers, with all that servers and networks do: frames are right, or there is an error that says why.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSource, pathOf } from '../../src/dataset/source.ts';
import { Mirror } from '../../src/remote/mirror.ts';
import { openVideo } from '../../src/video/video.ts';
import { useRemoteCache } from '../support/remote-cache.ts';
import { framesOf, useRemoteFootage } from '../support/remote-footage.ts';
import { codeOf } from '../support/thrown-by.ts';

useRemoteCache();
const { folder, bytes, serve } = useRemoteFootage();

const here = (name: string, frames: readonly number[]): Promise<string[]> =>
  framesOf(join(folder(), name), frames);

/** What a mirror says of a file, and its last byte. */
const contentOf = async (address: string): Promise<{ contentKey: string; last: number | undefined }> => {
  const mirror = await Mirror.open(address);
  try {
    await mirror.needAll();
    return { contentKey: mirror.contentKey, last: readFileSync(mirror.place).at(-1) };
  } finally {
    await mirror.close();
  }
};

describe('a server', () => {
  it.each([{ hasRanges: false }, { version: 'date' }, { version: 'none' }] as const)(
    'with %o',
    async (options) => {
      const server = await serve(options);
      const picks = [0, 100, 599];
      expect(await framesOf(`${server.url}/tail.mp4`, picks)).toEqual(await here('tail.mp4', picks));
    },
  );

  it('that refuses, drops, cuts and stalls, in any order', async () => {
    const server = await serve();
    const faults = [
      { kind: 'status', status: 503, headers: { 'retry-after': '0' } },
      { kind: 'drop' },
      { kind: 'cut', afterBytes: 0 },
      { kind: 'cut', afterBytes: 100_000 },
      { kind: 'stall', afterBytes: 70_000 },
      { kind: 'status', status: 429 },
      { kind: 'status', status: 500, text: '<html>oops' },
    ] as const;
    for (let i = 0; i < 4 * faults.length; i++) {
      server.mishaps.push(faults[(i * 5) % faults.length]);
      if (i % 3 === 0) server.mishaps.push(undefined, undefined);
    }
    const picks = Array.from({ length: 20 }, (_, i) => i * 29);
    expect(await framesOf(`${server.url}/tail.mp4`, picks)).toEqual(await here('tail.mp4', picks));
  });

  it('goes on where the connection broke off', async () => {
    const server = await serve();
    server.mishaps.push(undefined, { kind: 'cut', afterBytes: 3_000_000 });
    expect(await framesOf(`${server.url}/clip.mkv`, [5])).toEqual(await here('clip.mkv', [5]));
    expect(server.sentBytes).toBeLessThan(bytes['clip.mkv']!.length + 1_500_000);
  });

  it('that has another file all of a sudden', async () => {
    const server = await serve();
    const address = `${server.url}/tail.mp4`;
    using video = await openVideo(address, { cache: false });
    server.files.set('tail.mp4', bytes['head.mp4']!);
    const read = async (): Promise<void> => {
      for await (const _ of video.frames([400])) void _;
    };
    expect(await codeOf(read())).toMatch(/^ERR_FILE_CHANGED .*tail\.mp4: is not the file any more/);
    video.close();
    expect(await framesOf(address, [400])).toEqual(await here('head.mp4', [400]));
  });

  it.each([
    [
      'none.mp4',
      undefined,
      /^ERR_NOT_FOUND .*none\.mp4: there is nothing at this address \(the server answered 404\)/,
    ],
    [
      'tail.mp4',
      { kind: 'status', status: 403, text: 'Forbidden' },
      /^ERR_REMOTE .*may not be read \(the server answered 403: Forbidden\)\. Give credentials with FRAMESIFT_HTTP_AUTHORIZATION/,
    ],
    ['tail.mp4', { kind: 'status', status: 401 }, /^ERR_REMOTE .*may not be read/],
    [
      'tail.mp4',
      { kind: 'status', status: 400, text: '<html>' },
      /^ERR_REMOTE .*cannot be read: the server answered 400\.$/,
    ],
    ['empty.mp4', undefined, /^ERR_VIDEO_OPEN .*is empty \(0 bytes\)/],
    ['list.m3u8', undefined, /^ERR_VIDEO_OPEN .*is a playlist, not a video/],
    ['page.mp4', undefined, /^ERR_VIDEO_OPEN .*is a web page, not a video/],
    ['text.mp4', undefined, /^ERR_VIDEO_OPEN .*FFmpeg cannot open it as a video/],
  ] as const)('answers for %s (%o)', async (name, mishap, message) => {
    const server = await serve();
    server.files.set('empty.mp4', Buffer.alloc(0));
    server.files.set('list.m3u8', Buffer.from('#EXTM3U\n#EXT-X-VERSION:3\nsegment-1.ts\n'));
    server.files.set('page.mp4', Buffer.from('\n<!DOCTYPE html><html>Log in</html>'));
    server.files.set('text.mp4', Buffer.from('hello '.repeat(10_000)));
    server.mishaps.push(mishap);
    expect(await codeOf(openVideo(`${server.url}/${name}`))).toMatch(message);
  });

  it('that never gets better', async () => {
    const server = await serve();
    for (let i = 0; i < 50; i++) server.mishaps.push({ kind: 'status', status: 502 });
    expect(await codeOf(openVideo(`${server.url}/tail.mp4`))).toMatch(
      /^ERR_REMOTE .*cannot be read, after several tries: the server answered 502\. Run the command again/,
    );
  });

  it('that packs what it sends', async () => {
    const server = await serve({ isPacked: true });
    server.files.set('small.mp4', Buffer.alloc(10_000));
    expect(await codeOf(openVideo(`${server.url}/small.mp4`))).toMatch(
      /ERR_REMOTE .*packs the file \(gzip\)/,
    );
  });

  it('whose page stands for the video', async () => {
    const server = await serve();
    server.pages.set('login.mp4', '<html>Who are you?');
    expect(await codeOf(openVideo(`${server.url}/login.mp4`))).toMatch(/sends a web page, not a video/);
  });

  it('that speaks no TLS', async () => {
    const server = await serve();
    const address = `${server.url.replace('http:', 'https:')}/tail.mp4`;
    expect(await codeOf(openVideo(address))).toMatch(
      /does not speak TLS as it should: is it an http:\/\/ address/,
    );
  });

  it('whose file has become shorter', async () => {
    const server = await serve();
    using video = await openVideo(`${server.url}/head.mp4`, { cache: false });
    server.files.set('head.mp4', bytes['head.mp4']!.subarray(0, 1_000_000));
    const read = async (): Promise<void> => {
      for await (const _ of video.frames([590])) void _;
    };
    expect(await codeOf(read())).toMatch(/^ERR_FILE_CHANGED/);
  });

  it('with dates only, whose file is replaced by one of the same size and date', async () => {
    const server = await serve({ version: 'date' });
    const before = Buffer.from(bytes['tail.mp4']!);
    server.files.set('other.mp4', before);
    const { contentKey, ...first } = await contentOf(`${server.url}/other.mp4`);
    const other = Buffer.from(before);
    other[other.length - 1]! ^= 1;
    server.files.set('other.mp4', other);
    const second = await contentOf(`${server.url}/other.mp4`);
    expect(second.contentKey).not.toBe(contentKey);
    expect(first.last).not.toBe(second.last);
  });

  it('that says no size', async () => {
    const server = await serve({ isChunked: true, hasRanges: false });
    expect(await codeOf(openVideo(`${server.url}/tail.mp4`))).toMatch(/does not say how large the file is/);
  });

  it.each([
    ['http://127.0.0.1:9/a.mp4', /^ERR_REMOTE .*127\.0\.0\.1:9 bad port/],
    ['http://no-such-host.invalid/a.mp4', /^ERR_REMOTE .*no-such-host\.invalid/],
    ['https://', /^ERR_OPTION .*is no address/],
  ])('that is not there: %s', async (address, message) => {
    expect(
      await codeOf(openSource(address).then((source) => openVideo(pathOf(source, source.files[0]!)))),
    ).toMatch(message);
  });
});
