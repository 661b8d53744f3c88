// Mirrors on disk: what is in them is what the server has, whoever died while writing, and they do not fill the disk.
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { extractFrames } from '../../src/extract.ts';
import { Mirror } from '../../src/remote/mirror.ts';
import { start } from '../support/command.ts';
import { corpusDirectory } from '../support/corpus.ts';
import { FileServer } from '../support/file-server.ts';
import { askAsUsual, askForLittle } from '../support/remote-footage.ts';
import { useScratch } from '../support/scratch.ts';
import { codeOf } from '../support/thrown-by.ts';

const SIZE = 300_000;
const content = Uint8Array.from({ length: SIZE }, (_, i) => (i * 7919 + (i >> 8)) & 255);
const scratch = useScratch();

let server: FileServer;
let directory = '';

beforeAll(async () => {
  directory = await corpusDirectory();
});

beforeEach(async () => {
  process.env['FRAMESIFT_CACHE'] = join(scratch.root, 'cache');
  askForLittle({
    blockBytes: 1000,
    firstBytes: 2000,
    smallBytes: 4000,
    requestBytes: 20_000,
    gapBytes: 3000,
  });
  server = await FileServer.start({ a: content });
});

afterEach(async () => {
  await server.close();
  delete process.env['FRAMESIFT_REMOTE_CACHE_GB'];
});

afterAll(() => {
  askAsUsual();
  delete process.env['FRAMESIFT_CACHE'];
});

const mirrorsOf = (): string[] => {
  const root = join(scratch.root, 'cache', 'remote');
  return readdirSync(root).map((name) => join(root, name));
};

const range = fc
  .tuple(fc.nat(SIZE + 5000), fc.nat(40_000))
  .map(([start, length]) => [start, start + length] as const);

describe('a mirror', () => {
  it('holds what was needed, whatever, in any order and side by side', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(range, { maxLength: 5 }), { maxLength: 6 }), async (needs) => {
        server.files.set('a', Uint8Array.from(content));
        const mirror = await Mirror.open(`${server.url}/a`);
        await Promise.all(needs.map((ranges) => mirror.need(ranges)));
        const bytes = readFileSync(mirror.place);
        expect(bytes.length).toBe(SIZE);
        for (const [first, end] of needs.flat())
          expect(bytes.subarray(first, end).equals(content.subarray(first, end))).toBe(true);
        await mirror.close();
      }),
      { numRuns: 40 },
    );
  });

  it('asks for nothing that is here, also in the next process', async () => {
    const first = await Mirror.open(`${server.url}/a`);
    await first.need([[50_000, 90_000]]);
    await first.close();
    const before = server.requests.length;
    const second = await Mirror.open(`${server.url}/a`);
    await second.need([[51_000, 89_000]]);
    await second.close();
    expect(server.requests.slice(before).map(({ range: asked }) => asked)).toEqual(['bytes=0-1999']);
  });

  it('does not believe a block that was half written when the machine went down', async () => {
    const first = await Mirror.open(`${server.url}/a`);
    await first.need([[50_000, 90_000]]);
    const { place } = first;
    await first.close();
    const bytes = readFileSync(place);
    bytes.fill(0, 60_500, 60_600);
    writeFileSync(place, bytes);
    const second = await Mirror.open(`${server.url}/a`);
    expect(Buffer.compare(await second.read(50_000, 90_000), content.subarray(50_000, 90_000))).toBe(0);
    await second.close();
    expect(server.requests.at(-1)?.range).toBe('bytes=60000-60999');
  });

  it('is another one when the file is', async () => {
    const first = await Mirror.open(`${server.url}/a`);
    await first.needAll();
    await first.close();
    const other = content.map((byte) => byte ^ 1);
    server.files.set('a', other);
    const second = await Mirror.open(`${server.url}/a`);
    expect(Buffer.compare(await second.read(0, SIZE), other)).toBe(0);
    await second.close();
    expect(mirrorsOf()).toHaveLength(2);
  });
});

