import { Breather } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import { type Matrix, rowBlocks } from '../base/matrix.ts';
import { requireFinite } from './finite.ts';
import { openGramProduct } from './matrix-product.ts';

/** Gives the rows of one matrix, block after block, all of one width; called once for each pass over them. */
export type BlockSource = () => Iterable<Matrix> | AsyncIterable<Matrix>;

/** Mean and sample covariance of the columns of a matrix. */
export interface Covariance {
  /** How many rows there were. */
  readonly rows: number;
  /** One number for each column, added up in float64. */
  readonly mean: Float32Array;
  /** columns × columns, divided by `rows − 1`. */
  readonly matrix: Float64Array;
}

/**
 * Rows that are added up in float32 before float64 takes over. A variance is then off by `ROWS_PER_PRODUCT × 2^-24`
 * = 9e-5 of itself at the very worst, whatever the order of adding, and by 1e-6 as a rule.
 */
export const ROWS_PER_PRODUCT = 1536;

/**
 * Covariance in two passes: means first, then products of the centred rows, in float32 blocks added up in float64.
 * No copy of the matrix is made beyond one block. Deviations from the mean must lie between about 1e-18, below which
 * their squares vanish in float32, and 1e18.
 *
 * @throws ERR_SHAPE when there are fewer than 2 rows or no columns, or widths differ; ERR_EMBEDDINGS when a number is
 *   not finite, or a square overflows
 */
export const covarianceOf = async (
  source: BlockSource,
  signal?: AbortSignal | undefined,
): Promise<Covariance> => {
  const breather = new Breather(signal);
  const { rows, mean } = await columnMeans(source, breather);
  const columns = mean.length;
  const matrix = new Float64Array(columns * columns);
  await using product = await openGramProduct(columns);
  let seen = 0;
  for await (const block of source()) {
    requireColumns(block, columns, seen);
    for (const piece of rowBlocks(block, ROWS_PER_PRODUCT)) {
      await breather.pause();
      addTo(matrix, await product.gram(piece, mean));
      seen += piece.rows;
    }
  }
  requireSameRows(rows, seen);
  for (let i = 0; i < matrix.length; i++) matrix[i] = matrix[i]! / (rows - 1);
  requireNoOverflow(matrix, columns);
  return { rows, mean, matrix };
};

const columnMeans = async (
  source: BlockSource,
  breather: Breather,
): Promise<{ rows: number; mean: Float32Array }> => {
  let sums: Float64Array | undefined;
  let rows = 0;
  for await (const block of source()) {
    sums ??= new Float64Array(block.columns);
    requireColumns(block, sums.length, rows);
    for (const piece of rowBlocks(block, ROWS_PER_PRODUCT)) {
      await breather.pause();
      addRows(sums, piece);
      // Float32 numbers cannot overflow these sums, so that a sum tells whether all its numbers were finite.
      if (!sums.every(Number.isFinite)) requireFinite(piece, 'the matrix', rows);
      rows += piece.rows;
    }
  }
  if (sums === undefined || rows < 2) {
    throw new FramesiftError('ERR_SHAPE', `a covariance needs at least 2 rows; there are ${rows}.`, {
      facts: { rows },
    });
  }
  if (sums.length === 0) throw new FramesiftError('ERR_SHAPE', 'the rows are empty: there is no column.');
  return { rows, mean: Float32Array.from(sums, (sum) => sum / rows) };
};

const addRows = (sums: Float64Array, { data, columns }: Matrix): void => {
  for (let start = 0; start < data.length; start += columns) {
    for (let column = 0; column < columns; column++) sums[column] = sums[column]! + data[start + column]!;
  }
};

const addTo = (sums: Float64Array, terms: Float32Array): void => {
  for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + terms[i]!;
};

const requireColumns = ({ columns }: Matrix, expected: number, firstRow: number): void => {
  if (columns === expected) return;
  throw new FramesiftError(
    'ERR_SHAPE',
    `the rows from row ${firstRow} on have ${columns} columns, those before have ${expected}.`,
    { facts: { row: firstRow, columns, expected } },
  );
};

const requireSameRows = (first: number, second: number): void => {
  if (first === second) return;
  throw new FramesiftError(
    'ERR_SHAPE',
    `the blocks held ${first} rows in the first pass and ${second} in the second: they must be the same.`,
    { facts: { first, second } },
  );
};

const requireNoOverflow = (matrix: Float64Array, columns: number): void => {
  for (let column = 0; column < columns; column++) {
    if (Number.isFinite(matrix[column * columns + column])) continue;
    throw new FramesiftError(
      'ERR_EMBEDDINGS',
      `column ${column} varies too much for float32: scale it so that it stays below 1e18.`,
      { facts: { column } },
    );
  }
};
