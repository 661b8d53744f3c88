// `run`: the whole way, killed and continued, extended, and refused where it must be.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../src/base/random.ts';
import { readFrameList } from '../src/frame/list.ts';
import { type RunOptions, runPipeline } from '../src/run.ts';
import { selectFrames } from '../src/select.ts';
import { readBlockCode } from './support/block-code.ts';
import { type Running, run, start } from './support/command.ts';
import { makeNumberedFolder, type NumberedFolder } from './support/folder.ts';
import { meanColour, writeModel } from './support/models.ts';
import { codeOf } from './support/thrown-by.ts';

let root: string;
let folder: NumberedFolder;
let model: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'framesift-run-'));
  folder = makeNumberedFolder(join(root, 'videos'), 5, 80);
  model = writeModel(join(root, 'toy.onnx'), meanColour({ width: 128, height: 96 }));
}, 120_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const outDir = (): string => join(root, 'out');
afterEach(() => rmSync(outDir(), { recursive: true, force: true }));

const at = (...path: readonly string[]): string => join(outDir(), ...path);
const read = (...path: readonly string[]): string => readFileSync(at(...path), 'utf8');
const listed = (): string[] => read('sampled_filenames.txt').trimEnd().split('\n');

/** Every fourth frame of five videos: 100 to choose from. */
const pipeline = (options: Partial<RunOptions> = {}) =>
  runPipeline({
    input: folder.root,
    outDir: outDir(),
    model,
    device: 'cpu',
    nSamples: 12,
    choice: { kind: 'sample', sampler: { every: 4 } },
    cache: join(root, 'cache'),
    ...options,
  });

const args = (...more: readonly string[]): string[] => [
  ...['run', folder.root, '--out', outDir(), '--model', model, '--device', 'cpu', '--every', '4', '-n', '12'],
  ...['--cache', join(root, 'cache'), ...more],
];

/** Everything that people see, but for times and what is hidden. */
const visible = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(outDir(), { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.includes('.framesift') && !path.endsWith('run.json'))
      .sort()
      .map((path) => [path.slice(outDir().length + 1), readFileSync(path, 'latin1')]),
  );

