// Embeddings from the outside: real videos, a real runtime, networks small enough to know what they must answer.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import type { Progress } from '../src/base/progress.ts';
import { saveImage } from '../src/image/save.ts';
import { loadEmbeddings } from '../src/lightly.ts';
import { openVideo } from '../src/video/video.ts';
import { run, start } from './support/command.ts';
import { corpusDirectory } from './support/corpus.ts';
import { random } from './support/damage.ts';
import { type EmbeddingBench, meanOf, OWN_SIZE, useEmbeddingBench } from './support/embedding.ts';
import { fillDisk, onSmallDisk } from './support/small-disk.ts';
import { codeOf } from './support/thrown-by.ts';

const bench = useEmbeddingBench(6, 100);
const embed: EmbeddingBench['embed'] = (options) => bench().embed(options);
const table: EmbeddingBench['table'] = (name) => bench().table(name);
const toy: EmbeddingBench['toy'] = (name, options) => bench().toy(name, options);

describe('a table of embeddings', () => {
  it('has a row for each frame, in the order of the dataset, with its own picture’s values', async () => {
    const outcome = await embed();
    expect(outcome).toMatchObject({ rows: 60, dimensions: 3, failed: [], resumed: 0, device: 'cpu' });
    const { filenames, labels, embeddings } = await loadEmbeddings(table());
    const tens = Array.from({ length: 10 }, (_, i) => i * 10);
    expect(filenames).toEqual(
      bench().folder.videos.flatMap((_, position) =>
        tens.map((index) => bench().folder.nameOf(position, index)),
      ),
    );
    expect([...labels]).toEqual(bench().folder.videos.flatMap((_, position) => tens.map(() => position)));
    for (const position of [0, 3, 5]) {
      using video = await openVideo(join(bench().folder.root, bench().folder.videos[position]!), {
        cache: false,
      });
      for (const [i, index] of tens.entries()) {
        const { image } = await video.frameAt(index);
        const row = (position * 10 + i) * 3;
        for (const [channel, value] of meanOf(image.data).entries())
          expect(embeddings.data[row + channel]).toBeCloseTo(value, 4);
      }
    }
    expect(readdirSync(bench().out).sort()).toEqual(['embeddings.csv', 'embeddings_pca.csv']);
  });

  it('is the same whatever the batch and the number of workers', async () => {
    await embed();
    const reference = readFileSync(table(), 'utf8');
    for (const [name, options] of Object.entries({
      single: { batchSize: 1 },
      three: { batchSize: 3, jobs: 1 },
      many: { batchSize: 64, jobs: 4 },
    })) {
      await embed({ out: table(`${name}.csv`), ...options });
      expect(readFileSync(table(`${name}.csv`), 'utf8') === reference, name).toBe(true);
    }
  });

  it('has its principal components beside it', async () => {
    const { pca } = await embed();
    expect(pca?.path).toBe(table('embeddings_pca.csv'));
    const projected = await loadEmbeddings(table('embeddings_pca.csv'));
    const { filenames, labels } = await loadEmbeddings(table());
    expect(projected).toMatchObject({ filenames, embeddings: { rows: 60, columns: 2 } });
    expect(projected.labels).toEqual(labels);
    expect(pca!.explainedVarianceRatio.reduce((sum, share) => sum + share, 0)).toBeGreaterThan(0.9);
    const again = await embed({ out: table('plain.csv'), pca: false });
    expect({ pca: again.pca, exists: existsSync(table('plain_pca.csv')) }).toEqual({
      pca: undefined,
      exists: false,
    });
  });

  it('of a list holds the frames that it names, and says what it could not have', async () => {
    const names = [
      bench().folder.nameOf(4, 7),
      bench().folder.nameOf(1, 99),
      'day 9/none-0-mp4.png',
      bench().folder.nameOf(1, 2),
    ];
    const { failed } = await embed({ choice: { kind: 'names', list: names } });
    expect(failed.map(({ item, error }) => [item, error.code])).toEqual([
      ['day 9/none-0-mp4.png', 'ERR_NOT_FOUND'],
    ]);
    const { filenames } = await loadEmbeddings(table());
    expect(filenames).toEqual([
      bench().folder.nameOf(1, 2),
      bench().folder.nameOf(1, 99),
      bench().folder.nameOf(4, 7),
    ]);
  });

  it('may be Parquet, with the same rows and its principal components beside it', async () => {
    await embed();
    const { table: written, pca, metadata } = await embed({ out: table('e.parquet'), metadata: true });
    expect([written, pca?.path, metadata]).toEqual([
      table('e.parquet'),
      table('e_pca.parquet'),
      table('e_metadata.json'),
    ]);
    expect(readdirSync(bench().out).sort()).toEqual([
      'e.parquet',
      'e_metadata.json',
      'e_pca.parquet',
      'embeddings.csv',
      'embeddings_pca.csv',
    ]);
    for (const ending of ['', '_pca']) {
      const [csv, parquet] = [table(`embeddings${ending}.csv`), table(`e${ending}.parquet`)];
      expect(await loadEmbeddings(parquet, { type: 'float32' })).toEqual(
        await loadEmbeddings(csv, { type: 'float32' }),
      );
    }
    const bytes = readFileSync(table('e.parquet'));
    const file = new Uint8Array(bytes).buffer;
    expect(parquetMetadata(file).key_value_metadata).toEqual([{ key: 'model', value: 'own-size' }]);
    await embed({ out: table('e.parquet'), force: true, jobs: 1, batchSize: 4 });
    expect(readFileSync(table('e.parquet')).equals(bytes)).toBe(true);
  });

  it('can number folders, and scale rows to length 1', async () => {
    await embed({ labels: 'folder', normalize: true });
    const { labels, embeddings } = await loadEmbeddings(table());
    expect(new Set(labels)).toEqual(new Set([0]));
    for (let row = 0; row < embeddings.rows; row++) {
      const [a, b, c] = embeddings.data.subarray(row * 3, row * 3 + 3);
      expect(Math.hypot(a!, b!, c!)).toBeCloseTo(1, 5);
    }
  });

  it('of a folder of images has their paths, and their folders as labels', async () => {
    const images = join(bench().temporary, 'images');
    using video = await openVideo(join(bench().folder.root, bench().folder.videos[0]!), { cache: false });
    for (const [path, index] of [
      ['b/two.png', 2],
      ['a/one.png', 1],
    ] as const) {
      mkdirSync(join(images, path, '..'), { recursive: true });
      await saveImage((await video.frameAt(index)).image, join(images, path));
    }
    await embed({ input: images, choice: { kind: 'sample', sampler: {} } });
    const { filenames, labels, embeddings } = await loadEmbeddings(table());
    expect({ filenames, labels: [...labels] }).toEqual({
      filenames: ['a/one.png', 'b/two.png'],
      labels: [0, 1],
    });
    const { image } = await video.frameAt(1);
    for (const [channel, value] of meanOf(image.data).entries())
      expect(embeddings.data[channel]).toBeCloseTo(value, 4);
  });

  it('leaves damaged frames out and reports them', async () => {
    const clips = await corpusDirectory();
    const input = join(bench().temporary, 'damaged');
    mkdirSync(input);
    copyFileSync(join(clips, 'noise.mp4'), join(input, 'noise.mp4'));
    const { rows, failed } = await embed({ input, choice: { kind: 'sample', sampler: {} } });
    expect(rows).toBeGreaterThan(0);
    expect(failed.length).toBeGreaterThan(0);
    expect(new Set(failed.map(({ error }) => error.code))).toEqual(new Set(['ERR_FRAME_DAMAGED']));
    expect((await loadEmbeddings(table())).filenames).toHaveLength(rows);
  });
});

