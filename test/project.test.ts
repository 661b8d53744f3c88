// Tables of embeddings projected and compared, from the outside.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matrixOf, rowOf } from '../src/base/matrix.ts';
import { Random } from '../src/base/random.ts';
import { knnAccuracy } from '../src/knn.ts';
import { loadEmbeddings, saveEmbeddings } from '../src/lightly.ts';
import { fitPca } from '../src/linalg/fit-pca.ts';
import { type ProjectOptions, projectEmbeddings } from '../src/project.ts';
import { saveEmbeddingRowsAsParquet } from '../src/table/parquet.ts';
import { run } from './support/command.ts';
import { codeOf } from './support/thrown-by.ts';

const CLASSES = 4;
const ROWS = 240;
const COLUMNS = 16;

let folder = '';
let file = '';

/** Clusters about random centres, one for each class. */
const clusters = (seed: number, spread: number) => {
  const centres = new Random(1);
  const noise = new Random(seed);
  const middle = Float32Array.from({ length: CLASSES * COLUMNS }, () => centres.normal());
  const labels = Array.from({ length: ROWS }, (_, row) => row % CLASSES);
  const data = Float32Array.from(
    { length: ROWS * COLUMNS },
    (_, i) =>
      middle[(Math.floor(i / COLUMNS) % CLASSES) * COLUMNS + (i % COLUMNS)]! + spread * noise.normal(),
  );
  return {
    matrix: matrixOf(data, ROWS, COLUMNS),
    labels,
    names: labels.map((_, row) => `clip-${row}-mp4.png`),
  };
};

const write = async (name: string, seed: number, spread: number): Promise<string> => {
  const { matrix, labels, names } = clusters(seed, spread);
  const path = join(folder, name);
  await saveEmbeddings(path, matrix, labels, names);
  return path;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'framesift-'));
  file = await write('embeddings.csv', 2, 0.2);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const refusal = (options: Partial<ProjectOptions>): Promise<string> =>
  codeOf(projectEmbeddings({ file, force: true, ...options }));

/** Share of rows whose nearest other row has the same label. */
const purity = async (path: string): Promise<number> => {
  const { embeddings, labels } = await loadEmbeddings(path);
  const { data, rows, columns } = embeddings;
  let same = 0;
  for (let i = 0; i < rows; i++) {
    let [nearest, least] = [-1, Number.POSITIVE_INFINITY];
    for (let j = 0; j < rows; j++) {
      let distance = 0;
      for (let c = 0; c < columns; c++) distance += (data[i * columns + c]! - data[j * columns + c]!) ** 2;
      if (j !== i && distance < least) [nearest, least] = [j, distance];
    }
    if (labels[nearest] === labels[i]) same++;
  }
  return same / rows;
};

