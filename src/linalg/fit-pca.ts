import { FramesiftError } from '../base/errors.ts';
import { type Matrix, rowOf } from '../base/matrix.ts';
import { Random } from '../base/random.ts';
import { ROWS_PER_PRODUCT } from './covariance.ts';
import { requireFinite } from './finite.ts';
import { type Interruptible, PCA } from './pca.ts';

export interface FitPcaOptions extends Interruptible {
  /** Directions to keep; from 1 to the number of columns. Default 2. */
  readonly nComponents?: number | undefined;
  /** Share of the rows that the fit looks at, in (0, 1]. Default: all. */
  readonly fraction?: number | undefined;
  /** Picks these rows: the first ⌊n · fraction⌋ of a random permutation. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * Fits a {@link PCA} to embeddings, or to a random part of them (Lightly's `fit_pca`; the permutation is
 * {@link Random}'s, not numpy's).
 *
 * @param embeddings n × d
 * @throws ERR_OPTION for a fraction outside (0, 1]; ERR_SHAPE when it leaves fewer than 2 rows; else as {@link PCA.fit}
 */
export const fitPca = async (
  embeddings: Matrix,
  { nComponents, fraction = 1, seed = 0, signal }: FitPcaOptions = {},
): Promise<PCA> => {
  if (!(fraction > 0 && fraction <= 1)) {
    throw new FramesiftError('ERR_OPTION', `fraction ${fraction}: fraction must be in (0, 1].`, {
      facts: { fraction },
    });
  }
  const pca = new PCA({ nComponents });
  const count = Math.floor(embeddings.rows * fraction);
  if (count === embeddings.rows) return pca.fit(embeddings, { signal });
  if (count < 2) throw tooFew(embeddings.rows, fraction, count);
  // Found here, a bad number is named by its place among all rows.
  requireFinite(embeddings, 'the matrix');
  // In ascending order the rows are read along the memory; their sums do not depend on it.
  const rows = new Random(seed).permutation(embeddings.rows).subarray(0, count).sort();
  return pca.fitBlocks(() => gatherBlocks(embeddings, rows), { signal });
};

/** The rows named, copied block by block; a block is overwritten by the next. */
function* gatherBlocks(matrix: Matrix, rows: Uint32Array): Generator<Matrix> {
  const buffer = new Float32Array(Math.min(ROWS_PER_PRODUCT, rows.length) * matrix.columns);
  for (let start = 0; start < rows.length; start += ROWS_PER_PRODUCT) {
    const chosen = rows.subarray(start, start + ROWS_PER_PRODUCT);
    for (const [i, row] of chosen.entries()) buffer.set(rowOf(matrix, row), i * matrix.columns);
    yield {
      rows: chosen.length,
      columns: matrix.columns,
      data: buffer.subarray(0, chosen.length * matrix.columns),
    };
  }
}

const tooFew = (rows: number, fraction: number, count: number): FramesiftError =>
  new FramesiftError(
    'ERR_SHAPE',
    `fraction ${fraction} of ${rows} rows leaves ${count}: PCA needs at least 2.`,
    { facts: { rows, fraction, count } },
  );
