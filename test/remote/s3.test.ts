// Videos in a bucket: listed, read by ranges, with signed requests.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSource, pathOf } from '../../src/dataset/source.ts';
import { extractFrames } from '../../src/extract.ts';
import { PATIENCE } from '../../src/remote/patience.ts';
import { run } from '../support/command.ts';
import { corpusDirectory } from '../support/corpus.ts';
import { useRemoteCache } from '../support/remote-cache.ts';
import { S3Server } from '../support/s3-server.ts';
import { useScratch } from '../support/scratch.ts';
import { codeOf } from '../support/thrown-by.ts';

const scratch = useScratch();
useRemoteCache();

let server: S3Server;
const before = { ...process.env };

beforeAll(async () => {
  const directory = await corpusDirectory();
  const video = readFileSync(join(directory, 'base_h264_b.mp4'));
  server = await S3Server.start('footage', {
    'cam/day 1/ä+b&c=d.mp4': video,
    'cam/day 1/deep/er/x.mp4': readFileSync(join(directory, 'base_h264_ip.mp4')),
    'cam/notes.txt': Buffer.from('hello'),
    'cam/.hidden.mp4': video,
    'cam/folder/': Buffer.alloc(0),
    'cam/a//b.mp4': video,
    'cam/empty.mp4': Buffer.alloc(0),
    'camera.mp4': video,
    'stills/1.jpg': Buffer.from('x'),
  });
  Object.assign(process.env, server.environment);
  PATIENCE.firstPauseMs = 1;
});

afterAll(async () => {
  for (const name of Object.keys(server.environment)) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  await server.close();
});

beforeEach(() => {
  server.mishaps.length = 0;
  server.mayList = true;
});

describe('a bucket', () => {
  it('is a folder: by prefix, page by page, without what is no video', async () => {
    const source = await openSource('s3://footage/cam');
    expect(source.root).toBe('s3://footage/cam/');
    expect(source.files).toEqual(['day 1/deep/er/x.mp4', 'day 1/ä+b&c=d.mp4', 'empty.mp4']);
    expect(source.problems.map(({ path, error }) => [path, error.code])).toEqual([
      ['a//b.mp4', 'ERR_FRAME_NAME'],
    ]);
    expect(pathOf(source, source.files[1]!)).toBe('s3://footage/cam/day 1/ä+b&c=d.mp4');
  });

  it('is filtered like a folder on disk', async () => {
    const source = await openSource('s3://footage/', { include: ['*.mp4'], exclude: ['deep', 'empty.*'] });
    expect(source.files).toEqual(['cam/day 1/ä+b&c=d.mp4', 'camera.mp4']);
  });

  it('gives its frames under their names', async () => {
    const { done, failed } = await extractFrames({
      input: 's3://footage/cam/',
      outDir: scratch.root,
      choice: { kind: 'numbers', ranges: [{ start: 7, end: 8, step: 1 }] },
    });
    expect(done.map(({ name }) => name)).toEqual([
      'day 1/deep/er/x-007-mp4.png',
      'day 1/ä+b&c=d-007-mp4.png',
    ]);
    expect(failed.map(({ item, error }) => [item, error.code])).toEqual([
      ['a//b.mp4', 'ERR_FRAME_NAME'],
      ['empty.mp4', 'ERR_VIDEO_OPEN'],
    ]);
    expect(failed[1]!.error.message).toBe('s3://footage/cam/empty.mp4: is empty (0 bytes).');
  });

  it('waits for a service that asks to slow down', async () => {
    server.mishaps.push(503, 503);
    const source = await openSource('s3://footage/cam/');
    expect(source.files).toHaveLength(3);
  });

  it('may not be listed: the frames that are named tell the videos', async () => {
    server.mayList = false;
    const names = ['day 1/ä+b&c=d-003-mp4.png'];
    const choice = { kind: 'names', list: names } as const;
    const { done, failed } = await extractFrames({ input: 's3://footage/cam', outDir: scratch.root, choice });
    expect([done.map(({ name }) => name), failed]).toEqual([names, []]);
    expect(await codeOf(openSource('s3://footage/cam'))).toMatch(
      /ERR_REMOTE s3:\/\/footage\/cam\/: may not be read \(the server answered 403: Access Denied\)/,
    );
  });

  it.each([
    [
      's3://footage/cam/none.mp4',
      'ERR_NOT_FOUND',
      /there is nothing at this address .*The specified key does not exist/,
    ],
    ['s3://other/cam/none.mp4', 'ERR_NOT_FOUND', /The specified bucket does not exist/],
  ])('says what is wrong with %s', async (input, code, message) => {
    const { failed } = await extractFrames({
      input,
      outDir: scratch.root,
      choice: { kind: 'sample', sampler: {} },
    });
    expect(failed[0]!.error.code).toBe(code);
    expect(failed[0]!.error.message).toMatch(message);
  });

  it.each([
    ['s3://footage/nothing/', 'ERR_NO_INPUT', /holds no videos: nothing is listed there/],
    [
      's3://footage/stills/',
      'ERR_NO_INPUT',
      /holds images and no videos. From servers framesift reads videos/,
    ],
    ['s3://footage/stills/1.jpg', 'ERR_NO_INPUT', /is an image/],
    ['s3://footage/list.txt', 'ERR_OPTION', /is no video and no image/],
    ['s3:///x', 'ERR_OPTION', /is no address/],
    ['s3://other/', 'ERR_NOT_FOUND', /The specified bucket does not exist/],
  ])('refuses %s', async (input, code, message) => {
    const said = await codeOf(openSource(input));
    expect(said.startsWith(`${code} `)).toBe(true);
    expect(said).toMatch(message);
  });

  it('says that there is no region, as often as it is asked', async () => {
    const result = await run(['info', 's3://footage/camera.mp4', 's3://footage/camera.mp4'], {
      env: { ...server.environment, AWS_REGION: '', FRAMESIFT_CACHE: scratch.root },
    });
    expect([result.code, result.stderr]).toEqual([
      3,
      expect.stringMatching(/there are no AWS credentials or no region/),
    ]);
  });

  it('takes credentials that are right', async () => {
    // The client keeps those that it was made with: another process has others.
    const result = await run(['info', 's3://footage/camera.mp4'], {
      env: { ...server.environment, AWS_SECRET_ACCESS_KEY: 'wrong', FRAMESIFT_CACHE: scratch.root },
    });
    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(/may not be read \(the server answered 403: The request signature/);
    expect(result.stderr).not.toContain('wrong');
  });
});
