// What is written as Parquet, by another program's reader and by the bytes themselves.
import fc from 'fast-check';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { EmbeddingParquetWriter, isParquet } from '../../src/formats/embedding-parquet.ts';
import { type EmbeddingRow, tableBytes } from '../../src/formats/embedding-rows.ts';
import { thrownBy } from '../support/thrown-by.ts';

type Row = EmbeddingRow<Float32Array, number | bigint>;

const bytesOf = (rows: readonly Row[], dimensions: number): Buffer => {
  const writer = new EmbeddingParquetWriter(dimensions, { model: 'toy' });
  for (const { filename, embedding, label } of rows) writer.append(filename, embedding, 0, label);
  return Buffer.from(writer.end());
};

const bufferOf = (bytes: Buffer): ArrayBuffer =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;

const row = (i: number, embedding: Float32Array): Row => ({
  filename: `clip-${i}-mp4.png`,
  embedding,
  label: i,
});

describe('a Parquet table', () => {
  it('begins and ends as the standard says, and has its values as they are in memory', () => {
    const values = Float32Array.of(1 / 3, -0, 1e-45, 3.4028235e38);
    const bytes = bytesOf([row(0, values.subarray(0, 2)), row(1, values.subarray(2))], 2);
    expect(bytes.subarray(0, 4).toString()).toBe('PAR1');
    expect(bytes.subarray(-4).toString()).toBe('PAR1');
    expect(bytes.includes(Buffer.from(values.buffer))).toBe(true);
    const footerBytes = bytes.readUInt32LE(bytes.length - 8);
    const footer = bytes.subarray(bytes.length - 8 - footerBytes, -8);
    for (const text of ['filenames', 'embedding', 'labels', 'framesift', 'model', 'toy']) {
      expect(footer.includes(text), text).toBe(true);
    }
  });

  it('says of itself what readers need', () => {
    const metadata = parquetMetadata(bufferOf(bytesOf([row(7, new Float32Array(3))], 3)));
    expect(metadata.schema).toEqual([
      { name: 'schema', num_children: 3 },
      {
        name: 'filenames',
        type: 'BYTE_ARRAY',
        repetition_type: 'REQUIRED',
        converted_type: 'UTF8',
        logical_type: { type: 'STRING' },
      },
      {
        name: 'embedding',
        repetition_type: 'REQUIRED',
        num_children: 1,
        converted_type: 'LIST',
        logical_type: { type: 'LIST' },
      },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
      { name: 'labels', type: 'INT64', repetition_type: 'REQUIRED' },
    ]);
    expect(metadata.created_by).toBe('framesift');
    expect(metadata.key_value_metadata).toEqual([{ key: 'model', value: 'toy' }]);
    expect(metadata.num_rows).toBe(1n);
    const chunks = metadata.row_groups[0]!.columns.map(({ meta_data: chunk }) => chunk!);
    expect(chunks.map(({ codec, encodings }) => [codec, encodings])).toEqual([
      ['SNAPPY', ['PLAIN']],
      ['UNCOMPRESSED', ['PLAIN']],
      ['SNAPPY', ['PLAIN']],
    ]);
    expect(chunks.map(({ statistics }) => statistics?.min_value)).toEqual(['clip-7-mp4.png', undefined, 7n]);
  });

  it('without rows is a table, too', async () => {
    const file = bufferOf(bytesOf([], 5));
    expect(parquetMetadata(file).num_rows).toBe(0n);
    expect(await parquetReadObjects({ file })).toEqual([]);
  });

  it('holds any names, values and labels, bit by bit, and is the same bytes again', async () => {
    const any = fc.record({
      filename: fc.string({ unit: 'binary' }),
      embedding: fc.float32Array({ minLength: 3, maxLength: 3 }),
      label: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(any, { maxLength: 20 }), async (rows) => {
        const bytes = bytesOf(rows, 3);
        const read = await parquetReadObjects({ file: bufferOf(bytes) });
        const bits = (values: ArrayLike<number>): Uint8Array =>
          new Uint8Array(Float32Array.from(values).buffer);
        expect(read.map((each) => ({ ...each, embedding: bits(each['embedding']) }))).toEqual(
          rows.map(({ filename, embedding, label }) => ({
            filenames: filename,
            embedding: bits(embedding),
            labels: label,
          })),
        );
        expect(bytesOf(rows, 3)).toEqual(bytes);
      }),
      { numRuns: 100 },
    );
  });

  it('is written while rows come: a group of 4 MiB at a time, and no more is held', async () => {
    const [dimensions, count] = [1024, 2600];
    const embedding = Float32Array.from({ length: dimensions }, (_, i) => i);
    let asked = 0;
    const rows = function* (): Generator<Row> {
      for (; asked < count; asked++) yield row(asked, embedding);
    };
    const sizes: number[] = [];
    const pieces: Uint8Array[] = [];
    for await (const piece of tableBytes(new EmbeddingParquetWriter(dimensions), dimensions, rows())) {
      if (pieces.length === 0) expect(asked * dimensions * 4).toBeLessThanOrEqual(4 * 1024 * 1024);
      pieces.push(piece);
      sizes.push(piece.length);
    }
    expect(Math.max(...sizes)).toBeLessThan(4.3 * 1024 * 1024);
    const { row_groups: groups } = parquetMetadata(bufferOf(Buffer.concat(pieces)));
    expect(groups.map(({ num_rows: rowsOfGroup }) => Number(rowsOfGroup))).toEqual([1018, 1017, 565]);
  });

  it('refuses what it cannot hold', () => {
    const writer = new EmbeddingParquetWriter(1);
    const refusal = (filename: string, label: number | bigint | string | null) =>
      thrownBy(() => writer.append(filename, [1], 0, label));
    for (const label of [1.5, 'cat', null, 2n ** 63n, 2 ** 60]) {
      expect(refusal('a.png', label)).toEqual({
        code: 'ERR_EMBEDDINGS',
        message: `the label ${label} of a.png is not a whole number of 64 bits. Number the labels; the CSV format takes any text.`,
      });
    }
    expect(refusal('a\ud83d.png', 0)?.code).toBe('ERR_FILENAME');
    expect(refusal('a.png', -0)).toBeUndefined();
  });

  it.each([
    ['PAR1', true],
    ['PAR', false],
    ['PARE', false],
    ['filenames', false],
    ['', false],
  ])('%j is known by its first bytes: %j', (text, is) => expect(isParquet(Buffer.from(text))).toBe(is));
});
