import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FramesiftError } from '../src/base/errors.ts';
import type { FrameChoice } from '../src/dataset/choice.ts';
import { type ExtractOptions, extractFrames } from '../src/extract.ts';
import { readFrameList } from '../src/frame/list.ts';
import { readBlockCode } from './support/block-code.ts';
import { corpusDirectory } from './support/corpus.ts';
import { growDisk, onSmallDisk } from './support/small-disk.ts';
import { errorOf } from './support/thrown-by.ts';

let clips = '';
let temporary = '';
let videos = '';
let out = '';

beforeAll(async () => {
  clips = await corpusDirectory();
});

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'framesift-'));
  videos = join(temporary, 'videos');
  out = join(temporary, 'out');
  mkdirSync(join(videos, 'sub folder'), { recursive: true });
  cpSync(join(clips, 'base_h264_b.mp4'), join(videos, 'a.mp4'));
  cpSync(join(clips, 'base_hevc_b.mkv'), join(videos, 'sub folder', 'b-1.MKV'));
});

afterEach(() => rmSync(temporary, { recursive: true, force: true }));

const names = (...list: string[]): FrameChoice => ({
  kind: 'names',
  list: { label: 'list.txt', entries: list.map((name, i) => ({ name, line: i + 1 })) },
});

const extract = (choice: FrameChoice, more: Partial<ExtractOptions> = {}) =>
  extractFrames({ input: videos, outDir: out, choice, cache: false, jobs: 2, ...more });

const numberIn = async (file: string): Promise<number | null> => {
  const { data, info } = await sharp(join(out, file)).raw().toBuffer({ resolveWithObject: true });
  return readBlockCode({ ...info, data });
};

const failures = ({ failed }: { failed: readonly { item: string; error: FramesiftError }[] }): string[] =>
  failed.map(({ error }) => `${error.code}: ${error.message}`);

describe('a folder', () => {
  const first: FrameChoice = { kind: 'numbers', ranges: [{ start: 0, end: 1, step: 1 }] };

  it('with a link that leads nowhere is extracted, and says so', async () => {
    symlinkSync('nowhere.mp4', join(videos, 'gone.mp4'));
    const outcome = await extract(first);
    expect(outcome.done.length).toBeGreaterThan(1);
    expect(outcome.failed.map(({ item, error }) => [item, error.code])).toEqual([
      ['gone.mp4', 'ERR_NOT_FOUND'],
    ]);
    // A list says itself what it wants.
    expect(failures(await extract(names('a-45-mp4.png')))).toEqual([]);
  });

  it.each(['https://host/out', 's3://bucket/out'])('cannot be written to %s', async (outDir) => {
    const { code, message } = await errorOf(extractFrames({ input: videos, outDir, choice: first }));
    expect([code, message]).toEqual([
      'ERR_OPTION',
      expect.stringMatching(/are written to the disks of this machine/),
    ]);
    expect(existsSync(outDir)).toBe(false);
  });
});

