// Videos on web servers, with all that servers and networks do: frames are right, or there is an error that says why.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSource, pathOf } from '../../src/dataset/source.ts';
import { extractFrames } from '../../src/extract.ts';
import { Mirror } from '../../src/remote/mirror.ts';
import { PATIENCE } from '../../src/remote/patience.ts';
import { PORTIONS } from '../../src/remote/portions.ts';
import { openVideo } from '../../src/video/video.ts';
import { run } from '../support/command.ts';
import { encodeVideo } from '../support/encode.ts';
import { FileServer, type FileServerOptions } from '../support/file-server.ts';
import { sha1Of } from '../support/labelled.ts';
import { mux } from '../support/mux.ts';
import { useRemoteCache } from '../support/remote-cache.ts';
import { useScratch } from '../support/scratch.ts';
import { codeOf } from '../support/thrown-by.ts';

const FRAMES = 600;
const USUAL = { ...PATIENCE };
const USUAL_PORTIONS = { ...PORTIONS };

const scratch = useScratch();
useRemoteCache();

let folder = '';
const videos: Record<string, Uint8Array> = {};
const servers: FileServer[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'framesift-footage-'));
  const stream = encodeVideo({
    codec: 'libx264',
    width: 640,
    height: 360,
    frames: FRAMES,
    options: { preset: 'ultrafast', qp: 4, 'x264-params': 'keyint=30:min-keyint=30:scenecut=0' },
  });
  const write = (name: string, container: string, options?: Record<string, string>): void => {
    const path = join(folder, name);
    mux({ container, path, streams: [stream], ...(options && { options }) });
    videos[name] = readFileSync(path);
  };
  write('tail.mp4', 'mp4');
  write('head.mp4', 'mp4', { movflags: '+faststart' });
  write('frag.mp4', 'mp4', { movflags: '+frag_keyframe+empty_moov' });
  write('dash.mp4', 'mp4', { movflags: '+dash+global_sidx+frag_keyframe' });
  write('clip.mkv', 'matroska');
  Object.assign(PATIENCE, { firstPauseMs: 1, idleMs: 300, longestPauseMs: 50 });
});

