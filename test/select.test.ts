// `select`, from tables and what files say of their frames to lists.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { matrixFromRows } from '../src/base/matrix.ts';
import { Random } from '../src/base/random.ts';
import { ORDER_NAMES } from '../src/curation/order-names.ts';
import { readFrameList } from '../src/frame/list.ts';
import { saveCustomMetadata, saveEmbeddings } from '../src/lightly.ts';
import { type SelectFramesOptions, selectFrames } from '../src/select.ts';
import { unitRows } from '../src/selection/distances.ts';
import { select } from '../src/selection/select.ts';
import { parseSelectionConfig } from '../src/selection/selection-config.ts';
import { run } from './support/command.ts';
import { codeOf } from './support/thrown-by.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'framesift-select-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const table = (): string => join(root, 'embeddings.csv');

/** Frames of two videos, 5 a second, with these embeddings in turn. */
const nameOf = (i: number, each = 50): string => {
  const [video, frame] = [Math.floor(i / each), i % each];
  return `${video === 0 ? 'a' : 'süd/b c'}-${String(frame * 6).padStart(3, '0')}-mp4.png`;
};

const writeTable = (rows: readonly (readonly number[])[], names = rows.map((_, i) => nameOf(i))) => {
  const { data, columns } = matrixFromRows(rows);
  return saveEmbeddings(table(), { data, rows: rows.length, columns }, new Int32Array(rows.length), names);
};

const randomRows = (count: number, dimensions = 6, seed = 1): number[][] => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => Array.from({ length: dimensions }, () => random.normal()));
};

const pick = (options: Partial<SelectFramesOptions> = {}) =>
  selectFrames({ embeddings: table(), ...options });

const names = async (options: Partial<SelectFramesOptions> = {}): Promise<string[]> =>
  (await pick(options)).frames.map(({ filename }) => filename);

const out = (name: string): string => join(root, 'out', name);
const linesOf = (name: string): string[] => {
  const text = readFileSync(out(name), 'utf8');
  return text === '' ? [] : text.trimEnd().split('\n');
};

