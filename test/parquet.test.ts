// Tables of embeddings as Parquet files: ours, those of Python's and databases' tools, and broken ones.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as zlib from 'node:zlib';
import { ByteWriter, type ColumnSource, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkEmbeddings,
  loadEmbeddings,
  loadEmbeddingsAsDict,
  readEmbeddingRows,
  saveEmbeddingRows,
  saveEmbeddingRowsAsParquet,
  writeNpy,
} from '../src/index.ts';
import { onSmallDisk } from './support/small-disk.ts';
import { errorOf, refusalOf } from './support/thrown-by.ts';

let folder = '';
let path = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'framesift-parquet-'));
  path = join(folder, 'embeddings.parquet');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const refusal = (work: Promise<unknown>): Promise<string> => refusalOf(path, work);

const rowsOf = (count: number, dimensions: number) =>
  Array.from({ length: count }, (_, i) => ({
    filename: `day 1/clip, "${i}"\r\n-é😀.png`,
    embedding: Float32Array.from({ length: dimensions }, (_value, j) => (i + 1) / (j + 3)),
    label: i - 2,
  }));

const allOf = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
};

/** A table as another program may write it; `change` is made before the footer is. */
const writeForeign = (columnData: ColumnSource[], change?: (writer: ParquetWriter) => void): void => {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema: schemaFromColumnData({ columnData }) });
  void writer.write({ columnData });
  change?.(writer);
  void writer.finish();
  writeFileSync(path, bytes.getBytes());
};

const LIST = {
  name: 'embedding',
  data: [
    [1, 2],
    [3, 4],
  ],
};
const NAMES: ColumnSource = { name: 'filenames', data: ['a', 'b'], type: 'STRING' };
const LABELS: ColumnSource = { name: 'labels', data: [0, 1], type: 'INT32' };

