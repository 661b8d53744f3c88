// The verbs as they are shipped: real videos, the built command line, processes of their own.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Finished, run as runCommand, start } from '../support/command.ts';
import { makeNumberedFolder, type NumberedFolder } from '../support/folder.ts';

let folder: string;
let videos: NumberedFolder;
let env: Record<string, string>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'framesift-cli-'));
  videos = makeNumberedFolder(join(folder, 'videos'), 3, 40);
  writeFileSync(join(videos.root, 'broken.mp4'), 'this is no video');
  env = { FRAMESIFT_CACHE: join(folder, 'cache'), NO_COLOR: '1' };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs in the folder that holds the videos, so that paths are short. */
const run = (...args: readonly string[]): Promise<Finished> => runCommand(args, { cwd: folder, env });

/** Times differ from run to run. */
const withoutTimes = (text: string): string =>
  text.replace(/\d+\.\d s$/gm, 'N s').replace(/(?<="failed":\d+,"seconds":)[\d.]+/g, 'N');

const lines = (text: string): string[] => text.trimEnd().split('\n');

const BROKEN = /^failed: (videos\/)?broken\.mp4: .*\n/;

describe('list', () => {
  test('names on standard output, failures and a summary for people', async () => {
    const { code, stdout, stderr } = await run('list', 'videos', '--count', '2');
    expect(lines(stdout)).toEqual([
      videos.nameOf(0, 10),
      videos.nameOf(0, 30),
      videos.nameOf(1, 10),
      videos.nameOf(1, 30),
      videos.nameOf(2, 10),
      videos.nameOf(2, 30),
    ]);
    expect(stderr).toMatch(BROKEN);
    expect(withoutTimes(stderr.replace(BROKEN, ''))).toBe('6 frames of 3 videos, 1 failed, N s\n');
    expect(code).toBe(3);
  });

  test('all frames by default; --quiet says nothing of success', async () => {
    const { code, stdout, stderr } = await run('list', 'videos', '-q', '--exclude', 'broken.mp4');
    expect(lines(stdout).length).toBe(120);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('records', async () => {
    const none = ['list', 'videos/day 0', '--keyframes', '--start', '1', '--json'];
    const { code, stdout } = await run(...none);
    expect(code).toBe(4);
    expect(withoutTimes(stdout)).toBe(
      '{"schemaVersion":1,"type":"summary","frames":0,"videos":3,"failed":0,"seconds":N}\n',
    );
    const one = await run('list', 'videos/day 0', '--count', '1', '--include', '*.mkv', '--json');
    expect(withoutTimes(one.stdout)).toBe(
      '{"schemaVersion":1,"type":"frame","name":"clip 1-20-mkv.png","frame":20,"seconds":0.667,"video":"clip 1.mkv"}\n{"schemaVersion":1,"type":"summary","frames":1,"videos":1,"failed":0,"seconds":N}\n',
    );
  });

  test('nothing matched', async () => {
    const { code, stdout, stderr } = await run(
      'list',
      'videos',
      '--start',
      '1000',
      '--exclude',
      'broken.mp4',
    );
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toBe('nothing matched: videos has no frame of those that were asked for\n');
  });

  test('no such folder: usage; an empty one: nothing matched', async () => {
    expect(await run('list', 'nowhere')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'error: nowhere: no such file or folder.\n',
    });
    const empty = mkdtempSync(join(folder, 'empty-'));
    expect((await run('list', empty)).code).toBe(4);
  });
});

describe('extract', () => {
  test('paths on standard output; again: they were there already', async () => {
    const args = ['extract', 'videos', '--frames', '0,39', '--out', 'out 1', '--exclude', 'broken.mp4'];
    const first = await run(...args);
    const paths = [0, 1, 2].flatMap((video) =>
      [0, 39].map((frame) => join('out 1', videos.nameOf(video, frame))),
    );
    expect(lines(first.stdout)).toEqual(paths);
    for (const path of paths) expect(existsSync(join(folder, path))).toBe(true);
    expect(withoutTimes(first.stderr)).toBe('6 frames written to out 1, N s\n');
    expect(first.code).toBe(0);
    const again = await run(...args);
    expect(again.stdout).toBe(first.stdout);
    expect(withoutTimes(again.stderr)).toBe('6 frames written to out 1 (6 were there already), N s\n');
  });

  test('names from standard input; what is not there fails, ten in full', async () => {
    const names = Array.from({ length: 14 }, (_, i) => videos.nameOf(0, 38 + i));
    const { code, stdout, stderr } = await runCommand(
      ['extract', 'videos', '--filenames', '-', '--out', 'out 2'],
      {
        cwd: folder,
        env,
        input: `${names.join('\n')}\n`,
      },
    );
    expect(lines(stdout)).toEqual([38, 39].map((frame) => join('out 2', videos.nameOf(0, frame))));
    const said = lines(withoutTimes(stderr));
    expect(said.slice(0, 10)).toEqual(
      names
        .slice(2, 12)
        .map(
          (name, i) => `failed: ${name}: day 0/clip 0.mp4: has no frame ${40 + i}; its frames are 0 to 39.`,
        ),
    );
    expect(said.slice(10)).toEqual([
      '… and 2 more; --json has them all as records, --verbose shows them here',
      '2 frames written to out 2, 12 failed, N s',
    ]);
    expect(code).toBe(3);
  });

  test('records of frames, failures, and a summary last', async () => {
    const { code, stdout, stderr } = await run(
      'extract',
      'videos/day 0/clip 1.mkv',
      ...['--frames', '3,40', '--out', 'out 3', '--json', '--format', 'jpg', '--size', '64'],
    );
    const records = lines(stdout).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records.map(({ type }) => type)).toEqual(['frame', 'failure', 'summary']);
    expect(records.every(({ schemaVersion }) => schemaVersion === 1)).toBe(true);
    expect(records[0]).toMatchObject({ name: 'clip 1-03-mkv.png', frame: 3, width: 64, height: 48 });
    expect(records[0]).toMatchObject({ path: join('out 3', String(records[0]!['file'])) });
    expect(records[1]).toMatchObject({ code: 'ERR_FRAME_RANGE', item: 'clip 1.mkv 40' });
    expect(records[2]).toMatchObject({ frames: 1, resumed: 0, failed: 1 });
    expect(stderr).not.toBe('');
    expect(code).toBe(3);
  });

  test('--dry-run says what would be done, and does nothing', async () => {
    const { code, stdout, stderr } = await run(
      'extract',
      'videos/day 0',
      ...['--count', '2', '--out', 'out 4', '--dry-run'],
    );
    expect(stdout).toMatch(/^would write 6 frames of 3 videos to out 4, decoding \d+ pictures\n$/);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(existsSync(join(folder, 'out 4'))).toBe(false);
  });

  test('settings from a file and the environment', async () => {
    const config = join(folder, 'my.yaml');
    writeFileSync(config, 'extract:\n  out: out 5\n  frames: 5\n  format: webp\n  include: ["*.mov"]\n');
    const { code, stdout } = await runCommand(['extract', 'videos', '--config', config], {
      cwd: folder,
      env: { ...env, FRAMESIFT_FORMAT: 'jpg' },
    });
    expect(code).toBe(0);
    expect(lines(stdout)).toEqual([join('out 5', videos.nameOf(2, 5).replace(/png$/, 'jpg'))]);
  });

  test.skipIf(process.platform === 'win32')('Ctrl-C, and the same command continues', async () => {
    // Large images take long enough for the signal to arrive before the last of them.
    const args = ['extract', 'videos', '--all', '--out', 'out 6', '--jobs', '1', '--size', '640x480'];
    const { child, finished } = start([...args, '--exclude', 'broken.mp4'], { cwd: folder, env });
    const out = join(folder, 'out 6', 'day 0');
    while (!existsSync(out) && child.exitCode === null) await sleep(5);
    child.kill('SIGINT');
    const { code, stderr } = await finished;
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr:
        'stopping (Ctrl-C again to stop at once) …\ninterrupted; run the same command again to continue\n',
    });
    const rest = await run(...args, '--exclude', 'broken.mp4');
    expect(rest.code).toBe(0);
    expect(lines(rest.stdout).length).toBe(120);
    expect(rest.stderr).toMatch(/^120 frames written to out 6 \(\d+ w(as|ere) there already\), /);
  });
});

