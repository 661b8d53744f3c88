import { FramesiftError } from './errors.ts';

/** Numbers in rows, float32, row-major and tight: one row for each vector. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** `rows × columns` numbers; row `r` begins at `r × columns`. */
  readonly data: Float32Array;
}

/** A matrix over `data`, which is not copied. @throws ERR_SHAPE when the sizes do not fit together */
export const matrixOf = (data: Float32Array, rows: number, columns: number): Matrix => {
  if (!isCount(rows) || !isCount(columns) || data.length !== rows * columns) {
    throw new FramesiftError(
      'ERR_SHAPE',
      `a matrix of ${rows} × ${columns} cannot be made of ${data.length} numbers.`,
      { facts: { rows, columns, length: data.length } },
    );
  }
  return { rows, columns, data };
};

/** A matrix of copies of `rows`, rounded to float32. @throws ERR_SHAPE when their lengths differ */
export const matrixFromRows = (rows: readonly ArrayLike<number>[]): Matrix => {
  const columns = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * columns);
  for (const [index, row] of rows.entries()) {
    if (row.length !== columns) {
      throw new FramesiftError(
        'ERR_SHAPE',
        `row ${index} has ${row.length} numbers and row 0 has ${columns}: a matrix needs rows of one length.`,
        { facts: { row: index, length: row.length, columns } },
      );
    }
    data.set(row, index * columns);
  }
  return { rows: rows.length, columns, data };
};

/** Row `row` as a view: writing to it writes to the matrix. */
export const rowOf = ({ data, columns }: Matrix, row: number): Float32Array =>
  data.subarray(row * columns, (row + 1) * columns);

/** Rows `[start, end)` as a view. */
export const rowsBetween = ({ data, columns }: Matrix, start: number, end: number): Matrix => ({
  rows: end - start,
  columns,
  data: data.subarray(start * columns, end * columns),
});

/** The matrix as views of at most `size` rows, in order; none for a matrix without rows. */
export function* rowBlocks(matrix: Matrix, size: number): Generator<Matrix> {
  for (let start = 0; start < matrix.rows; start += size) {
    yield rowsBetween(matrix, start, Math.min(start + size, matrix.rows));
  }
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