describe('a list of names', () => {
  it('gives each name its frame, whatever its padding and extension, and each frame once', async () => {
    const list = [
      'sub folder/b-1-007-MKV.png',
      'a-45-mp4.png',
      'a-045-mp4.jpg',
      'a-45-mp4.png',
      './a-0003-mp4.webp',
    ];
    const outcome = await extract(names(...list));
    expect(failures(outcome)).toEqual([]);
    expect(outcome.done.map(({ name, file, video, frame }) => [name, file, video, frame])).toEqual([
      ['sub folder/b-1-007-MKV.png', 'sub folder/b-1-007-MKV.png', 'sub folder/b-1.MKV', 7],
      ['a-45-mp4.png', 'a-45-mp4.png', 'a.mp4', 45],
      ['a-045-mp4.jpg', 'a-045-mp4.png', 'a.mp4', 45],
      ['./a-0003-mp4.webp', 'a-0003-mp4.png', 'a.mp4', 3],
    ]);
    expect(await numberIn('sub folder/b-1-007-MKV.png')).toBe(7);
    expect(await numberIn('a-045-mp4.png')).toBe(45);
    expect(await numberIn('a-0003-mp4.png')).toBe(3);
  });

  it('reports what cannot be had, line by line, and extracts the rest', async () => {
    const list = [
      'a-150-mp4.png',
      'b-1-007-MKV.png',
      'sub folder/b_1-007-MKV.png',
      '../a-001-mp4.png',
      '/etc/a-001-mp4.png',
      'C:/a-001-mp4.png',
      'holiday.png',
      'a-149-mp4.png',
    ];
    const outcome = await extract(names(...list));
    expect(outcome.done.map(({ name }) => name)).toEqual(['a-149-mp4.png']);
    const holds = `${videos}, which holds 2 videos, the first a.mp4.`;
    const messages = failures(outcome).sort();
    expect(messages.slice(0, 4)).toEqual(
      [4, 5, 6, 7].map(
        (line) => expect.stringMatching(`^ERR_FRAME_NAME: list.txt, line ${line}: `) as string,
      ),
    );
    expect(messages.slice(4)).toEqual([
      'ERR_FRAME_RANGE: a.mp4: has no frame 150; its frames are 0 to 149.',
      `ERR_NOT_FOUND: list.txt, line 2: b-1-007-MKV.png: there is no video b-1.MKV in ${holds}`,
      `ERR_NOT_FOUND: list.txt, line 3: sub folder/b_1-007-MKV.png: there is no video sub folder/b_1.MKV in ${holds} Did you mean sub folder/b-1.MKV?`,
    ]);
    expect(readdirSync(temporary).sort()).toEqual(['out', 'videos']);
  });

  it('opens only the videos that it names', async () => {
    writeFileSync(join(videos, 'broken.mp4'), 'no video');
    expect((await extract(names('a-001-mp4.png'))).failed).toEqual([]);
  });

  it('is read from a file as people save it', async () => {
    const path = join(temporary, 'list.csv');
    writeFileSync(
      path,
      '\ufefffilenames,embedding_0,labels\r\n"a-010-mp4.png",0.5,0\r\n\r\nsub folder/b-1-011-MKV.png,1,1\r\n',
    );
    const { done, failed } = await extract({ kind: 'names', list: await readFrameList(path) });
    expect(done.map(({ frame }) => frame)).toEqual([10, 11]);
    expect(failed).toEqual([]);
  });
});

describe('other ways of choosing', () => {
  it.each<[string, FrameChoice, number[]]>([
    [
      'numbers',
      {
        kind: 'numbers',
        ranges: [
          { start: 3, end: 8, step: 2 },
          { start: 0, end: 1, step: 1 },
        ],
      },
      [0, 3, 5, 7],
    ],
    ['times', { kind: 'times', seconds: [1.5, 0, 1.51] }, [0, 45]],
    ['every', { kind: 'sample', sampler: { every: 50 } }, [0, 50, 100]],
    ['fps', { kind: 'sample', sampler: { fps: 1 } }, [0, 30, 60, 90, 120]],
    ['count', { kind: 'sample', sampler: { count: 3 } }, [25, 75, 125]],
    ['keyframes', { kind: 'sample', sampler: { keyframes: true } }, [0, 24, 48, 72, 96, 120, 144]],
    [
      'a range',
      {
        kind: 'sample',
        sampler: { start: { kind: 'frame', index: 147 }, end: { kind: 'time', seconds: 60 } },
      },
      [147, 148, 149],
    ],
  ])('%s', async (_how, choice, frames) => {
    const { done, failed } = await extract(choice, { input: join(videos, 'a.mp4'), size: { width: 128 } });
    expect(failed).toEqual([]);
    expect(done.map(({ frame }) => frame)).toEqual(frames);
    expect(done.map(({ name }) => name)).toEqual(
      frames.map((frame) => `a-${String(frame).padStart(3, '0')}-mp4.png`),
    );
    for (const { file, frame } of done) expect(await numberIn(file)).toBe(frame);
  });

  it('says what lies beyond the end', async () => {
    const choice: FrameChoice = { kind: 'numbers', ranges: [{ start: 148, end: 200, step: 1 }] };
    const outcome = await extract(choice, { input: join(videos, 'a.mp4') });
    expect(outcome.done.map(({ frame }) => frame)).toEqual([148, 149]);
    expect(failures(outcome)).toEqual([
      'ERR_FRAME_RANGE: a.mp4: has no frame 150-199; its frames are 0 to 149.',
    ]);
  });

  it('only plans on request', async () => {
    const { done, plan } = await extract({ kind: 'sample', sampler: { every: 50 } }, { dryRun: true });
    expect(done).toEqual([]);
    expect(plan).toMatchObject({ videos: 2, frames: 6 });
    expect(plan!.framesToDecode).toBeGreaterThan(6);
    expect(existsSync(out)).toBe(false);
  });
});

