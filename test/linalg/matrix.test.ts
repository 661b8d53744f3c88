import { describe, expect, it } from 'vitest';
import { matrixFromRows, matrixOf, rowBlocks, rowOf, rowsBetween } from '../../src/base/matrix.ts';

const matrix = matrixFromRows([
  [1, 2],
  [3, 4],
  [5, 6],
]);

describe('Matrix', () => {
  it('is row-major', () => {
    expect(matrix).toEqual({ rows: 3, columns: 2, data: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect(matrixFromRows([])).toEqual({ rows: 0, columns: 0, data: new Float32Array() });
  });

  it('has views, not copies', () => {
    const own = matrixOf(Float32Array.of(1, 2, 3, 4, 5, 6), 3, 2);
    rowOf(own, 1)[0] = 30;
    rowsBetween(own, 2, 3).data[1] = 60;
    expect([...own.data]).toEqual([1, 2, 30, 4, 5, 60]);
  });

  it('comes in blocks', () => {
    expect([...rowBlocks(matrix, 2)]).toEqual([
      { rows: 2, columns: 2, data: Float32Array.of(1, 2, 3, 4) },
      { rows: 1, columns: 2, data: Float32Array.of(5, 6) },
    ]);
    expect([...rowBlocks(matrixFromRows([]), 2)]).toEqual([]);
  });

  it.each([
    [5, 3, 2],
    [0, -1, 0],
    [3, 1.5, 2],
  ])('refuses %i numbers for %f × %i', (length, rows, columns) => {
    expect(() => matrixOf(new Float32Array(length), rows, columns)).toThrow(
      expect.objectContaining({
        code: 'ERR_SHAPE',
        message: `a matrix of ${rows} × ${columns} cannot be made of ${length} numbers.`,
      }),
    );
  });

  it('refuses rows of different lengths', () => {
    expect(() => matrixFromRows([[1, 2], [3]])).toThrow(
      expect.objectContaining({
        code: 'ERR_SHAPE',
        message: 'row 1 has 1 numbers and row 0 has 2: a matrix needs rows of one length.',
      }),
    );
  });
});
