// Folders of web servers, and addresses with secrets in them.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openSource, pathOf } from '../../src/dataset/source.ts';
import { extractFrames } from '../../src/extract.ts';
import { run } from '../support/command.ts';
import type { FileServer } from '../support/file-server.ts';
import { useRemoteCache } from '../support/remote-cache.ts';
import { framesOf, useRemoteFootage } from '../support/remote-footage.ts';
import { useScratch } from '../support/scratch.ts';
import { codeOf } from '../support/thrown-by.ts';

const scratch = useScratch();
useRemoteCache();
const { serve } = useRemoteFootage();

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