const expectRightImages = async (): Promise<void> => {
  const images = listed();
  for (const name of images) {
    const { data, info } = await sharp(at('frames', name)).raw().toBuffer({ resolveWithObject: true });
    const [, video, frame] = /clip (\d+)-(\d+)-/.exec(name)!;
    expect(readBlockCode({ width: info.width, height: info.height, data })).toBe(
      folder.numberOf(Number(video), Number(frame)),
    );
  }
  const there = readdirSync(at('frames'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.png'),
  );
  expect(there.sort()).toEqual([...images].sort());
};

describe('a run', () => {
  it('leaves images, lists, embeddings and a record of itself', async () => {
    const outcome = await pipeline();
    expect(outcome).toMatchObject({
      candidates: 100,
      embedded: 100,
      selected: 12,
      written: 12,
      failed: [],
      device: 'cpu',
    });
    expect(outcome.frames.map(({ filename }) => filename)).toEqual(listed());
    await expectRightImages();
    expect(readdirSync(outDir()).sort()).toEqual([
      '.framesift',
      'embeddings.csv',
      'embeddings_pca.csv',
      'frames',
      'removed_filenames.txt',
      'run.json',
      'sampled_filenames.txt',
      'selection.csv',
    ]);
    const { entries } = await readFrameList(at('selection.csv'));
    expect(entries.map(({ name }) => name)).toEqual(listed());
    const removed = read('removed_filenames.txt').trimEnd().split('\n');
    expect(new Set([...removed, ...listed()]).size).toBe(100);
    const { frames } = await selectFrames({ embeddings: at('embeddings.csv'), nSamples: 12 });
    expect(frames.map(({ filename }) => filename)).toEqual(listed());
    const record = JSON.parse(read('run.json')) as Record<string, unknown>;
    expect(record).toMatchObject({
      schemaVersion: 1,
      status: 'finished',
      versions: { node: process.versions.node },
      options: {
        input: folder.root,
        model,
        candidates: { kind: 'sample', sampler: { every: 4 } },
        rules: { nSamples: 12 },
      },
      stages: [
        { name: 'index', counts: { videos: 5, candidates: 100 } },
        { name: 'embed', counts: { embeddings: 100, computed: 100 } },
        { name: 'select', counts: { selected: 12, added: 12 } },
        { name: 'extract', counts: { images: 12, written: 12 } },
      ],
      stoppedBy: 'count',
      problems: [],
    });
  });

  it('does nothing a second time, and says so', async () => {
    await pipeline();
    const before = visible();
    const times = Object.keys(before).map((path) => statSync(at(path)).mtimeMs);
    const second = await pipeline();
    expect(second).toMatchObject({ candidates: 100, embedded: 0, selected: 0, written: 0 });
    expect(second.frames).toHaveLength(12);
    expect(visible()).toEqual(before);
    expect(Object.keys(before).map((path) => statSync(at(path)).mtimeMs)).toEqual(times);
    const { code, stderr } = await run(args());
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(
        /^nothing to do: 12 frames of 100 candidates selected already, their images are in /,
      ),
    ]);
  });

  it('makes again what somebody has deleted', async () => {
    await pipeline();
    const before = visible();
    for (const path of ['selection.csv', 'embeddings_pca.csv', join('frames', listed()[3]!)]) {
      rmSync(at(path));
      await pipeline();
      expect(visible()).toEqual(before);
    }
  });

  it('extends the earlier selection when more are asked for, as if they had been asked for at once', async () => {
    await pipeline({ nSamples: 5 });
    const first = listed();
    const extended = await pipeline({ nSamples: 12 });
    expect(extended).toMatchObject({ embedded: 0, selected: 7, written: 7 });
    expect(listed().slice(0, 5)).toEqual(first);
    const grown = visible();
    rmSync(outDir(), { recursive: true });
    await pipeline({ nSamples: 12 });
    expect(visible()).toEqual(grown);
  });

  it('embeds only the video that was added, and keeps what was selected', async () => {
    const [added] = folder.videos;
    const elsewhere = join(root, 'elsewhere');
    renameSync(join(folder.root, added!), elsewhere);
    try {
      expect(await pipeline({ nSamples: 6 })).toMatchObject({ candidates: 80, embedded: 80 });
    } finally {
      renameSync(elsewhere, join(folder.root, added!));
    }
    const first = listed();
    expect(await pipeline({ nSamples: 6 })).toMatchObject({
      candidates: 100,
      embedded: 20,
      selected: 0,
      written: 0,
    });
    expect(listed()).toEqual(first);
    const more = await pipeline({ nSamples: 20 });
    expect(more).toMatchObject({ embedded: 0, selected: 14, written: 14, failed: [] });
    expect(listed().slice(0, 6)).toEqual(first);
    await expectRightImages();
  });

  it('goes on from frames that another sample does not have', async () => {
    await pipeline({ nSamples: 6 });
    const first = listed();
    const other = await pipeline({ nSamples: 12, choice: { kind: 'sample', sampler: { every: 7 } } });
    expect(other).toMatchObject({ selected: 6, failed: [] });
    expect(other.embedded).toBeLessThan(60);
    expect(listed().slice(0, 6)).toEqual(first);
    expect(new Set(listed()).size).toBe(12);
  });

  it('does not mix rules, nor take frames away, unless it is forced to', async () => {
    await pipeline();
    const before = visible();
    expect(await codeOf(pipeline({ minDistance: 0.001 }))).toBe(
      `ERR_OUTPUT_EXISTS ${outDir()}: its 12 frames were selected with other rules (minDistance). Go on with the rules of those, choose another --out (with --preselected, to go on from them), or select anew with --force.`,
    );
    expect(await codeOf(pipeline({ nSamples: 4 }))).toMatch(
      /^ERR_OPTION 4 frames are fewer than the 12 that are selected in /,
    );
    expect(visible()).toEqual(before);
    const forced = await pipeline({ nSamples: 4, strategies: [{ type: 'random', seed: 3 }], force: true });
    expect(forced).toMatchObject({ embedded: 0, selected: 4 });
    expect(listed()).toHaveLength(4);
    await expectRightImages();
  });

  it('leaves alone what others wrote', async () => {
    mkdirSync(outDir());
    writeFileSync(at('sampled_filenames.txt'), 'mine');
    expect(await codeOf(pipeline())).toMatch(/^ERR_OUTPUT_EXISTS .*sampled_filenames\.txt: is there already/);
    expect([read('sampled_filenames.txt'), existsSync(at('embeddings.csv'))]).toEqual(['mine', false]);
    rmSync(at('sampled_filenames.txt'));
    writeFileSync(at('embeddings.csv'), 'mine');
    expect(await codeOf(pipeline())).toMatch(/^ERR_OUTPUT_EXISTS .*embeddings\.csv: is there already/);
    expect(read('embeddings.csv')).toBe('mine');
  });

  it('of two at once lets one through', async () => {
    const both = await Promise.allSettled([run(args()), run(args())]);
    const codes = both.map((each) => (each.status === 'fulfilled' ? each.value.code : undefined));
    expect(codes.sort()).toEqual([0, 5]);
    await expectRightImages();
  });

  it('measures frames where a filter looks at what is measured', async () => {
    const { failed, frames } = await pipeline({
      filters: [
        { name: 'duplicate', limit: 0 },
        { name: 'corrupt', limit: 1 },
      ],
    });
    expect([failed, frames.length]).toEqual([[], 12]);
    expect(existsSync(at('embeddings_metadata.json'))).toBe(true);
    expect([existsSync(at('duplicate_filenames.txt')), existsSync(at('corrupt_filenames.txt'))]).toEqual([
      true,
      true,
    ]);
    expect(frames[0]!.seconds).toBeTypeOf('number');
  });

  it('selects whole runs, and extends them', async () => {
    const options = { selectedSequenceLength: 4 };
    await pipeline({ ...options, nSamples: 4 });
    const first = listed();
    expect(await pipeline({ ...options, nSamples: 8 })).toMatchObject({ selected: 4, failed: [] });
    expect(listed().slice(0, 4)).toEqual(first);
    expect(JSON.parse(read('sequence_information.json'))).toHaveLength(2);
  });

  it('goes on past what is broken, tells it each time, and takes it in once it is mended', async () => {
    const broken = join(folder.root, 'broken.mp4');
    writeFileSync(broken, 'no video');
    try {
      for (const embedded of [100, 0]) {
        const outcome = await pipeline();
        expect(outcome.embedded).toBe(embedded);
        expect(outcome.failed.map(({ item, error }) => [item, error.code])).toEqual([
          ['broken.mp4', 'ERR_VIDEO_OPEN'],
        ]);
      }
      expect((JSON.parse(read('run.json')) as { problems: unknown[] }).problems).toHaveLength(1);
      expect((await run(args())).code).toBe(3);
      copyFileSync(join(folder.root, folder.videos[0]!), broken);
      expect(await pipeline()).toMatchObject({ candidates: 120, embedded: 20, failed: [] });
    } finally {
      rmSync(broken);
    }
  });

  it('of images takes all of them', async () => {
    await pipeline({ nSamples: 9 });
    const images = join(root, 'images');
    renameSync(at('frames'), images);
    rmSync(join(images, '.framesift'), { recursive: true });
    rmSync(outDir(), { recursive: true });
    const outcome = await pipeline({ input: images, nSamples: 4, choice: undefined });
    expect(outcome).toMatchObject({ candidates: 9, selected: 4, written: 4, failed: [] });
    expect(
      readdirSync(at('frames'), { recursive: true, encoding: 'utf8' }).filter((file) =>
        file.endsWith('.png'),
      ),
    ).toHaveLength(4);
    rmSync(images, { recursive: true });
  });

  it('of names chooses among them', async () => {
    const list = [0, 1, 2].map((video) => folder.nameOf(video, 7));
    const outcome = await pipeline({
      nSamples: 2,
      choice: { kind: 'names', list: [...list, 'none-1-mp4.png'] },
    });
    expect(outcome).toMatchObject({ candidates: 3, selected: 2 });
    expect(outcome.failed.map(({ item }) => item)).toEqual(['none-1-mp4.png']);
  });

  it('only says what it would do, when that is asked', async () => {
    const { plan } = await pipeline({ dryRun: true });
    expect(plan).toMatchObject({ videos: 5, frames: 100 });
    expect(plan!.framesPerSecond).toBeGreaterThan(0);
    expect(existsSync(outDir())).toBe(false);
    const { stdout, code } = await run(args('--dry-run'));
    expect(stdout).toMatch(
      /^would embed 100 frames of 5 videos, decoding \d+ pictures, about \d+\.\d s on this machine; then select, and write to .*out\n$/,
    );
    expect([code, existsSync(outDir())]).toEqual([0, false]);
  });

  it('tells where it is, stage by stage', async () => {
    const stages = new Set<string>();
    await pipeline({ onProgress: ({ step, stage }) => stages.add(`${step?.number}/${step?.of} ${stage}`) });
    expect([...stages].filter((each) => !each.endsWith('writing tables'))).toEqual([
      '1/4 counting frames',
      '2/4 embedding',
      '3/4 reading times',
      '3/4 selecting',
      '4/4 extracting',
    ]);
  });
});