describe('a selection out of a table', () => {
  it('is that of the strategies, frame by frame', async () => {
    const rows = randomRows(100);
    await writeTable(rows);
    const { frames, candidates, coverageRadius, stoppedBy } = await pick({ nSamples: 20 });
    const expected = await select(
      {
        count: 100,
        rows: unitRows(matrixFromRows(rows)),
        video: rows.map((_, i) => Math.floor(i / 50)),
      },
      { strategies: [{ type: 'diversity' }], count: 20 },
    );
    expect(frames.map(({ filename }) => filename)).toEqual(expected.indices.map((i) => nameOf(i)));
    expect(frames.map(({ distance }) => distance)).toEqual(expected.distanceAtPick);
    expect([candidates, coverageRadius, stoppedBy]).toEqual([100, expected.coverageRadius, 'count']);
    expect(frames[0]).toMatchObject({ rank: 1, reason: 'nearest to the mean of all', scores: {} });
    expect(frames[7]).toMatchObject({ rank: 8, reason: 'diversity' });
  });

  it('is the same in whatever order the table is, and each beginning is the smaller selection', async () => {
    const rows = randomRows(60);
    await writeTable(rows);
    const all = await names({ nSamples: 60 });
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...rows.keys()], { minLength: 60 }),
        fc.integer({ min: 1, max: 60 }),
        async (order, count) => {
          await writeTable(
            order.map((i) => rows[i]!),
            order.map((i) => nameOf(i)),
          );
          expect(await names({ nSamples: count })).toEqual(all.slice(0, count));
        },
      ),
      { numRuns: 10 },
    );
  });

  it('is written as a list, as a table with reasons, and what is left over as lists', async () => {
    await writeTable([
      [1, 0],
      [0, 1],
      [1, 0.01],
      [-1, 0],
    ]);
    await saveCustomMetadata(
      join(root, 'embeddings_metadata.json'),
      [0, 1, 2, 3].map((i) => [nameOf(i), { timestamp_sec: i / 5, sharpness: 10 * i }]),
    );
    const list = out('sampled_filenames.txt');
    const threshold = {
      source: { kind: 'metadata', key: 'sharpness' },
      operation: 'SMALLER',
      threshold: 25,
    } as const;
    const { files } = await pick({ nSamples: 2, out: list, thresholds: [threshold] });
    expect(files).toEqual([list, out('selection.csv'), out('removed_filenames.txt')]);
    expect(linesOf('sampled_filenames.txt')).toEqual([nameOf(2), nameOf(1)]);
    expect(readFileSync(out('selection.csv'), 'utf8')).toBe(
      [
        'rank,filenames,video,frame,seconds,distance,sharpness,reason',
        `1,${nameOf(2)},a.mp4,12,0.4,,20,nearest to the mean of all`,
        `2,${nameOf(1)},a.mp4,6,0.2,1.407125,10,diversity`,
        '',
      ].join('\r\n'),
    );
    expect(linesOf('removed_filenames.txt')).toEqual([nameOf(0), nameOf(3)]);
    const { entries } = await readFrameList(out('selection.csv'));
    expect(entries.map(({ name }) => name)).toEqual([nameOf(2), nameOf(1)]);
    expect(readdirSync(join(root, 'out')).sort()).toEqual([
      'removed_filenames.txt',
      'sampled_filenames.txt',
      'selection.csv',
    ]);
  });

  it('goes into a folder under the usual name', async () => {
    await writeTable(randomRows(4));
    for (const folder of [`${join(root, 'new')}/`, root]) {
      const { files } = await pick({ nSamples: 2, out: folder });
      expect(files[0]).toBe(join(folder, 'sampled_filenames.txt'));
      expect(readFileSync(files[0]!, 'utf8').trimEnd().split('\n')).toHaveLength(2);
    }
  });

  it('leaves files alone that are there, unless it is forced', async () => {
    await writeTable(randomRows(4));
    mkdirSync(join(root, 'out'));
    for (const name of ['selection.csv', 'sampled_filenames.txt']) {
      writeFileSync(out(name), 'mine');
      expect(await codeOf(pick({ nSamples: 2, out: out('sampled_filenames.txt') }))).toBe(
        `ERR_OUTPUT_EXISTS ${out(name)}: is there already. Choose an --out in another folder, or replace what is there with --force.`,
      );
      expect(readFileSync(out(name), 'utf8')).toBe('mine');
      expect(readdirSync(join(root, 'out'))).toEqual([name]);
      rmSync(out(name));
    }
    writeFileSync(out('selection.csv'), 'mine');
    await pick({ nSamples: 2, out: out('sampled_filenames.txt'), force: true });
    expect(linesOf('sampled_filenames.txt')).toHaveLength(2);
  });

  it('takes all that there are when more are asked for', async () => {
    await writeTable(randomRows(5));
    const { frames, stoppedBy } = await pick({ nSamples: 50 });
    expect([frames.length, stoppedBy]).toEqual([5, 'exhausted']);
  });

  it('takes a share, and ends at a distance', async () => {
    await writeTable(randomRows(50));
    expect(await names({ proportionSamples: 0.1 })).toHaveLength(5);
    expect(await names({ proportionSamples: 0.1, nSamples: 3 })).toHaveLength(3);
    const { frames, stoppedBy } = await pick({ minDistance: 0.8 });
    expect(stoppedBy).toBe('distance');
    for (const { distance } of frames.slice(1)) expect(distance).toBeGreaterThanOrEqual(0.8);
  });

  it.each(ORDER_NAMES)('by %s has no frame twice, and as many as are asked for', async (order) => {
    await writeTable(randomRows(60, 16));
    const { frames } = await pick({ order, nSamples: 12, minDistance: order === 'probcover' ? 0.9 : 0.01 });
    const found = frames.map(({ filename }) => filename);
    expect(new Set(found).size).toBe(12);
    expect(frames.every(({ reason }) => reason === order)).toBe(true);
    expect(await names({ order, nSamples: 12, minDistance: order === 'probcover' ? 0.9 : 0.01 })).toEqual(
      found,
    );
  });

  it('by an order heeds what is ignored and what thresholds say', async () => {
    await writeTable(randomRows(30));
    await saveCustomMetadata(
      join(root, 'embeddings_metadata.json'),
      Array.from({ length: 30 }, (_, i) => [nameOf(i), { x: i }]),
    );
    const thresholds = [
      { source: { kind: 'metadata', key: 'x' }, operation: 'BIGGER', threshold: 9 },
    ] as const;
    const found = await names({
      order: 'facility-location',
      nSamples: 30,
      thresholds,
      excluded: [nameOf(12)],
    });
    expect(found.sort()).toEqual(
      Array.from({ length: 20 }, (_, i) => nameOf(i + 10))
        .filter((name) => name !== nameOf(12))
        .sort(),
    );
  });
});

