// Tables to choose from: what a plain split at commas finds in them, and what is refused.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { saveEmbeddings } from '../../src/lightly.ts';
import { ParquetBytes } from '../../src/native/parquet-writer.ts';
import { loadCandidateTable } from '../../src/table/candidate-table.ts';
import { saveEmbeddingRowsAsParquet } from '../../src/table/parquet.ts';
import { codeOf, refusalOf } from '../support/thrown-by.ts';

const root = mkdtempSync(join(tmpdir(), 'framesift-candidates-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const path = join(root, 'table.csv');
const parquet = join(root, 'table.parquet');

const load = (text: string) => {
  writeFileSync(path, text);
  return loadCandidateTable(path);
};

/** Rows of one value each, labelled 0, 1, …, with columns of whole numbers beside them. */
const writeParquet = (names: readonly string[], flags: Readonly<Record<string, readonly bigint[]>>): void => {
  const whole = { ...flags, labels: names.map((_, i) => BigInt(i)) };
  const file = new ParquetBytes(
    [
      { name: 'filenames', kind: 'text' },
      { name: 'embedding', kind: 'float32List' },
      ...Object.keys(whole).map((name) => ({ name, kind: 'int64' as const })),
    ],
    {},
  );
  file.group([names, names.map((_, i) => [i]), ...Object.values(whole)]);
  file.finish();
  writeFileSync(parquet, file.take());
};

describe('a table to choose from', () => {
  it('holds names, labels and values, and no flags where the table has none', async () => {
    const table = await load('filenames,embedding_0,embedding_1,labels\na.png,1,2.5,7\nb.png,-1,nan,8\n');
    expect(table).toEqual({
      filenames: ['a.png', 'b.png'],
      labels: [7, 8],
      embeddings: { rows: 2, columns: 2, data: Float32Array.of(1, 2.5, -1, Number.NaN) },
      masked: Uint8Array.of(0, 0),
      selected: Uint8Array.of(0, 0),
    });
  });

  it.each([
    ['before the labels', 'filenames,embedding_0,masked,selected,labels', 'a,5,1,0,3\nb,6,0.0,True,4\n'],
    ['before the embedding', 'filenames,selected,masked,embedding_0,labels', 'a,0,1,5,3\nb,1,0,6,4\n'],
    [
      'behind the labels',
      'filenames,embedding_0,labels,masked,note,selected',
      'a,5,3,true,x,0\nb,6,4,False,y,1\n',
    ],
  ])('reads masked and selected %s', async (_, header, rows) => {
    const { masked, selected, labels, embeddings } = await load(`${header}\n${rows}`);
    expect([[...masked], [...selected], labels, [...embeddings.data]]).toEqual([
      [1, 0],
      [0, 1],
      [3, 4],
      [5, 6],
    ]);
  });

  it('reads the same out of Parquet', async () => {
    const rows = [
      { filename: 'a', embedding: Float32Array.of(1, 2), label: 3 },
      { filename: 'b', embedding: Float32Array.of(4, 5), label: 6 },
    ];
    await saveEmbeddingRowsAsParquet(parquet, 2, rows);
    expect(await loadCandidateTable(parquet)).toEqual(
      await load('filenames,embedding_0,embedding_1,labels\na,1,2,3\nb,4,5,6\n'),
    );
  });

  it('reads masked and selected out of Parquet', async () => {
    writeParquet(['a', 'b'], { masked: [1n, 0n], selected: [0n, 1n] });
    const { masked, selected, labels } = await loadCandidateTable(parquet);
    expect([[...masked], [...selected], labels]).toEqual([
      [1, 0],
      [0, 1],
      [0, 1],
    ]);
    writeParquet(['a', 'b'], { selected: [1n, 1n] });
    const { masked: none, selected: both } = await loadCandidateTable(parquet);
    expect([[...none], [...both]]).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it('counts the rows of Parquet without a header', async () => {
    writeParquet(['a', 'b'], { masked: [0n, 2n] });
    expect(await refusalOf(parquet, loadCandidateTable(parquet))).toBe(
      'row 2: masked is 2, which is neither 0 nor 1. Correct it, or remove the row.',
    );
    writeParquet(['a', 'b', 'a'], {});
    expect(await refusalOf(parquet, loadCandidateTable(parquet))).toBe(
      'row 3: "a" is the name of row 1, too. Remove one of them.',
    );
  });

  it('may hold nothing', async () => {
    const { filenames, embeddings } = await load('filenames,embedding_0,labels\n');
    expect([filenames, embeddings.rows, embeddings.columns]).toEqual([[], 0, 1]);
  });

  it.each([
    [
      'filenames,embedding_0,masked,labels\na,1,2,0\n',
      'row 2, column 3: masked is "2", which is neither 0 nor 1',
    ],
    ['filenames,embedding_0,masked,labels\na,x,1,0\n', 'row 2, column 2: "x" is not a number'],
    ['filenames,embedding_0,masked,labels\na,1,1\n', 'row 2: the row has 3 cells, and the header names 4'],
    [
      'filenames,embedding_0,masked,labels\na,1,1,x\n',
      'row 2, column 4: the label "x" is not a whole number',
    ],
    ['filenames,embedding_0,labels\na,1,0\nb,1,0\na,2,0\n', 'row 4: "a" is the name of row 2, too'],
    ['filenames,embedding_0,labels\n,1,0\n', 'row 2: the file name is empty'],
    ['filenames,embedding_0\na,1\n', 'the header has no `labels` column'],
  ])('%j: %s', async (text, message) => {
    writeFileSync(path, text);
    const told = await codeOf(loadCandidateTable(path));
    expect(told).toMatch(/^ERR_EMBEDDINGS /);
    expect(told).toContain(message);
  });

  it('is what splitting at commas gives, wherever the flags are', async () => {
    const cell = fc.constantFrom('1', '0', '0.25', '-3e2', '7');
    const flag = fc.constantFrom('0', '1');
    const columns = fc
      .uniqueArray(fc.constantFrom('embedding_0', 'embedding_1', 'masked', 'selected'), { minLength: 1 })
      .chain((some) => fc.shuffledSubarray([...some, 'labels'], { minLength: some.length + 1 }))
      .chain((some) => fc.constantFrom(some, [...some, 'note']));
    await fc.assert(
      fc.asyncProperty(
        columns,
        fc.array(
          fc.record({ values: fc.array(cell, { minLength: 6, maxLength: 6 }), masked: flag, selected: flag }),
        ),
        async (names, cells) => {
          const rows = cells.map(({ values, masked, selected }, i) => {
            const others = new Map([
              ['masked', masked],
              ['selected', selected],
              ['labels', `${i}`],
              ['note', 'x'],
            ]);
            return [`f${i}`, ...names.map((name, k) => others.get(name) ?? values[k]!)];
          });
          const header = ['filenames', ...names];
          const table = await load([header, ...rows].map((row) => `${row.join(',')}\n`).join(''));
          const column = (name: string): number[] => {
            const at = header.indexOf(name);
            return rows.map((row) => (at === -1 ? 0 : Number(row[at])));
          };
          const embeddings = names.filter((name) => name.startsWith('e'));
          expect([...table.masked]).toEqual(column('masked'));
          expect([...table.selected]).toEqual(column('selected'));
          expect(table.labels).toEqual(column('labels'));
          for (const [i, name] of embeddings.entries())
            expect(column(name)).toEqual(
              rows.map((_, row) => table.embeddings.data[row * embeddings.length + i]),
            );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reads 20 000 rows exactly, tells how far it is, and stops when it is told to', async () => {
    const [rows, columns] = [20_000, 128];
    const random = new Random(1);
    const data = Float32Array.from({ length: rows * columns }, () => random.normal());
    const names = Array.from({ length: rows }, (_, i) => `clip-${i}-mp4.png`);
    const labels = Int32Array.from({ length: rows }, (_, i) => i % 7);
    await saveEmbeddings(path, { data, rows, columns }, labels, names);
    const told: number[] = [];
    const table = await loadCandidateTable(path, undefined, (done, total) => {
      expect(total).toBe(rows);
      told.push(done);
    });
    expect(table.embeddings).toMatchObject({ rows, columns });
    expect(Buffer.from(table.embeddings.data.buffer).equals(Buffer.from(data.buffer))).toBe(true);
    expect(table.filenames).toEqual(names);
    expect(table.labels).toEqual([...labels]);
    expect(told.length).toBeGreaterThan(0);
    expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));

    const controller = new AbortController();
    const reason = new Error('enough');
    const onRow = (): void => controller.abort(reason);
    await expect(loadCandidateTable(path, controller.signal, onRow)).rejects.toBe(reason);
  });
});