describe('project', () => {
  it('writes principal components beside the table, with its names and labels', async () => {
    const { table, explainedVarianceRatio } = await projectEmbeddings({ file });
    expect(table).toBe(join(folder, 'embeddings_pca.csv'));
    const found = await loadEmbeddings(table, { type: 'float32' });
    const { matrix, labels, names } = clusters(2, 0.2);
    const pca = await fitPca(matrix);
    const expected = await pca.transform(matrix);
    expect(found.embeddings).toEqual({ data: expected.data, rows: ROWS, columns: 2 });
    expect({ names: found.filenames, labels: found.labels }).toEqual({ names, labels });
    expect(explainedVarianceRatio).toEqual([...pca.explainedVarianceRatio]);
  });

  it('reads and writes Parquet, by the name of the table', async () => {
    const { matrix, labels, names } = clusters(2, 0.2);
    const parquet = join(folder, 'same.parquet');
    const rows = names.map((filename, i) => ({ filename, embedding: rowOf(matrix, i), label: labels[i]! }));
    await saveEmbeddingRowsAsParquet(parquet, COLUMNS, rows);
    const out = join(folder, 'from csv.PARQUET');
    const own = await projectEmbeddings({ file: parquet });
    expect(own.table).toBe(join(folder, 'same_pca.parquet'));
    await projectEmbeddings({ file, out });
    expect(readFileSync(out).equals(readFileSync(own.table))).toBe(true);
    const csv = join(folder, 'from parquet.csv');
    await projectEmbeddings({ file: parquet, out: csv });
    expect(await loadEmbeddings(csv, { type: 'float32' })).toEqual(
      await loadEmbeddings(out, { type: 'float32' }),
    );
  });

  it.each(['csv', 'parquet'])('stopped, leaves the old table of %s', async (format) => {
    const out = join(folder, `stopped.${format}`);
    writeFileSync(out, 'old');
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(projectEmbeddings({ file, out, force: true, signal })).rejects.toThrow('enough');
    expect(readFileSync(out, 'utf8')).toBe('old');
  });

  it('fits to a part of the rows, the same for the same seed', async () => {
    const texts: string[] = [];
    for (const seed of [1, 1, 2]) {
      const out = join(folder, `part ${texts.length}.csv`);
      await projectEmbeddings({ file, out, fraction: 0.2, nComponents: 3, seed });
      texts.push(readFileSync(out, 'utf8'));
    }
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]).not.toBe(texts[2]);
    expect(texts[0]!.split('\n')[0]).toBe('filenames,embedding_0,embedding_1,embedding_2,labels\r');
  });

  it.each([
    ['all rows', {}],
    ['half of them', { fraction: 0.5 }],
  ])('by UMAP keeps neighbours together: %s', async (name, options) => {
    const out = join(folder, `umap ${name}.csv`);
    const again = join(folder, `umap again ${name}.csv`);
    await projectEmbeddings({ file, out, method: 'umap', ...options });
    await projectEmbeddings({ file, out: again, method: 'umap', ...options });
    expect(readFileSync(out, 'utf8')).toBe(readFileSync(again, 'utf8'));
    expect(await purity(out)).toBeGreaterThan(0.97);
  });

  it('says what cannot be done', async () => {
    expect(await refusal({ fraction: 1.5 })).toMatch(/^ERR_OPTION .*fraction must be in \(0, 1\]/);
    expect(await refusal({ method: 'umap', fraction: -0.1 })).toMatch(
      /^ERR_OPTION .*fraction must be in \(0, 1\]/,
    );
    expect(await refusal({ nComponents: 17 })).toMatch(/^ERR_OPTION .*from 1 to 16/);
    expect(await refusal({ method: 'umap', nNeighbors: 240 })).toMatch(
      /^ERR_SHAPE 240 rows are too few for 240 neighbours/,
    );
    expect(await refusal({ file: join(folder, 'none.csv') })).toMatch(/^ERR_NOT_FOUND /);
    const half = join(folder, 'half.csv');
    const whole = readFileSync(file);
    writeFileSync(half, whole.subarray(0, whole.lastIndexOf(',')));
    expect(await refusal({ file: half, out: join(folder, 'half_pca.csv') })).toBe(
      `ERR_EMBEDDINGS ${half}, row 241: the row has 17 cells, and the first row has 18. Complete it, or remove it.`,
    );
    expect(await refusal({ force: false })).toMatch(/^ERR_OUTPUT_EXISTS .*replace it with --force/);
  });

  it('as a command', async () => {
    const out = join(folder, 'command.csv');
    const { code, stdout, stderr } = await run(['project', file, '--out', out]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${out}\n` });
    expect(stderr).toMatch(/^240 rows of 16 values to 2, which explain \d+ % of the variance, [\d.]+ s\n$/);
    expect(existsSync(out)).toBe(true);
  });
});

describe('knn', () => {
  it('takes any numbers for labels', async () => {
    const strange = join(folder, 'strange.csv');
    const embeddings = matrixOf(Float32Array.of(1, 0, 0, 1, 1, 0.1, 0.1, 1), 4, 2);
    const labels = [2 ** 40, -7, 2 ** 40, -7];
    await saveEmbeddings(strange, embeddings, labels, ['a', 'b', 'c', 'd']);
    expect(await knnAccuracy({ train: strange, test: strange, k: 2 })).toMatchObject({
      numClasses: 2,
      top1: 1,
    });
  });

  it('finds the labels of clusters apart, and fewer of clusters that overlap', async () => {
    const near = await knnAccuracy({ train: file, test: await write('near.csv', 3, 0.2) });
    expect(near).toMatchObject({
      trainRows: ROWS,
      testRows: ROWS,
      numClasses: CLASSES,
      k: 200,
      top1: 1,
      top5: 1,
    });
    const far = await knnAccuracy({ train: file, test: await write('far.csv', 4, 3), k: 5 });
    expect(far.top1).toBeLessThan(0.95);
    expect(far.top1).toBeGreaterThan(0.3);
  });

  it('as a command', async () => {
    const { code, stdout, stderr } = await run(['knn', file, file, '--neighbors', '1']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'top-1 accuracy  100.00 %\n' });
    expect(stderr).toMatch(/^240 rows by 1 neighbours of 240 rows, 4 classes, [\d.]+ s\n$/);
    const one = await run(['knn', file]);
    expect({ code: one.code, stderr: one.stderr }).toEqual({
      code: 2,
      stderr:
        'error: two tables are needed: TRAIN, whose labels are known, and TEST.\nSee framesift knn --help.\n',
    });
  });

  it('takes Parquet', async () => {
    const { matrix, labels, names } = clusters(3, 3);
    const [csv, parquet] = [await write('far csv.csv', 3, 3), join(folder, 'far.parquet')];
    const rows = names.map((filename, i) => ({ filename, embedding: rowOf(matrix, i), label: labels[i]! }));
    await saveEmbeddingRowsAsParquet(parquet, COLUMNS, rows);
    const expected = await knnAccuracy({ train: file, test: csv, k: 5 });
    expect(await knnAccuracy({ train: file, test: parquet, k: 5 })).toEqual(expected);
    expect(expected.top1).toBeLessThan(1);
  });

  it('refuses tables of two models', async () => {
    const { labels, names } = clusters(2, 0.2);
    const other = join(folder, 'other.csv');
    await saveEmbeddings(other, matrixOf(new Float32Array(ROWS * 2), ROWS, 2), labels, names);
    await expect(knnAccuracy({ train: file, test: other })).rejects.toThrow('Embed both with one model.');
  });
});