describe('a run that dies', () => {
  /** What is there from some moment of each stage on. */
  const MOMENTS: readonly (readonly string[])[] = [
    [],
    ['.framesift', 'selection.json'],
    ['.framesift', 'embeddings', 'rows.bin'],
    ['.framesift', 'embeddings', 'published.json'],
    ['embeddings.csv'],
    ['embeddings_pca.csv'],
    ['selection.csv'],
    ['removed_filenames.txt'],
    ['sampled_filenames.txt'],
    ['.framesift', 'pool', 'embeddings.csv'],
    ['frames'],
    ['frames', '.framesift', 'extract.jsonl'],
    ['frames', 'day 0'],
  ];

  const killWhenThere = async (
    { child, finished }: Running,
    path: string,
    afterMs: number,
  ): Promise<boolean> => {
    let isOver = false;
    void finished.then(() => {
      isOver = true;
    });
    while (!existsSync(path) && !isOver) await sleep(1);
    await sleep(afterMs);
    child.kill('SIGKILL');
    return (await finished).signal === 'SIGKILL';
  };

  it('at any moment of any stage continues to the same result', async () => {
    await pipeline();
    const reference = visible();
    const random = new Random(5);
    const hit = MOMENTS.map(() => 0);
    for (const [i, moment] of [...MOMENTS, ...MOMENTS].entries()) {
      rmSync(outDir(), { recursive: true });
      const wasKilled = await killWhenThere(
        start(args()),
        at(...moment),
        moment.length === 0 ? random.below(400) : random.below(25),
      );
      if (wasKilled) hit[i % MOMENTS.length]!++;
      const { code, stderr } = await run(args());
      expect({ moment, code, stderr }).toEqual({
        moment,
        code: 0,
        stderr: expect.stringMatching(/^(nothing to do|12 frames)/),
      });
      expect(visible()).toEqual(reference);
      expect(readdirSync(at('.framesift')).sort()).toEqual(['embeddings', 'pool', 'selection.json']);
    }
    // Near the end it may have been through before it was hit.
    expect(hit.filter((times) => times > 0).length).toBeGreaterThanOrEqual(10);
  }, 300_000);

  it('in the middle of an extension continues that, too', async () => {
    await pipeline({ nSamples: 5 });
    await pipeline();
    const reference = visible();
    const list = read('sampled_filenames.txt');
    for (const afterMs of [250, 300, 350, 400, 450, 500]) {
      rmSync(outDir(), { recursive: true });
      await pipeline({ nSamples: 5 });
      const running = start(args());
      await sleep(afterMs);
      running.child.kill('SIGKILL');
      await running.finished;
      expect((await run(args())).code).toBe(0);
      expect(read('sampled_filenames.txt')).toBe(list);
      expect(visible()).toEqual(reference);
    }
  }, 120_000);

  it('by Ctrl-C says how to go on', async () => {
    const running = start(args());
    while (!existsSync(at('.framesift', 'embeddings', 'rows.bin'))) await sleep(1);
    running.child.kill('SIGINT');
    const { code, stderr } = await running.finished;
    if (code === 0) return;
    expect([code, stderr]).toEqual([
      130,
      expect.stringContaining('interrupted; run the same command again to continue'),
    ]);
    expect((await run(args())).code).toBe(0);
  });
});
