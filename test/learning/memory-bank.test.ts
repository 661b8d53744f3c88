// The queue of earlier rows: its order, what it drops, and that it can be put away and taken up again.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Matrix, matrixFromRows, matrixOf, rowOf } from '../../src/base/matrix.ts';
import { MemoryBankModule } from '../../src/learning/memory-bank.ts';
import { ntXentLoss } from '../../src/learning/nt-xent-loss.ts';
import { normalizeRows } from '../../src/linalg/normalize-rows.ts';
import { thrownBy } from '../support/thrown-by.ts';

/** Rows that are all one number. */
const batchOf = (rows: number, value: number, columns = 2): Matrix =>
  matrixOf(new Float32Array(rows * columns).fill(value), rows, columns);

const firstColumn = ({ rows, columns, data }: Matrix): number[] =>
  Array.from({ length: rows }, (_, r) => data[r * columns]!);

/** A bank of zeros. */
const emptied = (size: number, columns = 2): MemoryBankModule => {
  const bank = new MemoryBankModule([size, columns]);
  bank.restore({ rows: batchOf(size, 0, columns), pointer: 0 });
  return bank;
};

describe('MemoryBankModule', () => {
  it('is filled from the front, drops what does not fit at the end, and begins anew', () => {
    const bank = emptied(5);
    const seen = [1, 2, 3, 4].map((value) => {
      bank.update(batchOf(2, value));
      return [firstColumn(bank.rows!), bank.state().pointer];
    });
    expect(seen).toEqual([
      [[1, 1, 0, 0, 0], 2],
      [[1, 1, 2, 2, 0], 4],
      [[1, 1, 2, 2, 3], 0],
      [[4, 4, 2, 2, 3], 2],
    ]);
  });

  it('gives what it held before the batch, and the batch as it came', () => {
    const bank = emptied(3);
    const batch = batchOf(2, 7);
    const [output, before] = bank.forward(batch, { update: true });
    expect(output).toBe(batch);
    expect(firstColumn(before!)).toEqual([0, 0, 0]);
    expect(firstColumn(bank.forward(batch)[1]!)).toEqual([7, 7, 0]);
    // Only when it is told to does it store a batch.
    expect(bank.state().pointer).toBe(2);
    expect(firstColumn(bank.rows!)).toEqual([7, 7, 0]);
  });

  it.each([
    ['the first batch tells the width', new MemoryBankModule(64, { seed: 3 })],
    ['the width is given', new MemoryBankModule([64, 8], { seed: 3 })],
  ])('holds random rows of length 1 at first: %s', (_, bank) => {
    const [, rows] = bank.forward(batchOf(2, 1, 8));
    expect([rows!.rows, rows!.columns]).toEqual([64, 8]);
    for (let r = 0; r < 64; r++) expect(Math.hypot(...rowOf(rows!, r))).toBeCloseTo(1, 6);
    expect(new Set(rows!.data).size).toBeGreaterThan(500);
    expect(rows).toEqual(new MemoryBankModule([64, 8], { seed: 3 }).rows);
    expect(rows).not.toEqual(new MemoryBankModule([64, 8], { seed: 4 }).rows);
  });

  it('that has seen no batch says so, and draws the same rows after it was taken up again', () => {
    const bank = new MemoryBankModule(3);
    const before = bank.state();
    expect(before).toEqual({ rows: undefined, pointer: 0 });
    const [, drawn] = bank.forward(batchOf(2, 1), { update: true });
    bank.restore(before);
    expect(bank.forward(batchOf(2, 1))[1]).toEqual(drawn);
  });

  it.each([0, [0, 4] as const])('of size %j is switched off', (size) => {
    const bank = new MemoryBankModule(size);
    const batch = batchOf(2, 1, 4);
    expect(bank.forward(batch, { update: true })).toEqual([batch, undefined]);
    expect(bank.rows).toBeUndefined();
    bank.restore(bank.state());
    expect(bank.state()).toEqual({ rows: undefined, pointer: 0 });
  });

  it('serves the loss as Lightly has it, call after call', () => {
    const bank = new MemoryBankModule(4);
    const axes = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [-1, 0, 0],
    ];
    bank.restore({ rows: matrixFromRows(axes), pointer: 0 });
    const out0 = matrixFromRows([
      [1, 0, 0],
      [0, 2, 0],
    ]);
    const out1 = matrixFromRows([
      [1, 1, 0],
      [0, 1, 1],
    ]);
    const losses = [1, 2].map(() => {
      const [, negatives] = bank.forward(normalizeRows(out1), { update: true });
      return ntXentLoss(out0, out1, { bank: negatives });
    });
    expect(losses[0]).toBeCloseTo(1.2293572, 6);
    expect(losses[1]).toBeCloseTo(1.086369, 6);
  });

  it('is the queue of Lightly for batches of any size, and its own state continues it', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 12 }),
      fc.nat({ max: 12 }),
      (size, batches, pause) => {
        let bank = emptied(size);
        const expected: number[] = new Array<number>(size).fill(0);
        let pointer = 0;
        for (const [i, rows] of batches.entries()) {
          if (i === pause) {
            const state = bank.state();
            bank.update(batchOf(1, -1));
            bank = new MemoryBankModule(size);
            bank.restore(state);
            bank.state().rows!.data.fill(-2);
          }
          const values = Array.from({ length: rows }, (_, r) => 100 * (i + 1) + r);
          const before = [...expected];
          // Word for word what the specification says.
          if (pointer + rows >= size) {
            for (let at = pointer; at < size && at - pointer < rows; at++)
              expected[at] = values[at - pointer]!;
            pointer = 0;
          } else {
            for (const value of values) expected[pointer++] = value;
          }
          const batch = matrixOf(Float32Array.from(values.flatMap((value) => [value, 0.5])), rows, 2);
          const [, snapshot] = bank.forward(batch, { update: true });
          expect(firstColumn(snapshot!)).toEqual(before);
          expect(firstColumn(bank.rows!)).toEqual(expected);
          expect(bank.state().pointer).toBe(pointer);
        }
      },
    );
    fc.assert(property);
  });

  it.each([-1, 1.5, [4, -2] as const, [-4, 2] as const])('refuses a size of %j', (size) => {
    expect(thrownBy(() => new MemoryBankModule(size))).toEqual({
      code: 'ERR_OPTION',
      message: `a memory bank of ${[size].flat().join('×')}: expected whole numbers of at least 0.`,
    });
  });

  it('refuses a seed that is none before any row is drawn', () => {
    expect(thrownBy(() => new MemoryBankModule(4, { seed: -1 }))).toEqual({
      code: 'ERR_OPTION',
      message: 'seed -1: expected a whole number of at least 0.',
    });
  });

  it('refuses rows and states of another shape', () => {
    const bank = new MemoryBankModule([4, 3]);
    expect(thrownBy(() => bank.forward(batchOf(1, 1, 2)))).toEqual({
      code: 'ERR_SHAPE',
      message: 'rows of 2 numbers do not fit a memory bank of 4×3.',
    });
    const says = (rows: Matrix | undefined, pointer: number): string | undefined =>
      thrownBy(() => bank.restore({ rows, pointer }))?.message;
    expect(says(batchOf(5, 0, 3), 1)).toBe(
      'the state of a memory bank of 5×3 that goes on at row 1 does not fit one of 4×3.',
    );
    expect(says(batchOf(4, 0, 2), 0)).toContain('of 4×2 that');
    expect(says(batchOf(4, 0, 3), 4)).toContain('at row 4');
    expect(says(undefined, 0)).toContain('without rows');
    expect(says(batchOf(4, 0, 3), 3)).toBeUndefined();
  });
});