describe('what was selected earlier', () => {
  it('counts, influences, and is not selected again: in a list, or in the table', async () => {
    const rows = randomRows(40);
    await writeTable(rows);
    const all = await names({ nSamples: 15 });
    const continued = await pick({ nSamples: 15, preselected: all.slice(0, 6) });
    expect(continued.preselected).toBe(6);
    expect(continued.frames.map(({ filename }) => filename)).toEqual(all.slice(6));
    // However the list writes them.
    const loosely = all
      .slice(0, 6)
      .map((name) => `./${name.replace(/-0*(\d)/, '-00$1').replace('png', 'jpg')}`);
    expect(await names({ nSamples: 15, preselected: loosely })).toEqual(all.slice(6));
    const isSelected = (i: number): number => Number(all.slice(0, 6).includes(nameOf(i)));
    const lines = rows.map((row, i) => `${nameOf(i)},${row.join(',')},${isSelected(i)},0`);
    writeFileSync(
      table(),
      [`filenames,${rows[0]!.map((_, i) => `embedding_${i}`).join(',')},selected,labels`, ...lines, ''].join(
        '\n',
      ),
    );
    const { preselected, frames } = await pick({ nSamples: 15 });
    expect(preselected).toBe(6);
    expect(new Set(frames.map(({ filename }) => filename))).toEqual(new Set(all.slice(6)));
  });

  it('is enough when as many are asked for', async () => {
    await writeTable(randomRows(10));
    const { frames, preselected } = await pick({
      nSamples: 2,
      preselected: [nameOf(1), nameOf(2), nameOf(3)],
    });
    expect([frames, preselected]).toEqual([[], 3]);
  });

  it('is reported where the table does not have it', async () => {
    await writeTable(randomRows(10));
    writeFileSync(join(root, 'list.txt'), `${nameOf(1)}\nz-1-mp4.png\n`);
    const { frames, failed } = await pick({ nSamples: 3, preselected: join(root, 'list.txt') });
    expect(frames).toHaveLength(2);
    expect(failed.map(({ item, error }) => [item, error.message])).toEqual([
      [
        'z-1-mp4.png',
        `${join(root, 'list.txt')}, line 2: z-1-mp4.png: there is no such frame in ${table()}, so that it has no influence.`,
      ],
    ]);
  });

  it('is remembered by a datapool, with what the next table does not have', async () => {
    const rows = randomRows(60);
    await writeTable(rows);
    const all = await names({ nSamples: 30 });
    const datapool = join(root, 'pool');
    const found: string[] = [];
    for (const count of [5, 10, 15]) found.push(...(await names({ nSamples: count, datapool })));
    expect(found).toEqual(all);
    const { entries } = await readFrameList(join(datapool, 'embeddings.csv'));
    expect(entries.map(({ name }) => name)).toEqual(all);
    // Another table: nothing in it is like what is in the pool.
    const others = [...randomRows(20, 6, 2), rows[Number(all[0]!.slice(-11, -8)) / 6]!];
    await writeTable(
      others,
      others.map((_, i) => `new-${i}-mp4.png`),
    );
    const { frames, preselected } = await pick({ nSamples: 20, minDistance: 0.01, datapool });
    expect([frames.length, preselected]).toEqual([20, 30]);
    expect(frames.map(({ filename }) => filename)).not.toContain('new-20-mp4.png');
    await writeTable(randomRows(5, 4));
    expect(await codeOf(pick({ nSamples: 2, datapool }))).toMatch(
      /^ERR_SHAPE .*its embeddings have 6 values, those of the table have 4/,
    );
  });

  it('is in a datapool whoever selects at the same time: nobody forgets what another one selected', async () => {
    const rows = randomRows(5000, 64);
    await writeTable(
      rows,
      rows.map((_, i) => `many-${i}-mp4.png`),
    );
    const datapool = join(root, 'pool');
    const finished = await Promise.all(
      [1, 2, 3, 4].map((seed) =>
        run([
          'select',
          table(),
          '-n',
          '50',
          '--strategy',
          'random',
          '--seed',
          `${seed}`,
          '--datapool',
          datapool,
        ]),
      ),
    );
    const done = finished.filter(({ code }) => code === 0);
    expect(done).not.toEqual([]);
    for (const { stderr } of finished.filter(({ code }) => code !== 0))
      expect(stderr).toMatch(/another framesift \(process \d+\) is writing to this folder/);
    const { entries } = await readFrameList(join(datapool, 'embeddings.csv'));
    const remembered = entries.map(({ name }) => name).sort();
    expect(remembered).toEqual(done.flatMap(({ stdout }) => stdout.trimEnd().split('\n')).sort());
    expect(readdirSync(datapool)).toEqual(['embeddings.csv']);
  });

  it('stays selected though a filter would leave it out, and what is ignored does not', async () => {
    await writeTable(randomRows(6));
    await saveCustomMetadata(
      join(root, 'embeddings_metadata.json'),
      Array.from({ length: 6 }, (_, i) => [nameOf(i), { luminance: i < 3 ? 2 : 90 }]),
    );
    const options = { nSamples: 6, filters: [{ name: 'black' }] } as const;
    const { frames, preselected, removed } = await pick({
      ...options,
      preselected: [nameOf(0)],
      excluded: [nameOf(5)],
    });
    expect(preselected).toBe(1);
    expect(frames.map(({ filename }) => filename).sort()).toEqual([nameOf(3), nameOf(4)]);
    expect(removed.map(({ filename, reason, value, limit }) => [filename, reason, value, limit])).toEqual(
      [0, 1, 2].map((i) => [nameOf(i), 'black', 2, 12]),
    );
    expect(await codeOf(pick({ nSamples: 2, preselected: [nameOf(1)], excluded: [nameOf(1)] }))).toMatch(
      /^ERR_CONSTRAINTS preselected .* and excluded .* contradict each other/,
    );
  });
});