afterAll(() => {
  Object.assign(PATIENCE, USUAL);
  rmSync(folder, { recursive: true, force: true });
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const serve = async (options?: FileServerOptions): Promise<FileServer> => {
  const server = await FileServer.start(videos, options);
  servers.push(server);
  return server;
};

const framesOf = async (path: string, frames: readonly number[]): Promise<string[]> => {
  using video = await openVideo(path, { cache: false });
  const answers: string[] = [];
  for await (const { index, image, error } of video.frames(frames))
    answers.push(`${index} ${error === undefined ? sha1Of(image.data) : error.code}`);
  return answers.sort();
};

const here = (name: string, frames: readonly number[]): Promise<string[]> =>
  framesOf(join(folder, name), frames);

describe('a sparse pick', () => {
  it.each(['tail.mp4', 'head.mp4', 'frag.mp4', 'dash.mp4'])(
    'of %s brings a small part of the file',
    async (name) => {
      const server = await serve();
      const picks = [45, 301];
      expect(await framesOf(`${server.url}/${name}`, picks)).toEqual(await here(name, picks));
      const { length } = videos[name]!;
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
    const { length } = videos['clip.mkv']!;
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
    expect(server.sentBytes).toBeLessThan(videos['clip.mkv']!.length + 1_500_000);
  });

  it('that has another file all of a sudden', async () => {
    const server = await serve();
    const address = `${server.url}/tail.mp4`;
    using video = await openVideo(address, { cache: false });
    server.files.set('tail.mp4', videos['head.mp4']!);
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
    server.files.set('head.mp4', videos['head.mp4']!.subarray(0, 1_000_000));
    const read = async (): Promise<void> => {
      for await (const _ of video.frames([590])) void _;
    };
    expect(await codeOf(read())).toMatch(/^ERR_FILE_CHANGED/);
  });

  it('with dates only, whose file is replaced by one of the same size and date', async () => {
    const server = await serve({ version: 'date' });
    const bytes = Buffer.from(videos['tail.mp4']!);
    server.files.set('other.mp4', bytes);
    const { contentKey, ...first } = await contentOf(`${server.url}/other.mp4`);
    const other = Buffer.from(bytes);
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

describe('files of low bitrate', () => {
  beforeAll(() => {
    Object.assign(PORTIONS, {
      blockBytes: 4096,
      firstBytes: 8192,
      smallBytes: 8192,
      smallBoxBytes: 4096,
      gapBytes: 0,
    });
  });

  afterAll(() => {
    Object.assign(PORTIONS, USUAL_PORTIONS);
  });

  it.each([
    ['rawvideo', 'rgb24'],
    ['mjpeg', 'yuvj420p'],
    ['prores_ks', 'yuv422p10le'],
  ])('frame by frame, backwards: %s is the same', async (codec, pixelFormat) => {
    const path = join(folder, `${codec}.mov`);
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
    const path = join(folder, `${codec}.mp4`);
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

describe('a web folder', () => {
  const page = (...links: string[]): string =>
    `<html><h1>Index</h1><a href="../">..</a>\n${links.map((link) => `<A HREF='${link}'>x</A>`).join('\n')}<a href="?C=N;O=D">Name</a>`;

  it('is found by the links of its pages', async () => {
    const server = await serve();
    server.pages.set(
      'v/',
      page(
        'a.mp4',
        '/v/b%20%C3%BC%23.MOV',
        'sub/',
        'notes.txt',
        'https://elsewhere/x.mp4',
        '/w/y.mp4',
        '.h.mp4',
      ),
    );
    server.pages.set('v/old/', '<p>nobody looks here');
    server.pages.set('v/sub/', page('../', './', '/v/', 'c.mkv', 'a&amp;b.mp4'));
    const source = await openSource(`${server.url}/v/`, { exclude: ['c.*', 'old'] });
    expect(source.files).toEqual(['a.mp4', 'b ü#.MOV', 'sub/a&b.mp4']);
    expect(pathOf(source, 'b ü#.MOV')).toBe(`${server.url}/v/b%20%C3%BC%23.MOV`);
  });

  it('is found where a folder in it may not be read', async () => {
    const server = await serve();
    server.pages.set('v/', page('a.mp4', 'closed/', '%E4.mp4'));
    const { files, problems } = await openSource(`${server.url}/v/`);
    expect(files).toEqual(['a.mp4']);
    expect(problems.map(({ path, error }) => [path, error.code])).toEqual([
      ['%E4.mp4', 'ERR_FRAME_NAME'],
      ['closed/', 'ERR_NOT_FOUND'],
    ]);
  });

  it.each(['?token=abc/', '?next=/a/&b', ''])('is none: a video with %j behind it', async (search) => {
    const address = `http://u:pa$$w@host/a%20dir/v.mp4${search}`;
    const source = await openSource(address);
    expect([source.root, source.files]).toEqual(['http://host/a%20dir/', ['v.mp4']]);
    expect(pathOf(source, 'v.mp4')).toBe(address);
  });

  it('with a login is shown without it, and asked with it', async () => {
    const server = await serve();
    server.pages.set('v/', page('a.mp4'));
    const source = await openSource(`${server.url.replace('://', '://me:SECRET@')}/v/`);
    expect(source.root).toBe(`${server.url}/v/`);
    expect(pathOf(source, 'a.mp4')).toBe(`${server.url.replace('://', '://me:SECRET@')}/v/a.mp4`);
  });

  it('that has no list is known by the frames that are named', async () => {
    const server = await serve();
    const input = `${server.url}/`;
    expect(await codeOf(openSource(input))).toMatch(/^ERR_NOT_FOUND/);
    const choice = { kind: 'names', list: ['tail-007-mp4.png', 'none-1-mp4.png'] } as const;
    const { done, failed } = await extractFrames({ input, outDir: scratch.root, choice });
    expect(done.map(({ name }) => name)).toEqual(['tail-007-mp4.png']);
    expect(failed.map(({ item, error }) => `${item} ${error.code}`)).toEqual([
      'none-1-mp4.png ERR_NOT_FOUND',
    ]);
  });
});

/** All that lies in a folder, as text, with the names. */
const textsBelow = (root: string): string =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const path = join(root, name);
      return statSync(path).isFile() && !name.endsWith('bytes')
        ? `${name}\n${readFileSync(path, 'latin1')}`
        : name;
    })
    .join('\n');

describe('secrets', () => {
  let server: FileServer;

  beforeEach(async () => {
    server = await serve();
  });

  it('in an address are sent to its server, and are nowhere else', async () => {
    const address = `${server.url.replace('://', '://user:pass%20word@')}/tail.mp4?X-Signature=s3cr3t`;
    const env = { FRAMESIFT_CACHE: join(scratch.root, 'cache') };
    const out = join(scratch.root, 'out');
    const done = await run(['extract', address, '--frames', '7,9999', '--out', out, '--json'], { env });
    expect(done.stdout).toContain('tail-007-mp4.png');
    const told = await run(['info', address, '--json'], { env });
    const wrong = await run(['info', address.replace('tail', 'none')], { env });
    for (const { headers, search } of server.requests) {
      expect(search).toBe('?X-Signature=s3cr3t');
      expect(headers.authorization).toBe(`Basic ${Buffer.from('user:pass word').toString('base64')}`);
    }
    const said = [done, told, wrong].map(({ stdout, stderr }) => stdout + stderr).join('\n');
    const kept = textsBelow(scratch.root);
    for (const secret of ['s3cr3t', 'pass%20word', 'pass word']) {
      expect(said).not.toContain(secret);
      expect(kept).not.toContain(secret);
    }
  });

  it("are kept out of a cache of one's own, where mirrors lie", async () => {
    const cache = join(scratch.root, 'own');
    const { code } = await run(['info', `${server.url}/tail.mp4?s3cr3t`, '--cache', cache]);
    expect([code, readdirSync(cache).sort()]).toEqual([0, ['index', 'remote']]);
    expect(textsBelow(cache)).not.toContain('s3cr3t');
  });

  it('in the environment are sent as they are', async () => {
    process.env['FRAMESIFT_HTTP_AUTHORIZATION'] = 'Bearer abc';
    try {
      await framesOf(`${server.url}/tail.mp4`, [0]);
    } finally {
      delete process.env['FRAMESIFT_HTTP_AUTHORIZATION'];
    }
    expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer abc']),
    );
  });

  it('are not handed to a queue', async () => {
    const args = ['extract', `${server.url}/tail.mp4?sig=s3cr3t`, '--frames', '1', '--out', scratch.root];
    const { stderr, code } = await run([...args, '--queue', 'redis://127.0.0.1:1']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/tail\.mp4: holds a password, or a signature .* would lie in the queue/);
    expect(stderr).not.toContain('s3cr3t');
  });
});