it('an unreadable video fails with the names that were wanted of it, and no other', async () => {
  const input = join(bench().temporary, 'one broken');
  mkdirSync(input);
  copyFileSync(join(bench().folder.root, bench().folder.videos[0]!), join(input, 'sound.mp4'));
  writeFileSync(join(input, 'broken.mp4'), 'no video');
  const list = ['broken-007-mp4.png', 'sound-007-mp4.png', 'broken-008-mp4.png'];
  const { rows, failed } = await embed({ input, choice: { kind: 'names', list } });
  expect({ rows, failed: failed.map(({ item, error }) => `${item} ${error.code}`) }).toEqual({
    rows: 1,
    failed: ['broken-007-mp4.png ERR_VIDEO_OPEN', 'broken-008-mp4.png ERR_VIDEO_OPEN'],
  });
});

describe('a table that is there already', () => {
  it('is replaced only with force', async () => {
    await embed();
    expect(await codeOf(embed())).toMatch(
      /^ERR_OUTPUT_EXISTS .*is there already\. Choose another --out, or replace it/,
    );
    expect(await embed({ force: true })).toMatchObject({ rows: 60, resumed: 0 });
  });

  it('half done with another model is not mixed', async () => {
    const controller = new AbortController();
    const broken = embed({
      signal: controller.signal,
      choice: { kind: 'sample', sampler: {} },
      onProgress: ({ done }) => {
        if (done > 100) controller.abort();
      },
    });
    await expect(broken).rejects.toThrow('aborted');
    expect(readdirSync(bench().out)).toEqual(['embeddings.csv.partial']);
    const other = toy('other', { ...OWN_SIZE, output: 'tokens' });
    expect(await codeOf(embed({ model: other }))).toMatch(
      /^ERR_OUTPUT_EXISTS .*embeddings of own-size on cpu/,
    );
    const { resumed, rows } = await embed({ choice: { kind: 'sample', sampler: {} } });
    expect({ rows, isContinued: resumed > 100 }).toEqual({ rows: 600, isContinued: true });
  });
});