describe('the manifest', () => {
  it('lists the frames in the order asked for, with what identifies them', async () => {
    const manifest = join(temporary, 'm', 'manifest.jsonl');
    await extract(names('sub folder/b-1-007-MKV.png', 'a-045-mp4.png'), {
      manifest,
      format: 'jpg',
      quality: 80,
    });
    const records = readFileSync(manifest, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records).toEqual([
      {
        name: 'sub folder/b-1-007-MKV.png',
        file: 'sub folder/b-1-007-MKV.jpg',
        video: 'sub folder/b-1.MKV',
        frame: 7,
        pts: 233,
        seconds: expect.closeTo(0.233, 3),
        width: 256,
        height: 144,
        contentKey: expect.stringMatching(/^[0-9a-f]{64}$/),
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      {
        name: 'a-045-mp4.png',
        file: 'a-045-mp4.jpg',
        video: 'a.mp4',
        frame: 45,
        pts: 23040,
        seconds: 1.5,
        width: 256,
        height: 144,
        contentKey: expect.stringMatching(/^[0-9a-f]{64}$/),
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });
});

describe('input that cannot be used', () => {
  const folderWith = (...files: string[]): string => {
    const folder = join(temporary, 'other');
    mkdirSync(folder);
    for (const file of files) writeFileSync(join(folder, file), '');
    return folder;
  };

  it.each<[string, () => string, string]>([
    ['a path that is not there', () => join(temporary, 'nowhere'), 'ERR_NOT_FOUND'],
    ['an empty folder', () => folderWith(), 'ERR_NO_INPUT'],
    ['a folder of other files', () => folderWith('x.txt'), 'ERR_NO_INPUT'],
  ])('%s', async (_what, make, code) => {
    expect((await errorOf(extract({ kind: 'sample', sampler: {} }, { input: make() }))).code).toBe(code);
    expect(existsSync(out)).toBe(false);
  });

  it('a folder of broken files only: each says why, none stops the run', async () => {
    const broken = join(temporary, 'broken');
    mkdirSync(broken);
    for (const name of [
      'audio_only.m4a',
      'cenc_encrypted.mp4',
      'cover_audio.m4a',
      'empty.mp4',
      'one_byte.mp4',
      'text.mp4',
      'zero_frames.mp4',
      'trunc_moov_lost.mp4',
    ]) {
      cpSync(join(clips, name), join(broken, name.replace('m4a', 'mp4')));
    }
    const { done, failed } = await extract({ kind: 'sample', sampler: { every: 10 } }, { input: broken });
    expect(done).toEqual([]);
    expect(Object.fromEntries(failed.map(({ item, error }) => [item, error.code]))).toEqual({
      'audio_only.mp4': 'ERR_NO_VIDEO_STREAM',
      'cenc_encrypted.mp4': 'ERR_ENCRYPTED',
      'cover_audio.mp4': 'ERR_NO_VIDEO_STREAM',
      'empty.mp4': 'ERR_VIDEO_OPEN',
      'one_byte.mp4': 'ERR_VIDEO_OPEN',
      'text.mp4': 'ERR_VIDEO_OPEN',
      'zero_frames.mp4': 'ERR_NO_FRAMES',
      'trunc_moov_lost.mp4': 'ERR_VIDEO_OPEN',
    });
  });

  it('a name full of letters that mean something to others', async () => {
    const hostile = "we ird%03d 'q' ünï:x.mp4";
    cpSync(join(clips, 'base_h264_b.mp4'), join(videos, hostile));
    const { done } = await extract(names(`we ird%03d 'q' ünï:x-033-mp4.png`));
    expect(await numberIn(done[0]!.file)).toBe(33);
  });

  it('a frame of 16 000 pixels width', async () => {
    const { done } = await extract(
      { kind: 'numbers', ranges: [{ start: 1, end: 2, step: 1 }] },
      { input: join(clips, 'wide_16000x64.mp4') },
    );
    expect(done.map(({ width, height }) => [width, height])).toEqual([[16000, 64]]);
  });
});

describe('files that change during the run', () => {
  it('a video that disappears, is cut or replaced fails alone, and no wrong frame is written', async () => {
    const long = join(clips, 'h264_longgop.mp4');
    for (const name of ['cut.mp4', 'gone.mp4', 'replaced.mp4']) cpSync(long, join(videos, name));
    let isDone = false;
    const { done, failed } = await extract(
      { kind: 'sample', sampler: { every: 30 } },
      {
        jobs: 1,
        onProgress: () => {
          if (isDone) return;
          isDone = true;
          truncateSync(join(videos, 'cut.mp4'), 200_000);
          unlinkSync(join(videos, 'gone.mp4'));
          cpSync(join(clips, 'base_h264_b.mp4'), join(videos, 'replaced.mp4'));
        },
      },
    );
    for (const { item } of failed) expect(item).toMatch(/^(cut|gone|replaced)/);
    expect(failed.some(({ item }) => item.startsWith('gone'))).toBe(true);
    for (const { file, frame } of done) expect(await numberIn(file), file).toBe(frame);
    expect(done.filter(({ video }) => video === 'a.mp4')).toHaveLength(5);
  });
});

describe('output that cannot be written', () => {
  it('a file in place of the folder', async () => {
    writeFileSync(out, '');
    const error = await errorOf(extract(names('a-001-mp4.png')));
    expect(error.code).toBe('ERR_WRITE');
    expect(error.message).toBe(
      `${out}: cannot be written: a part of the path is a file, not a folder. Choose another folder.`,
    );
  });

  it.skipIf(process.getuid?.() === 0)(
    'a folder that may not be written to (skipped for root, who may)',
    async () => {
      mkdirSync(out);
      chmodSync(out, 0o555);
      expect((await errorOf(extract(names('a-001-mp4.png')))).message).toContain('permission denied');
    },
  );

  it('a full disk: the run stops, and continues once there is room (skipped where no small disk can be made)', async ({
    skip,
  }) => {
    const work = async (): Promise<void> => {
      const error = await errorOf(extract({ kind: 'sample', sampler: {} }));
      expect(error.message).toContain(
        'the disk is full. Free some space and run the same command again: it continues where it was.',
      );
      growDisk(out, 64);
      const { done, failed, resumed } = await extract({ kind: 'sample', sampler: {} });
      expect({ done: done.length, failed }).toEqual({ done: 270, failed: [] });
      expect(resumed).toBeGreaterThan(0);
    };
    await onSmallDisk(skip, out, work, 8);
  });

  it('a file in the way that somebody else made: left alone, unless forced', async () => {
    mkdirSync(out);
    writeFileSync(join(out, 'a-001-mp4.png'), 'mine');
    const outcome = await extract(names('a-001-mp4.png', 'a-002-mp4.png'));
    expect(failures(outcome)).toEqual([
      `ERR_OUTPUT_EXISTS: ${join(out, 'a-001-mp4.png')}: is in the way: framesift did not write it. Choose another --out, or replace it with --force.`,
    ]);
    expect(readFileSync(join(out, 'a-001-mp4.png'), 'utf8')).toBe('mine');
    expect(outcome.done.map(({ name }) => name)).toEqual(['a-002-mp4.png']);
    expect((await extract(names('a-001-mp4.png'), { force: true })).failed).toEqual([]);
    expect(await numberIn('a-001-mp4.png')).toBe(1);
  });

  it('a folder that another run writes to', async () => {
    mkdirSync(join(out, '.framesift'), { recursive: true });
    writeFileSync(join(out, '.framesift', 'lock'), String(process.ppid));
    expect((await errorOf(extract(names('a-001-mp4.png')))).code).toBe('ERR_OUTPUT_BUSY');
    // A process that is no more, and one that was killed before it had written its number.
    for (const left of ['999999999', '']) {
      writeFileSync(join(out, '.framesift', 'lock'), left);
      expect((await extract(names('a-001-mp4.png'))).failed).toEqual([]);
    }
  });
});

describe('a second run', () => {
  it('does only what is missing or was made otherwise', async () => {
    const choice = names('a-001-mp4.png', 'a-002-mp4.png', 'a-003-mp4.png');
    const first = await extract(choice);
    unlinkSync(join(out, 'a-002-mp4.png'));
    const second = await extract(choice);
    expect([first.resumed, second.resumed]).toEqual([0, 2]);
    expect(second.done).toEqual(first.done);
    const resized = await extract(choice, { size: { width: 64 } });
    expect([resized.resumed, resized.done[0]!.width]).toEqual([0, 64]);
    expect((await extract(choice, { size: { width: 64 }, force: true })).resumed).toBe(0);
  });

  it('is not led astray by a ledger that was cut short', async () => {
    const choice = names('a-001-mp4.png', 'a-002-mp4.png');
    await extract(choice);
    const ledger = join(out, '.framesift', 'extract.jsonl');
    truncateSync(ledger, readFileSync(ledger).length - 20);
    const { done, failed } = await extract(choice);
    expect(failed.map(({ error }) => error.code)).toEqual(['ERR_OUTPUT_EXISTS']);
    expect(done).toHaveLength(1);
  });
});

describe('formats', () => {
  it.each([
    ['png', undefined],
    ['jpg', 90],
    ['webp', 80],
  ] as const)('%s', async (format, quality) => {
    const { done } = await extract(names('a-045-mp4.png'), {
      format,
      ...(quality === undefined ? {} : { quality }),
    });
    expect((await sharp(join(out, done[0]!.file)).metadata()).format).toBe(
      format === 'jpg' ? 'jpeg' : format,
    );
    expect(await numberIn(done[0]!.file)).toBe(45);
  });

  it.each<[Partial<ExtractOptions>, string]>([
    [
      { quality: 80 },
      'quality does not apply to png, which is lossless. Leave it out, or choose jpg or webp.',
    ],
    [{ format: 'jpg', quality: 0 }, 'quality 0: expected a whole number from 1 to 100.'],
    [{ jobs: 0 }, 'jobs 0: expected a whole number of at least 1.'],
  ])('refuses %j', async (options, message) => {
    expect((await errorOf(extract(names('a-045-mp4.png'), options))).message).toBe(message);
  });
});

describe('a damaged video', () => {
  it('gives what is whole, names what is not, and gives the rest on request', async () => {
    const input = join(clips, 'noise.mp4');
    const all: FrameChoice = { kind: 'sample', sampler: {} };
    const strict = await extract(all, { input });
    expect(strict.failed.length).toBeGreaterThan(2);
    expect(strict.done.length + strict.failed.length).toBe(150);
    for (const { item, error } of strict.failed)
      expect([item, error.code]).toEqual([
        expect.stringMatching(/^noise-\d{3}-mp4\.png$/),
        'ERR_FRAME_DAMAGED',
      ]);
    for (const { file, frame } of strict.done) expect(await numberIn(file)).toBe(frame);
    const kept = await extract(all, { input, keepDamaged: true, outDir: join(temporary, 'kept') });
    expect(kept.done.length).toBe(148);
  });
});