describe('what files say of frames', () => {
  const metadataOf = (values: (i: number) => Record<string, string | number>, count = 12) =>
    saveCustomMetadata(
      join(root, 'embeddings_metadata.json'),
      Array.from({ length: count }, (_, i) => [nameOf(i), values(i)]),
    );

  it('weighs, balances and filters, as Lightly’s configuration says it', async () => {
    await writeTable(randomRows(12));
    await metadataOf((i) => ({ x: i, weather: i % 4 === 0 ? 'rain' : 'sun' }));
    const config = parseSelectionConfig(
      {
        n_samples: 6,
        strategies: [
          {
            input: { type: 'METADATA', key: 'weather' },
            strategy: { type: 'BALANCE', distribution: 'UNIFORM' },
          },
          {
            input: { type: 'METADATA', key: 'x' },
            strategy: { type: 'THRESHOLD', threshold: 8, operation: 'SMALLER_EQUAL' },
          },
        ],
      },
      'selection.json',
    );
    const { frames } = await pick({ selectionConfig: config, strategies: [] });
    const picked = frames.map(({ filename }) => Number(/-(\d+)-/.exec(filename)![1]) / 6);
    expect(picked.filter((i) => i % 4 === 0)).toEqual([0, 4, 8]);
    expect(picked).toHaveLength(6);
    expect(Math.max(...picked)).toBe(8);
    const weights = { type: 'weights', source: { kind: 'metadata', key: 'x' } } as const;
    const heaviest = await pick({ nSamples: 3, strategies: [weights] });
    expect(heaviest.frames.map(({ filename, scores, reason }) => [filename, scores, reason])).toEqual(
      [11, 10, 9].map((x) => [nameOf(x), { x }, 'x']),
    );
  });

  it('keeps frames apart in time, where it tells times', async () => {
    await writeTable(randomRows(12));
    expect(await codeOf(pick({ nSamples: 5, minGapSeconds: 1 }))).toMatch(
      /^ERR_OPTION to keep frames apart in time, their times must be known/,
    );
    await metadataOf((i) => ({ timestamp_sec: i / 5 }));
    const { frames, stoppedBy } = await pick({ nSamples: 12, minGapSeconds: 1 });
    const seconds = frames.map((frame) => frame.seconds!).sort((a, b) => a - b);
    for (const [i, each] of seconds.slice(1).entries()) expect(each - seconds[i]!).toBeGreaterThanOrEqual(1);
    expect(stoppedBy).toBe('exhausted');
  });

  it('finds what is like queries', async () => {
    await writeTable([
      [1, 0],
      [0, 1],
      [0.9, 0],
      [0.5, 0.5],
    ]);
    const queries = join(root, 'queries.csv');
    await saveEmbeddings(queries, { data: Float32Array.of(0, 2), rows: 1, columns: 2 }, [0], ['q.png']);
    expect(await names({ nSamples: 2, strategies: [{ type: 'similarity' }], queries })).toEqual([
      nameOf(1),
      nameOf(3),
    ]);
    expect(await codeOf(pick({ nSamples: 2, strategies: [{ type: 'similarity' }] }))).toMatch(
      /^ERR_OPTION a strategy, a threshold or a filter needs embeddings of what to look for/,
    );
  });

  it('takes scores of predictions', async () => {
    await writeTable(randomRows(3));
    const folder = join(root, '.lightly', 'predictions');
    mkdirSync(join(folder, 'weather'), { recursive: true });
    writeFileSync(join(folder, 'tasks.json'), '["weather"]');
    const categories = [
      { id: 0, name: 'sun' },
      { id: 1, name: 'rain' },
    ];
    writeFileSync(
      join(folder, 'weather', 'schema.json'),
      JSON.stringify({ task_type: 'classification', categories }),
    );
    for (const [i, p] of [0.9, 0.5, 0.7].entries()) {
      const predictions = [{ category_id: 0, probabilities: [p, 1 - p] }];
      writeFileSync(
        join(folder, 'weather', nameOf(i).replace('.png', '.json')),
        JSON.stringify({ file_name: nameOf(i), predictions }),
      );
    }
    const source = { kind: 'score', task: 'weather', score: 'uncertainty_margin' } as const;
    const { frames } = await pick({
      nSamples: 3,
      strategies: [{ type: 'weights', source }],
      predictions: root,
    });
    expect(frames.map(({ filename }) => filename)).toEqual([nameOf(1), nameOf(2), nameOf(0)]);
    expect(Object.keys(frames[0]!.scores)).toEqual(['score:weather/uncertainty_margin']);
  });

  it('that is missing is said to be: which key, which frames', async () => {
    await writeTable(randomRows(12));
    await metadataOf((i): Record<string, string | number> => (i < 5 ? { x: 1 } : {}));
    const source = { kind: 'metadata', key: 'x' } as const;
    expect(await codeOf(pick({ nSamples: 2, strategies: [{ type: 'weights', source }] }))).toContain(
      `ERR_METADATA ${join(root, 'embeddings_metadata.json')}: 7 of 12 frames have no "x", the first is ${nameOf(5)}`,
    );
    const other = { kind: 'metadata', key: 'y' } as const;
    expect(await codeOf(pick({ nSamples: 2, strategies: [{ type: 'weights', source: other }] }))).toMatch(
      /^ERR_OPTION .*no frame has "y"/,
    );
    const rest = Array.from({ length: 7 }, (_, i) => nameOf(i + 5));
    expect(
      await names({ nSamples: 12, strategies: [{ type: 'weights', source }], excluded: rest }),
    ).toHaveLength(5);
    rmSync(join(root, 'embeddings_metadata.json'));
    expect(await codeOf(pick({ nSamples: 2, filters: [{ name: 'black' }] }))).toBe(
      'ERR_OPTION a strategy, a threshold or a filter needs metadata of the frames. Give metadata (--metadata-from PATH), or embed with --metadata.',
    );
  });
});

