// `run`: the whole way, killed and continued, extended, and refused where it must be.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFrameList } from '../src/frame/list.ts';
import { selectFrames } from '../src/select.ts';
import { run } from './support/command.ts';
import { usePipelineBench } from './support/pipeline.ts';
import { codeOf } from './support/thrown-by.ts';

const bench = usePipelineBench();

describe('a run', () => {
  it('leaves images, lists, embeddings and a record of itself', async () => {
    const outcome = await bench().pipeline();
    expect(outcome).toMatchObject({
      candidates: 100,
      embedded: 100,
      selected: 12,
      written: 12,
      failed: [],
      device: 'cpu',
    });
    expect(outcome.frames.map(({ filename }) => filename)).toEqual(bench().listed());
    await bench().expectRightImages();
    expect(readdirSync(bench().outDir).sort()).toEqual([
      '.framesift',
      'embeddings.csv',
      'embeddings_pca.csv',
      'frames',
      'removed_filenames.txt',
      'run.json',
      'sampled_filenames.txt',
      'selection.csv',
    ]);
    const { entries } = await readFrameList(bench().at('selection.csv'));
    expect(entries.map(({ name }) => name)).toEqual(bench().listed());
    const removed = bench().read('removed_filenames.txt').trimEnd().split('\n');
    expect(new Set([...removed, ...bench().listed()]).size).toBe(100);
    const { frames } = await selectFrames({ embeddings: bench().at('embeddings.csv'), nSamples: 12 });
    expect(frames.map(({ filename }) => filename)).toEqual(bench().listed());
    const record = JSON.parse(bench().read('run.json')) as Record<string, unknown>;
    expect(record).toMatchObject({
      schemaVersion: 1,
      status: 'finished',
      versions: { node: process.versions.node },
      options: {
        input: bench().folder.root,
        model: bench().model,
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
    await bench().pipeline();
    const before = bench().visible();
    const times = Object.keys(before).map((path) => statSync(bench().at(path)).mtimeMs);
    const second = await bench().pipeline();
    expect(second).toMatchObject({ candidates: 100, embedded: 0, selected: 0, written: 0 });
    expect(second.frames).toHaveLength(12);
    expect(bench().visible()).toEqual(before);
    expect(Object.keys(before).map((path) => statSync(bench().at(path)).mtimeMs)).toEqual(times);
    const { code, stderr } = await run(bench().args());
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(
        /^nothing to do: 12 frames of 100 candidates selected already, their images are in /,
      ),
    ]);
  });

  it('makes again what somebody has deleted', async () => {
    await bench().pipeline();
    const before = bench().visible();
    for (const path of ['selection.csv', 'embeddings_pca.csv', join('frames', bench().listed()[3]!)]) {
      rmSync(bench().at(path));
      await bench().pipeline();
      expect(bench().visible()).toEqual(before);
    }
  });

  it('extends the earlier selection when more are asked for, as if they had been asked for at once', async () => {
    await bench().pipeline({ nSamples: 5 });
    const first = bench().listed();
    const extended = await bench().pipeline({ nSamples: 12 });
    expect(extended).toMatchObject({ embedded: 0, selected: 7, written: 7 });
    expect(bench().listed().slice(0, 5)).toEqual(first);
    const grown = bench().visible();
    rmSync(bench().outDir, { recursive: true });
    await bench().pipeline({ nSamples: 12 });
    expect(bench().visible()).toEqual(grown);
  });

  it('embeds only the video that was added, and keeps what was selected', async () => {
    const [added] = bench().folder.videos;
    const elsewhere = join(bench().root, 'elsewhere');
    renameSync(join(bench().folder.root, added!), elsewhere);
    try {
      expect(await bench().pipeline({ nSamples: 6 })).toMatchObject({ candidates: 80, embedded: 80 });
    } finally {
      renameSync(elsewhere, join(bench().folder.root, added!));
    }
    const first = bench().listed();
    expect(await bench().pipeline({ nSamples: 6 })).toMatchObject({
      candidates: 100,
      embedded: 20,
      selected: 0,
      written: 0,
    });
    expect(bench().listed()).toEqual(first);
    const more = await bench().pipeline({ nSamples: 20 });
    expect(more).toMatchObject({ embedded: 0, selected: 14, written: 14, failed: [] });
    expect(bench().listed().slice(0, 6)).toEqual(first);
    await bench().expectRightImages();
  });

  it('goes on from frames that another sample does not have', async () => {
    await bench().pipeline({ nSamples: 6 });
    const first = bench().listed();
    const other = await bench().pipeline({ nSamples: 12, choice: { kind: 'sample', sampler: { every: 7 } } });
    expect(other).toMatchObject({ selected: 6, failed: [] });
    expect(other.embedded).toBeLessThan(60);
    expect(bench().listed().slice(0, 6)).toEqual(first);
    expect(new Set(bench().listed()).size).toBe(12);
  });

  it('does not mix rules, nor take frames away, unless it is forced to', async () => {
    await bench().pipeline();
    const before = bench().visible();
    expect(await codeOf(bench().pipeline({ minDistance: 0.001 }))).toBe(
      `ERR_OUTPUT_EXISTS ${bench().outDir}: its 12 frames were selected with other rules (minDistance). Go on with the rules of those, choose another --out (with --preselected, to go on from them), or select anew with --force.`,
    );
    expect(await codeOf(bench().pipeline({ nSamples: 4 }))).toMatch(
      /^ERR_OPTION 4 frames are fewer than the 12 that are selected in /,
    );
    expect(bench().visible()).toEqual(before);
    const forced = await bench().pipeline({
      nSamples: 4,
      strategies: [{ type: 'random', seed: 3 }],
      force: true,
    });
    expect(forced).toMatchObject({ embedded: 0, selected: 4 });
    expect(bench().listed()).toHaveLength(4);
    await bench().expectRightImages();
  });

  it('leaves alone what others wrote', async () => {
    mkdirSync(bench().outDir);
    writeFileSync(bench().at('sampled_filenames.txt'), 'mine');
    expect(await codeOf(bench().pipeline())).toMatch(
      /^ERR_OUTPUT_EXISTS .*sampled_filenames\.txt: is there already/,
    );
    expect([bench().read('sampled_filenames.txt'), existsSync(bench().at('embeddings.csv'))]).toEqual([
      'mine',
      false,
    ]);
    rmSync(bench().at('sampled_filenames.txt'));
    writeFileSync(bench().at('embeddings.csv'), 'mine');
    expect(await codeOf(bench().pipeline())).toMatch(
      /^ERR_OUTPUT_EXISTS .*embeddings\.csv: is there already/,
    );
    expect(bench().read('embeddings.csv')).toBe('mine');
  });

  it('does not write over a record that is not its own, nor into the folder of its images', async () => {
    mkdirSync(bench().outDir);
    writeFileSync(bench().at('run.json'), 'mine');
    expect(await codeOf(bench().pipeline())).toMatch(/^ERR_OUTPUT_EXISTS .*run\.json: is there already/);
    expect(readdirSync(bench().outDir)).toEqual(['.framesift', 'run.json']);
    const images = join(bench().root, 'pictures');
    mkdirSync(images);
    writeFileSync(join(images, 'a.png'), 'no image');
    expect(await codeOf(bench().pipeline({ input: images, outDir: join(images, 'out') }))).toMatch(
      /^ERR_OPTION .*out: is in the folder of the images, .*pictures, and would become a part of it/,
    );
    const nothing = await bench().pipeline({
      input: images,
      outDir: join(bench().root, 'other'),
      choice: undefined,
    });
    expect(nothing).toMatchObject({ candidates: 0, frames: [], images: [] });
    expect(nothing.failed).toHaveLength(1);
  });

  it('counts frames that are selected elsewhere, and selects none of them', async () => {
    const { frames } = await bench().pipeline({ nSamples: 5 });
    const elsewhere = frames.slice(0, 3).map(({ filename }) => filename);
    rmSync(bench().outDir, { recursive: true });
    const outcome = await bench().pipeline({ nSamples: 5, preselected: elsewhere });
    expect(outcome.frames.map(({ filename }) => filename)).toEqual(
      frames.slice(3).map(({ filename }) => filename),
    );
    expect(outcome.stoppedBy).toBe('count');
  });

  it('of two at once lets one through', async () => {
    const both = await Promise.allSettled([run(bench().args()), run(bench().args())]);
    const codes = both.map((each) => (each.status === 'fulfilled' ? each.value.code : undefined));
    expect(codes.sort()).toEqual([0, 5]);
    await bench().expectRightImages();
  });

  it('measures frames where a filter looks at what is measured', async () => {
    const { failed, frames } = await bench().pipeline({
      filters: [
        { name: 'duplicate', limit: 0 },
        { name: 'corrupt', limit: 1 },
      ],
    });
    expect([failed, frames.length]).toEqual([[], 12]);
    expect(existsSync(bench().at('embeddings_metadata.json'))).toBe(true);
    expect([
      existsSync(bench().at('duplicate_filenames.txt')),
      existsSync(bench().at('corrupt_filenames.txt')),
    ]).toEqual([true, true]);
    expect(frames[0]!.seconds).toBeTypeOf('number');
  });

  it('selects whole runs, and extends them', async () => {
    const options = { selectedSequenceLength: 4 };
    await bench().pipeline({ ...options, nSamples: 4 });
    const first = bench().listed();
    expect(await bench().pipeline({ ...options, nSamples: 8 })).toMatchObject({ selected: 4, failed: [] });
    expect(bench().listed().slice(0, 4)).toEqual(first);
    expect(JSON.parse(bench().read('sequence_information.json'))).toHaveLength(2);
  });

  it('goes on past what is broken, tells it each time, and takes it in once it is mended', async () => {
    const broken = join(bench().folder.root, 'broken.mp4');
    writeFileSync(broken, 'no video');
    try {
      for (const embedded of [100, 0]) {
        const outcome = await bench().pipeline();
        expect(outcome.embedded).toBe(embedded);
        expect(outcome.failed.map(({ item, error }) => [item, error.code])).toEqual([
          ['broken.mp4', 'ERR_VIDEO_OPEN'],
        ]);
      }
      expect((JSON.parse(bench().read('run.json')) as { problems: unknown[] }).problems).toHaveLength(1);
      expect((await run(bench().args())).code).toBe(3);
      copyFileSync(join(bench().folder.root, bench().folder.videos[0]!), broken);
      expect(await bench().pipeline()).toMatchObject({ candidates: 120, embedded: 20, failed: [] });
    } finally {
      rmSync(broken);
    }
  });

  it('of images takes all of them', async () => {
    await bench().pipeline({ nSamples: 9 });
    const images = join(bench().root, 'images');
    renameSync(bench().at('frames'), images);
    rmSync(join(images, '.framesift'), { recursive: true });
    rmSync(bench().outDir, { recursive: true });
    const outcome = await bench().pipeline({ input: images, nSamples: 4, choice: undefined });
    expect(outcome).toMatchObject({ candidates: 9, selected: 4, written: 4, failed: [] });
    expect(
      readdirSync(bench().at('frames'), { recursive: true, encoding: 'utf8' }).filter((file) =>
        file.endsWith('.png'),
      ),
    ).toHaveLength(4);
    rmSync(images, { recursive: true });
  });

  it('of names chooses among them', async () => {
    const list = [0, 1, 2].map((video) => bench().folder.nameOf(video, 7));
    const outcome = await bench().pipeline({
      nSamples: 2,
      choice: { kind: 'names', list: [...list, 'none-1-mp4.png'] },
    });
    expect(outcome).toMatchObject({ candidates: 3, selected: 2 });
    expect(outcome.failed.map(({ item }) => item)).toEqual(['none-1-mp4.png']);
  });

  it('only says what it would do, when that is asked', async () => {
    const { plan } = await bench().pipeline({ dryRun: true });
    expect(plan).toMatchObject({ videos: 5, frames: 100 });
    expect(plan!.framesPerSecond).toBeGreaterThan(0);
    expect(existsSync(bench().outDir)).toBe(false);
    const { stdout, code } = await run(bench().args('--dry-run'));
    expect(stdout).toMatch(
      /^would embed 100 frames of 5 videos, decoding \d+ pictures, about \d+\.\d s on this machine; then select, and write to .*out\n$/,
    );
    expect([code, existsSync(bench().outDir)]).toEqual([0, false]);
  });

  it('tells where it is, stage by stage', async () => {
    const stages = new Set<string>();
    await bench().pipeline({
      onProgress: ({ step, stage }) => stages.add(`${step?.number}/${step?.of} ${stage}`),
    });
    expect([...stages].filter((each) => !/writing tables|reading embeddings/.test(each))).toEqual([
      '1/4 counting frames',
      '2/4 embedding',
      '3/4 reading times',
      '3/4 selecting',
      '4/4 extracting',
    ]);
  });
});