describe('the cache', () => {
  const bring = async (name: string): Promise<Mirror> => {
    server.files.set(name, content);
    const mirror = await Mirror.open(`${server.url}/${name}`);
    await mirror.needAll();
    return mirror;
  };

  it('lets the least recently used mirrors go when it is too large, and none that is in use', async () => {
    process.env['FRAMESIFT_REMOTE_CACHE_GB'] = '0.0007';
    const used = await bring('used');
    const old = await bring('old');
    await old.close();
    const recent = await bring('recent');
    await recent.close();
    for (const path of [used.place, old.place]) utimesSync(join(path, '..'), 1000, 1000);
    const next = await bring('next');
    const left = mirrorsOf();
    const isLeft = ({ place }: Mirror): boolean => left.includes(join(place, '..'));
    expect([used, old, recent, next].map(isLeft)).toEqual([true, false, true, true]);
    await used.close();
    await next.close();
  });

  it('keeps nothing that is not in use, where it is to keep nothing', async () => {
    process.env['FRAMESIFT_REMOTE_CACHE_GB'] = '0';
    const mirror = await bring('a');
    expect(mirrorsOf()).toHaveLength(1);
    await mirror.close();
    expect(mirrorsOf()).toHaveLength(0);
  });

  it('keeps a mirror that two use, when one of them leaves', async () => {
    process.env['FRAMESIFT_REMOTE_CACHE_GB'] = '0';
    const [one, two] = [await Mirror.open(`${server.url}/a?1`), await Mirror.open(`${server.url}/a?2`)];
    expect(one.place).toBe(two.place);
    await one.close();
    await two.needAll();
    expect(readFileSync(two.place).equals(content)).toBe(true);
    await two.close();
    expect(mirrorsOf()).toHaveLength(0);
  });

  it.each(['abc', '-1', '5 GB'])('is not limited to %s', async (limit) => {
    process.env['FRAMESIFT_REMOTE_CACHE_GB'] = limit;
    expect(await codeOf(Mirror.open(`${server.url}/a`))).toMatch(
      /^ERR_OPTION .*expected a number of gigabytes/,
    );
  });

  it('is empty when the command ends, where it is to keep nothing', async () => {
    server.files.set('v.mp4', readFileSync(join(directory, 'base_h264_b.mp4')));
    process.env['FRAMESIFT_REMOTE_CACHE_GB'] = '0';
    const { code, stderr } = await start(['info', `${server.url}/v.mp4`]).finished;
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^1 video/)]);
    expect(mirrorsOf()).toEqual([]);
  });

  it('does not go on for somebody who wants no more', async () => {
    const mirror = await Mirror.open(`${server.url}/a`);
    const before = server.requests.length;
    expect(await mirror.needAll({ signal: AbortSignal.abort(new Error('no more')) }).catch(String)).toBe(
      'Error: no more',
    );
    const stop = new AbortController();
    const work = mirror.needAll({ signal: stop.signal });
    stop.abort(new Error('enough'));
    expect(await work.catch(String)).toBe('Error: enough');
    await mirror.close();
    expect(server.requests.length - before).toBeLessThan(12);
  });

  it('brings to others what one of them wants no more', async () => {
    const mirror = await Mirror.open(`${server.url}/a`);
    for (let round = 0; round < 20; round++) {
      const stop = new AbortController();
      const one = mirror.need([[round * 10_000, round * 10_000 + 40_000]], { signal: stop.signal });
      if (round % 2 === 1) await new Promise((resolve) => setTimeout(resolve, round / 4));
      stop.abort(new Error('enough'));
      const other = mirror.read(round * 10_000 + 20_000, round * 10_000 + 30_000);
      expect(['undefined', 'Error: enough']).toContain(String(await one.catch(String)));
      const expected = content.subarray(round * 10_000 + 20_000, round * 10_000 + 30_000);
      expect(Buffer.compare(await other, expected)).toBe(0);
    }
    await mirror.close();
  });

  it('says that it cannot be written', async () => {
    mkdirSync(join(scratch.root, 'cache'));
    writeFileSync(join(scratch.root, 'cache', 'remote'), '');
    expect(await codeOf(Mirror.open(`${server.url}/a`))).toMatch(
      /^ERR_WRITE .*a file is where a folder is needed|^ERR_WRITE .*is a file, not a folder/,
    );
  });
});

describe('an extraction', () => {
  it('whose tables prove wrong on the way gives the frames that the file gives here', async () => {
    askForLittle();
    const name = 'clock_pair_h264.mp4';
    server.files.set(name, readFileSync(join(directory, name)));
    const extract = (input: string, out: string) =>
      extractFrames({
        input,
        outDir: join(scratch.root, out),
        choice: { kind: 'sample', sampler: {} },
        cache: false,
      });
    const there = await extract(`${server.url}/${name}`, 'there');
    const here = await extract(join(directory, name), 'here');
    expect(there.failed).toEqual([]);
    const facts = ({ done }: typeof here) => done.map(({ name: frame, pts, sha256 }) => [frame, pts, sha256]);
    expect(facts(there)).toEqual(facts(here));
  });

  it('that is killed goes on where it was', async () => {
    const name = 'h264_longgop.mp4';
    const bytes = readFileSync(join(directory, name));
    server.files.set(name, bytes);
    const out = join(scratch.root, 'out');
    const args = ['extract', `${server.url}/${name}`, '--every', '3', '--out', out];
    const first = start(args);
    while (readdirSync(scratch.root).includes('out') === false || readdirSync(out).length < 20)
      await new Promise((resolve) => setTimeout(resolve, 5));
    first.child.kill('SIGKILL');
    await first.finished;
    const before = server.sentBytes;
    const second = await start([...args, '--json']).finished;
    expect(second.code).toBe(0);
    expect(server.sentBytes - before).toBeLessThan(bytes.length);
    const summary = JSON.parse(second.stdout.trim().split('\n').at(-1)!) as {
      frames: number;
      resumed: number;
    };
    expect(summary.frames).toBe(300);
    expect(summary.resumed).toBeGreaterThan(0);
  });
});