describe('a list of frames to ignore', () => {
  it('may name others, too, but not only others', async () => {
    await writeTable(randomRows(6));
    const some = await pick({ nSamples: 6, excluded: [nameOf(0), 'z-1-mp4.png'] });
    expect([some.frames.length, some.failed]).toEqual([5, []]);
    const none = await pick({ nSamples: 6, excluded: ['z-1-mp4.png'] });
    expect([none.frames.length, none.failed.map(({ item }) => item)]).toEqual([6, ['z-1-mp4.png']]);
  });
});

describe('whole runs of frames', () => {
  it('are told with what is known of them', async () => {
    await writeTable(randomRows(6));
    await pick({ nSamples: 4, selectedSequenceLength: 2, out: out('runs.txt') });
    const runs = JSON.parse(readFileSync(out('sequence_information.json'), 'utf8')) as Record<
      string,
      unknown
    >[];
    expect(runs.flatMap((each) => each['frame_names'])).toEqual(linesOf('runs.txt'));
    expect(runs.map((each) => Object.keys(each))).toEqual(
      [0, 1].map(() => ['video_name', 'frame_names', 'frame_indices']),
    );
    await writeTable(
      randomRows(6),
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `day/${name}.png`),
    );
    await pick({ nSamples: 4, selectedSequenceLength: 2, out: out('runs.txt'), force: true });
    const images = JSON.parse(readFileSync(out('sequence_information.json'), 'utf8')) as Record<
      string,
      unknown
    >[];
    expect(images.flatMap((each) => each['filenames'])).toEqual(linesOf('runs.txt'));
  });
});