describe('info', () => {
  test('a table of many', async () => {
    const { code, stdout, stderr } = await run('info', 'videos');
    expect(lines(stdout)).toEqual([
      'video                    codec    size  fps  frames  duration  keys  notes',
      'videos/day 0/clip 0.mp4  h264   128x96   30      40  0:01.333     1',
      'videos/day 0/clip 1.mkv  h264   128x96   30      40  0:01.333     1',
      'videos/day 0/clip 2.mov  h264   128x96   30      40  0:01.333     1',
    ]);
    expect(stderr).toMatch(BROKEN);
    expect(code).toBe(3);
  });

  test('one in full', async () => {
    const { code, stdout, stderr } = await run('info', 'videos/day 0/clip 0.mp4', '--verify');
    expect(stdout.replace(/, \d+(\.\d)? kB/, ', N kB')).toBe(
      `${[
        'video        videos/day 0/clip 0.mp4',
        'codec        h264, yuv420p',
        'container    mov,mp4,m4a,3gp,3g2,mj2, N kB',
        'size         128x96',
        'frames       40',
        'duration     0:01.333, 30 frames a second',
        'key frames   1, every 40 frames, at most 40 apart',
        'numbered by  timestamps',
        'damage       none: every frame decodes',
      ].join('\n')}\n`,
    );
    expect({ code, stderr: withoutTimes(stderr) }).toEqual({ code: 0, stderr: '1 video, 0 damaged, N s\n' });
  });

  test('records, the failures among them', async () => {
    const { code, stdout } = await run('info', 'videos', '--json');
    const records = lines(stdout).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records.map(({ type }) => type)).toEqual(['failure', 'video', 'video', 'video', 'summary']);
    expect(records.at(-1)).toMatchObject({ videos: 3, failed: 1 });
    expect(code).toBe(3);
  });
});

describe('doctor', () => {
  test('finds this machine fit', async () => {
    const { code, stdout, stderr } = await run('doctor');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ok {7}Node\.js {2,}v\d+/);
    const records = lines((await run('doctor', '--json')).stdout).map(
      (line) => JSON.parse(line) as Record<string, unknown>,
    );
    expect(records.every(({ type, status }) => type === 'finding' && status !== 'missing')).toBe(true);
  });
});

test('the executable is two lines', () => {
  expect(readFileSync(new URL('../../bin/framesift.js', import.meta.url), 'utf8')).toBe(
    "#!/usr/bin/env node\nimport '../dist/cli/start.js';\n",
  );
});
