// Lightly's flags in tables of records, in every type that a column of them may have.
import { describe, expect, it } from 'vitest';
import { EmbeddingRecordReader } from '../../src/formats/embedding-record-reader.ts';
import { thrownBy } from '../support/thrown-by.ts';

const COLUMNS = ['filenames', 'masked', 'embedding', 'selected', 'labels', 'note'];

const read = (masked: unknown, selected: unknown, hasFlags = true) =>
  new EmbeddingRecordReader(COLUMNS, 't.parquet', hasFlags).read({
    filenames: 'a.png',
    embedding: [1, 2],
    labels: 3n,
    masked,
    selected,
  });

describe('flags of a record', () => {
  it.each([
    ['booleans', true, false],
    ['whole numbers of 64 bits', 1n, 0n],
    ['numbers', 1, 0],
    ['texts', 'True', '0.0'],
  ])('may be %s', (_, set, clear) => {
    expect(read(set, clear)).toMatchObject({ masked: 1, selected: 0, label: 3, values: [1, 2] });
    expect(read(clear, set)).toMatchObject({ masked: 0, selected: 1 });
  });

  it.each([[null], [undefined], [2], [0.5], ['yes']])('are not %j', (flag) => {
    expect(thrownBy(() => read(0, flag))).toEqual({
      code: 'ERR_EMBEDDINGS',
      message: `t.parquet, row 1: selected is ${flag}, which is neither 0 nor 1. Correct it, or remove the row.`,
    });
  });

  it('are passed over, whatever they are, where nobody asks for them', () => {
    expect(new EmbeddingRecordReader(COLUMNS, 't.parquet').columns).toEqual([
      'filenames',
      'embedding',
      'labels',
    ]);
    expect(read(null, 'yes', false)).toMatchObject({ masked: 0, selected: 0, label: 3 });
  });
});