describe('a table that fights back', () => {
  it('with embeddings that are zero or no numbers: these are left out and reported', async () => {
    await writeTable([
      [1, 0],
      [0, 0],
      [0, 1],
      [Number.NaN, 1],
      [Number.POSITIVE_INFINITY, 1],
    ]);
    const { frames, failed, candidates } = await pick({ nSamples: 5 });
    expect([frames.length, candidates]).toEqual([2, 2]);
    expect(failed.map(({ error }) => error.message)).toEqual([
      `${nameOf(1)}: its embedding is all zeros and has no direction, so that it was left out.`,
      `${nameOf(3)}: its embedding has numbers that are not finite, so that it was left out.`,
      `${nameOf(4)}: its embedding has numbers that are not finite, so that it was left out.`,
    ]);
  });

  it('of identical embeddings: they are picked in their order, and at a distance of 0', async () => {
    await writeTable(new Array(5).fill([1, 2]));
    const { frames } = await pick({ nSamples: 3 });
    expect(frames.map(({ filename, distance }) => [filename, distance])).toEqual([
      [nameOf(0), undefined],
      [nameOf(1), 0],
      [nameOf(2), 0],
    ]);
    expect(await names({ minDistance: 0.1 })).toHaveLength(1);
  });

  it('with nothing in it', async () => {
    writeFileSync(table(), 'filenames,embedding_0,labels\n');
    expect(await pick({ nSamples: 3 })).toMatchObject({ frames: [], candidates: 0 });
  });

  it('with the same frame under two names', async () => {
    await writeTable(randomRows(2), ['a-1-mp4.png', 'a-01-mp4.jpg']);
    expect(await codeOf(pick({ nSamples: 1 }))).toBe(
      `ERR_EMBEDDINGS ${table()}: a-1-mp4.png and a-01-mp4.jpg are the same frame. Keep one of them.`,
    );
  });

  it.each<[Partial<SelectFramesOptions>, string]>([
    [{}, 'ERR_OPTION how many frames?'],
    [
      { nSamples: 2, order: 'dpp', minGapSeconds: 1 },
      'ERR_CONSTRAINTS strategy dpp and minGapSeconds contradict each other',
    ],
    [
      { nSamples: 2, order: 'dpp', strategies: [{ type: 'diversity' }] },
      'ERR_CONSTRAINTS strategy dpp and other strategies contradict',
    ],
    [
      { nSamples: 2, order: 'dpp', perVideo: { max: 2 } },
      'ERR_CONSTRAINTS strategy dpp and perVideo contradict each other',
    ],
    [
      { nSamples: 2, order: 'zcore', preselected: [nameOf(0)] },
      'ERR_CONSTRAINTS zcore and frames that are selected already contradict',
    ],
    [{ nSamples: 2, order: 'probcover' }, 'ERR_OPTION probcover needs a distance in [0, 2]'],
    [
      { nSamples: 1, perVideo: { min: 2 } },
      'ERR_CONSTRAINTS perVideo.min 2 and count 1 contradict each other',
    ],
    [
      { nSamples: 4, perVideo: { min: 2, max: 1 } },
      'ERR_CONSTRAINTS perVideo.min 2 and perVideo.max 1 contradict each other',
    ],
    [
      { nSamples: 3, selectedSequenceLength: 2 },
      'ERR_OPTION count 3: expected a multiple of selectedSequenceLength 2',
    ],
    [
      { nSamples: 4, selectedSequenceLength: 2, datapool: 'pool' },
      'ERR_CONSTRAINTS datapool and selectedSequenceLength contradict',
    ],
  ])('and %j: %s', async (options, message) => {
    await writeTable(randomRows(6));
    expect(await codeOf(pick(options))).toContain(message);
  });
});
