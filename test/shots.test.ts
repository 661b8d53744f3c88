// `shots`: cuts where they were planted, in folders, by several workers, and frames that stand for shots.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FindShotsOptions, findShots } from '../src/shots.ts';
import { SHOT_DETECTOR_NAMES } from '../src/signals/shots.ts';
import { run } from './support/command.ts';
import { type Drawing, scene, writeDrawings } from './support/planted.ts';
import { codeOf } from './support/thrown-by.ts';

let root: string;
const videos = (): string => join(root, 'videos');

/** Lengths of shots, in frames. */
const LENGTHS = { 'one.mp4': [40, 25, 60], 'süd/two.mp4': [30, 30], 'süd/whole.mp4': [50] };

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'framesift-shots-'));
  mkdirSync(join(videos(), 'süd'), { recursive: true });
  for (const [v, [name, lengths]] of Object.entries(LENGTHS).entries()) {
    const drawings = lengths.flatMap((length, s) =>
      Array.from(
        { length },
        (_, i): Drawing => ({ luma: scene(300 + 10 * v + s, i), blue: 90 + 40 * s, red: 170 - 30 * s }),
      ),
    );
    writeDrawings(join(videos(), name), drawings);
  }
}, 60_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const find = (options: Partial<FindShotsOptions> = {}) =>
  findShots({ input: videos(), cache: false, ...options });

const planted = (lengths: readonly number[]): { start: number; end: number }[] =>
  lengths.map((length, i) => {
    const start = lengths.slice(0, i).reduce((sum, each) => sum + each, 0);
    return { start, end: start + length };
  });

describe('shots', () => {
  it.each(SHOT_DETECTOR_NAMES.filter((name) => name !== 'fade'))(
    'are found by %s where they were planted',
    async (detector) => {
      for (const jobs of [1, 3]) {
        const { done, failed } = await find({ detector, jobs });
        expect(failed).toEqual([]);
        expect(
          done.map(({ video, shots }) => [video, shots.map(({ start, end }) => ({ start, end }))]),
        ).toEqual(Object.entries(LENGTHS).map(([video, lengths]) => [video, planted(lengths)]));
      }
    },
  );

  it('have times, and frames that stand for them', async () => {
    const [one] = (await find({ include: ['one.mp4'] })).done;
    expect(one!.shots.map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds])).toEqual([
      [0, 1.6],
      [1.6, 2.6],
      [2.6, 5],
    ]);
    expect(one!.shots.flatMap(({ frames }) => frames)).toEqual([
      { name: 'one-020-mp4.png', frame: 20, seconds: 0.8 },
      { name: 'one-052-mp4.png', frame: 52, seconds: 2.08 },
      { name: 'one-095-mp4.png', frame: 95, seconds: 3.8 },
    ]);
    const [three] = (await find({ include: ['one.mp4'], perShot: 3 })).done;
    expect(three!.shots[0]!.frames.map(({ frame }) => frame)).toEqual([1, 20, 38]);
  });

  it('are not shorter than is asked for, and hang on the threshold', async () => {
    const shotsOf = async (options: Partial<FindShotsOptions>): Promise<number> =>
      (await find({ include: ['one.mp4'], ...options })).done[0]!.shots.length;
    expect(await shotsOf({ minimumSeconds: 1.2 })).toBeLessThan(3);
    expect(await shotsOf({ detector: 'content', threshold: 255 })).toBe(1);
  });

  it('of a folder with a broken video are those of the others', async () => {
    writeFileSync(join(videos(), 'broken.mp4'), 'no video');
    try {
      const { done, failed } = await find();
      expect(done).toHaveLength(3);
      expect(failed.map(({ item, error }) => [item, error.code])).toEqual([['broken.mp4', 'ERR_VIDEO_OPEN']]);
    } finally {
      rmSync(join(videos(), 'broken.mp4'));
    }
  });

  it('are not of images, and a shot has at least one frame', async () => {
    mkdirSync(join(root, 'images'));
    await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).toFile(
      join(root, 'images', 'a.png'),
    );
    expect(await codeOf(findShots({ input: join(root, 'images') }))).toBe(
      `ERR_NO_INPUT ${join(root, 'images')}: holds images, and only videos have shots.`,
    );
    expect(await codeOf(find({ perShot: 0 }))).toBe(
      'ERR_OPTION perShot 0: expected a whole number of at least 1.',
    );
  });

  it('on the command line are names for extract, or records', async () => {
    const names = await run(['shots', videos(), '--no-cache']);
    expect([names.code, names.stderr.replace(/\d+\.\d s/, 'T')]).toEqual([0, '6 shots in 3 videos, T\n']);
    expect(names.stdout.trimEnd().split('\n')).toHaveLength(6);
    const extracted = await run(
      ['extract', videos(), '--filenames', '-', '--out', join(root, 'frames'), '--no-cache'],
      { input: names.stdout },
    );
    expect([extracted.code, extracted.stderr]).toEqual([0, expect.stringMatching(/^6 frames written/)]);
    const { stdout } = await run(['shots', videos(), '--json', '--no-cache', '--per-shot', '2']);
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(
      records.filter(({ type }) => type === 'shot').map(({ video, start, end }) => [video, start, end]),
    ).toEqual(
      Object.entries(LENGTHS).flatMap(([video, lengths]) =>
        planted(lengths).map(({ start, end }) => [video, start, end]),
      ),
    );
    expect(records.at(-1)).toMatchObject({ type: 'summary', shots: 6, videos: 3, failed: 0 });
  });
});
