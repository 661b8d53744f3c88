// `select` as a user runs it: pipes, configuration, exit codes.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { saveEmbeddings } from '../../src/lightly.ts';
import { selectFrames } from '../../src/select.ts';
import { run } from '../support/command.ts';
import { makeNumberedFolder, type NumberedFolder } from '../support/folder.ts';

let root: string;
let folder: NumberedFolder;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'framesift-select-'));
  folder = makeNumberedFolder(join(root, 'videos'), 2, 60);
}, 60_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const table = (): string => join(root, 'embeddings.csv');
const out = (name: string): string => join(root, 'out', name);

const everyTenth = (): string[] =>
  [0, 1].flatMap((video) => Array.from({ length: 6 }, (_, i) => folder.nameOf(video, 10 * i)));

const names = async (nSamples: number): Promise<string[]> =>
  (await selectFrames({ embeddings: table(), nSamples })).frames.map(({ filename }) => filename);

beforeEach(async () => {
  const random = new Random(1);
  const data = Float32Array.from({ length: 12 * 6 }, () => random.normal());
  await saveEmbeddings(table(), { data, rows: 12, columns: 6 }, new Int32Array(12), everyTenth());
});

describe('select on the command line', () => {
  it('goes into extract through a pipe, and names are the only output', async () => {
    const { stdout, stderr, code } = await run(['select', table(), '-n', '5']);
    expect([code, stderr.replace(/\d\.\d s/, 'T')]).toEqual([
      0,
      expect.stringMatching(/^5 of 12 frames selected, T; none is further than [\d.]+ from one of them\n$/),
    ]);
    expect(stdout.trimEnd().split('\n')).toEqual(await names(5));
    const extracted = await run(
      ['extract', folder.root, '--filenames', '-', '--out', join(root, 'frames'), '--quiet'],
      { input: stdout },
    );
    expect(extracted.code).toBe(0);
    for (const name of stdout.trimEnd().split('\n'))
      expect(existsSync(join(root, 'frames', name))).toBe(true);
  });

  it('selects whole runs, and tells their exact times', async () => {
    const list = out('runs.txt');
    const { code, stderr } = await run([
      'select',
      table(),
      '-n',
      '4',
      '--sequence-length',
      '2',
      '--videos',
      folder.root,
      '--out',
      list,
    ]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('4 of 12 frames selected')]);
    const runs = JSON.parse(readFileSync(out('sequence_information.json'), 'utf8')) as Record<
      string,
      unknown
    >[];
    expect(runs.flatMap((each) => each['frame_names'])).toEqual(
      readFileSync(list, 'utf8').trimEnd().split('\n'),
    );
    for (const each of runs) {
      const [first, second] = each['frame_indices'] as number[];
      expect(second! - first!).toBe(10);
      for (const [i, seconds] of (each['frame_timestamps_sec'] as number[]).entries())
        expect(seconds).toBeCloseTo([first!, second!][i]! / 30, 3);
      expect((each['frame_timestamps_pts'] as number[]).every(Number.isInteger)).toBe(true);
      expect(folder.videos).toContain(each['video_name']);
    }
  });

  it('keeps frames apart in time by their videos', async () => {
    const { stdout } = await run([
      'select',
      table(),
      '-n',
      '12',
      '--min-gap',
      '0.8',
      '--videos',
      folder.root,
      '--json',
      '--quiet',
    ]);
    const frames = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ type }) => type === 'frame');
    expect(frames.length).toBeGreaterThan(2);
    for (const a of frames)
      for (const b of frames)
        if (a !== b && a['video'] === b['video'])
          expect(Math.abs(Number(a['seconds']) - Number(b['seconds']))).toBeGreaterThanOrEqual(0.8 - 1e-9);
  });

  it('takes Lightly’s configuration for its own, and other verbs do not', async () => {
    const config = join(root, 'selection.json');
    writeFileSync(
      config,
      JSON.stringify({
        n_samples: 3,
        strategies: [{ input: { type: 'EMBEDDINGS' }, strategy: { type: 'DIVERSITY' } }],
      }),
    );
    const expected = await names(4);
    for (const flag of ['--config', '--selection']) {
      expect((await run(['select', table(), flag, config, '--quiet'])).stdout.trimEnd().split('\n')).toEqual(
        expected.slice(0, 3),
      );
      expect(
        (await run(['select', table(), flag, config, '-n', '4', '--quiet'])).stdout.trimEnd().split('\n'),
      ).toEqual(expected);
    }
    const { code, stderr } = await run(['list', folder.root, '--config', config]);
    expect([code, stderr]).toEqual([
      2,
      `error: ${config}, line 1: this is a selection_config of Lightly, which is for select and run.\n`,
    ]);
    writeFileSync(config, JSON.stringify({ n_sample: 3, strategies: [] }));
    expect((await run(['select', table(), '--config', config])).stderr).toBe(
      `error: ${config}: unknown key "n_sample". Did you mean n_samples?\n`,
    );
  });

  it('ends with 4 when there is nothing to select, and with 3 when something failed', async () => {
    writeFileSync(join(root, 'all.txt'), `${everyTenth().join('\n')}\n`);
    const nothing = await run(['select', table(), '-n', '3', '--ignore', join(root, 'all.txt')]);
    expect([nothing.code, nothing.stderr]).toEqual([
      4,
      `nothing to select in ${table()}: no frame may be picked\n`,
    ]);
    writeFileSync(join(root, 'all.txt'), 'z-1-mp4.png\n');
    const failed = await run(['select', table(), '-n', '3', '--preselected', join(root, 'all.txt')]);
    expect([failed.code, failed.stderr]).toEqual([3, expect.stringContaining('failed: ')]);
    expect(failed.stdout.trimEnd().split('\n')).toHaveLength(3);
  });
});