it.for(['csv', 'parquet'])(
  'a full disk: the old table of %s stays, and the next run only writes (skipped where no small disk can be made)',
  async (format, { skip }) => {
    const place = table(`embeddings.${format}`);
    await onSmallDisk(skip, bench().out, async () => {
      writeFileSync(place, 'old');
      let ballast: string | undefined;
      const onProgress = ({ done }: Progress): void => {
        if (done === 60) ballast ??= fillDisk(bench().out);
      };
      expect(await codeOf(embed({ out: place, force: true, onProgress }))).toBe(
        `ERR_WRITE ${join(`${place}.partial`, `embeddings.${format}`)}: cannot be written: the disk is full. Free some space and run the same command again: it continues where it was.`,
      );
      expect(readFileSync(place, 'utf8')).toBe('old');
      rmSync(ballast!);
      expect(await embed({ out: place })).toMatchObject({ rows: 60, resumed: 60, table: place });
      expect((await loadEmbeddings(place)).labels).toHaveLength(60);
      expect(readdirSync(bench().out).sort()).toEqual([`embeddings.${format}`, `embeddings_pca.${format}`]);
    });
  },
);

describe('the command', () => {
  const args = (...more: string[]): string[] => [
    ...[
      'embed',
      bench().folder.root,
      '--model',
      bench().model,
      '--device',
      'cpu',
      '--metadata',
      '--cache',
      join(bench().temporary, 'cache'),
      '--quiet',
    ],
    ...more,
  ];

  it('writes the paths of its tables, or a record', async () => {
    const { code, stdout, stderr } = await run(args('--count', '2', '--out', table()));
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `${table()}\n${table('embeddings_pca.csv')}\n${table('embeddings_metadata.json')}\n`,
      stderr: '',
    });
    const json = await run(args('--count', '2', '--out', table('json.csv'), '--json'));
    expect(JSON.parse(json.stdout)).toMatchObject({
      type: 'summary',
      rows: 12,
      dimensions: 3,
      device: 'cpu',
      failed: 0,
    });
  });

  it('survives interruption and sudden death at random moments, and ends as the same bytes', async () => {
    await embed({ choice: { kind: 'sample', sampler: {} }, metadata: true });
    const files = ['.csv', '_pca.csv', '_metadata.json'];
    const references = files.map((ending) => readFileSync(table(`embeddings${ending}`)));
    const moments = random(11);
    const broken = { SIGKILL: 0, SIGINT: 0 };
    for (let attempt = 0; attempt < 80 && broken.SIGKILL < 20; attempt++) {
      const path = table(`try ${attempt}.csv`);
      const signal = attempt % 5 === 0 ? 'SIGINT' : 'SIGKILL';
      const first = start(args('--out', path));
      const timer = setTimeout(() => first.child.kill(signal), 200 + moments() * 450);
      const ended = await first.finished;
      clearTimeout(timer);
      const [reference] = references;
      if (existsSync(path)) expect(readFileSync(path).equals(reference!), 'whole, or not there').toBe(true);
      // It may have been through when it was hit.
      if (ended.code === 0 || (existsSync(path) && !existsSync(`${path}.partial`))) rmSync(path);
      else broken[signal]++;
      const second = await run(args('--out', path));
      expect({ attempt, code: second.code, stderr: second.stderr }).toEqual({ attempt, code: 0, stderr: '' });
      for (const [i, ending] of files.entries()) {
        const found = readFileSync(path.replace('.csv', ending));
        expect(found.equals(references[i]!), `attempt ${attempt}, ${ending}`).toBe(true);
      }
    }
    expect(broken.SIGKILL).toBe(20);
    expect(broken.SIGINT).toBeGreaterThan(0);
    expect(readdirSync(bench().out).filter((file) => !files.some((ending) => file.endsWith(ending)))).toEqual(
      [],
    );
  }, 300_000);
});