/** A column of lists of doubles, any of which may be missing. */
const writeLists = (data: unknown[], name = 'embedding', change?: (writer: ParquetWriter) => void): void => {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({
    writer: bytes,
    schema: [
      { name: 'root', num_children: 3 },
      { name: 'filenames', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      { name, converted_type: 'LIST', repetition_type: 'OPTIONAL', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
      { name: 'labels', type: 'INT32', repetition_type: 'OPTIONAL' },
    ],
  });
  const labels = { ...LABELS, data: data.map((_, i) => i) };
  const filenames = { ...NAMES, data: data.map((_, i) => `${i}.png`) };
  void writer.write({ columnData: [filenames, { name, data }, labels], rowGroupSize: 2 });
  change?.(writer);
  void writer.finish();
  writeFileSync(path, bytes.getBytes());
};

describe('what was written', () => {
  it('is read back, whole, as a dictionary, and row by row', async () => {
    const rows = rowsOf(5, 3);
    await saveEmbeddingRowsAsParquet(path, 3, rows, { model: 'toy' });
    const { embeddings, labels, filenames } = await loadEmbeddings(path, { type: 'float32' });
    expect({ rows: embeddings.rows, columns: embeddings.columns }).toEqual({ rows: 5, columns: 3 });
    expect(embeddings.data).toEqual(Float32Array.from(rows.flatMap(({ embedding }) => [...embedding])));
    expect(labels).toEqual([-2, -1, 0, 1, 2]);
    expect(filenames).toEqual(rows.map(({ filename }) => filename));
    const read = await allOf(readEmbeddingRows(path));
    expect(read).toEqual(rows.map((row) => ({ ...row, embedding: Float64Array.from(row.embedding) })));
    expect((await loadEmbeddingsAsDict(path)).embeddings[1]).toEqual({
      fileName: rows[1]!.filename,
      value: [...rows[1]!.embedding],
      label: -1,
    });
  });

  it('is told by its content, whatever it is called', async () => {
    const other = join(folder, 'parquet.csv');
    await saveEmbeddingRowsAsParquet(other, 2, rowsOf(1, 2));
    expect((await loadEmbeddings(other)).filenames).toEqual([rowsOf(1, 2)[0]!.filename]);
  });

  it('may be a table without rows', async () => {
    await saveEmbeddingRowsAsParquet(path, 3, []);
    expect(await loadEmbeddings(path)).toEqual({
      embeddings: { data: new Float64Array(), rows: 0, columns: 0 },
      labels: [],
      filenames: [],
    });
  });

  it('comes of rows of one length; else the file is unchanged, and nothing lies beside it', async () => {
    writeFileSync(path, 'before');
    const { code, message } = await errorOf(saveEmbeddingRowsAsParquet(path, 3, rowsOf(2, 2)));
    expect(code).toBe('ERR_SHAPE');
    expect(message).toContain('has 2 values instead of 3. Embed all images with one model.');
    expect(readFileSync(path, 'utf8')).toBe('before');
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('tables of other programs', () => {
  const golden = (name: string): string => fileURLToPath(new URL(`golden/${name}.parquet`, import.meta.url));
  // Made with pandas 3.0 (lists of doubles and an index, Snappy), Polars 1.44 (a column for each value and one more,
  // gzip; an array of two, Zstandard, its default) and DuckDB 1.5 (a list called `embeddings`).
  it.each(['pandas', 'polars', 'duckdb', ...('zstdDecompressSync' in zlib ? ['polars-zstd'] : [])])(
    '%s',
    async (name) => {
      expect(await loadEmbeddings(golden(name), { type: 'float32' })).toEqual({
        embeddings: {
          data: Float32Array.of(0.1, -2.5, Number.POSITIVE_INFINITY, 1e-45, 3, 1 / 3),
          rows: 3,
          columns: 2,
        },
        labels: [0, -7, 2 ** 40],
        filenames: ['a,b-1-mp4.png', '日本/"q"-2-mp4.png', 'line\nbreak.png'],
      });
    },
  );

  it.skipIf('zstdDecompressSync' in zlib)('Zstandard, where Node.js lacks it', async () => {
    expect((await errorOf(loadEmbeddings(golden('polars-zstd')))).message).toBe(
      `${golden('polars-zstd')}: cannot be read as Parquet: parquet unsupported compression codec: ZSTD. Write it again, with Snappy compression or none.`,
    );
  });

  it('doubles stay doubles', async () => {
    writeLists([[0.1, 1e300]]);
    expect((await loadEmbeddings(path)).embeddings.data).toEqual(Float64Array.of(0.1, 1e300));
  });
});

describe('tables that are no embeddings', () => {
  it.each([
    ['filenames', [{ ...NAMES, name: 'path' }, { name: 'embedding_0', data: [1, 2] }, LABELS]],
    ['labels', [NAMES, { name: 'embedding_0', data: [1, 2] }]],
    ['embedding', [NAMES, { name: 'x', data: [1, 2] }, LABELS]],
  ] as const)('lack %s', async (missing, columns) => {
    writeForeign([...columns] as ColumnSource[]);
    const found = columns.map(({ name }) => JSON.stringify(name)).join(', ');
    expect(await refusal(loadEmbeddings(path))).toBe(
      `: the table has no column \`${missing}\`, only ${found}. It needs \`filenames\`, \`labels\`, and \`embedding\` (lists of numbers) or \`embedding_0\`, \`embedding_1\`, ….`,
    );
  });

  it('lack a column beside many others, of which the message shows a few', async () => {
    const values = Array.from({ length: 20 }, (_, i) => ({ name: `embedding_${i}`, data: [1, 2] }));
    writeForeign([NAMES, ...values]);
    expect(await refusal(loadEmbeddings(path))).toContain(
      'no column `labels`, only "filenames", "embedding_0", "embedding_1", "embedding_2", "embedding_3", "embedding_4", "embedding_5", "embedding_6" and 13 more. It needs',
    );
  });

  it.each<[string, unknown[], string]>([
    [
      'no list',
      [[1, 2], null],
      'row 2: the embedding is no list of numbers. Embed the image again, or remove the row.',
    ],
    [
      'a list of another length, in another group',
      [[1, 2], [3, 4], [5]],
      'row 3: the embedding has 1 values, and that of the first row has 2. Embed the image again, or remove the row.',
    ],
    [
      'a value that is missing',
      [[1, null]],
      'row 1: value 1 of the embedding is no number. Embed the image again, or remove the row.',
    ],
  ])('hold %s', async (_, data, message) => {
    writeLists(data);
    expect(await refusal(loadEmbeddings(path))).toBe(message);
    expect(await refusal(allOf(readEmbeddingRows(path)))).toBe(message);
  });

  it('hold names or labels of other types', async () => {
    const value = { name: 'embedding_0', data: [1, 2] };
    writeForeign([NAMES, value, { name: 'labels', data: [0, 1.5], type: 'DOUBLE' }]);
    expect(await refusal(loadEmbeddings(path))).toBe(
      'row 2: the label 1.5 is not a whole number. Correct it, or remove the row.',
    );
    writeForeign([{ name: 'filenames', data: [1, 2], type: 'INT32' }, value, LABELS]);
    expect(await refusal(loadEmbeddings(path))).toBe(
      'row 1: the file name is no text. Fill it in, or remove the row.',
    );
  });

  it('come row by row up to the group that is wrong', async () => {
    writeLists([[1, 2], [3, 4], [5]]);
    const rows = readEmbeddingRows(path);
    expect((await rows.next()).value).toEqual({
      filename: '0.png',
      embedding: Float64Array.of(1, 2),
      label: 0,
    });
    await rows.next();
    expect(await refusal(rows.next())).toMatch(/^row 3: /);
  });

  it('have a group that is too large to be held', async () => {
    writeLists([LIST.data[0]], 'embedding', ({ row_groups: groups }) => {
      groups[0]!.columns[1]!.meta_data!.num_values = 2n ** 27n;
    });
    expect(await refusal(loadEmbeddings(path))).toBe(
      ': a row group of 1 rows and 134217730 values is more than can be held at once. Write it with smaller groups (in pandas and pyarrow: row_group_size=10000).',
    );
  });

  it('may have large columns beside those that are read', async () => {
    writeForeign([NAMES, LIST, LABELS, { name: 'x', data: ['…', '…'] }], ({ row_groups: groups }) => {
      groups[0]!.columns[3]!.meta_data!.num_values = 2n ** 27n;
    });
    expect((await loadEmbeddings(path)).embeddings.data).toEqual(Float64Array.of(1, 2, 3, 4));
  });

  it('end early, or are garbage', async () => {
    await saveEmbeddingRowsAsParquet(path, 2, rowsOf(4, 2));
    const whole = readFileSync(path);
    for (const bytes of [whole.subarray(0, -3), whole.subarray(0, 40), Buffer.from('PAR1 garbage PAR1')]) {
      writeFileSync(path, bytes);
      expect(await refusal(loadEmbeddings(path))).toMatch(
        /^: cannot be read as Parquet: .+\. Write it again, with Snappy compression or none\.$/,
      );
    }
  });

  it('are arrays of numpy', async () => {
    writeFileSync(path, writeNpy({ data: new Float32Array(4), shape: [2, 2] }));
    const message =
      ': this is an array of numpy, which has no names and no labels. Read it with readNpy, and write a table with saveEmbeddings.';
    expect(await refusal(loadEmbeddings(path))).toBe(message);
    expect(await refusal(allOf(readEmbeddingRows(path)))).toBe(message);
  });

  it('are not for the rules of Lightly', async () => {
    await saveEmbeddingRowsAsParquet(path, 2, rowsOf(1, 2));
    expect(await refusal(checkEmbeddings(path))).toBe(
      ': this is Parquet, and the rules of Lightly are for CSV. Check it with checkFiles.',
    );
  });

  it('are not there', async () => {
    const { code, message } = await errorOf(loadEmbeddings(join(folder, 'nowhere.parquet')));
    expect({ code, message }).toEqual({
      code: 'ERR_NOT_FOUND',
      message: `${join(folder, 'nowhere.parquet')}: there is no such file. Check the path.`,
    });
  });
});

it.for(['csv', 'parquet'])(
  'a full disk leaves the old table of %s as it was (skipped where no small disk can be made)',
  async (format, { skip }) => {
    const disk = join(folder, `disk ${format}`);
    const place = join(disk, `table.${format}`);
    const save = (rows: ReturnType<typeof rowsOf>): Promise<void> =>
      format === 'csv' ? saveEmbeddingRows(place, 512, rows) : saveEmbeddingRowsAsParquet(place, 512, rows);
    await onSmallDisk(skip, disk, async () => {
      await save(rowsOf(10, 512));
      const before = readFileSync(place);
      const { code, message, facts } = await errorOf(save(rowsOf(1000, 512)));
      expect({ code, message, facts }).toEqual({
        code: 'ERR_WRITE',
        message: `${place}: cannot be written: the disk is full. Free some space and run the same command again: it continues where it was.`,
        facts: { path: place, system: 'ENOSPC' },
      });
      expect(readFileSync(place).equals(before)).toBe(true);
      expect(readdirSync(disk)).toEqual([`table.${format}`]);
    });
  },
);
