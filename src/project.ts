// A table of embeddings onto few dimensions: principal components, or UMAP.
import { FramesiftError } from './base/errors.ts';
import { writeChunksAtomic } from './base/file-chunks.ts';
import { isThere } from './base/files.ts';
import { type Matrix, matrixOf, rowOf } from './base/matrix.ts';
import type { Progress } from './base/progress.ts';
import { type EmbeddingRow, tableBeside, tableBytes, tableWriter } from './formats/embedding-rows.ts';
import { loadEmbeddings } from './lightly.ts';
import { fitPca } from './linalg/fit-pca.ts';

export interface ProjectOptions {
  /** A table in Lightly's format, or as Parquet. */
  readonly file: string;
  /**
   * The table of coordinates: Parquet if it ends in `.parquet`, else CSV. When left out `<file>_pca` or `<file>_umap`,
   * in the format of the file.
   */
  readonly out?: string | undefined;
  /** Default: `pca`. */
  readonly method?: 'pca' | 'umap' | undefined;
  /** Coordinates of each row. Default 2. */
  readonly nComponents?: number | undefined;
  /** Share of the rows that the projection is fitted to, in (0, 1]. Default: all. */
  readonly fraction?: number | undefined;
  /** Neighbours that hold a point, for `umap`. Default 15. */
  readonly nNeighbors?: number | undefined;
  /** Picks the rows of `fraction`, and where UMAP begins. Default 0. */
  readonly seed?: number | undefined;
  /** Replace a table that is there. */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface ProjectOutcome {
  readonly table: string;
  readonly rows: number;
  /** Values of a row before, and after. */
  readonly dimensions: number;
  readonly nComponents: number;
  /** Share of the variance that each component explains; undefined for UMAP. */
  readonly explainedVarianceRatio: readonly number[] | undefined;
}

/**
 * Projects a table of embeddings and writes the coordinates as a table of its own, with the same names and labels.
 *
 * @throws ERR_NOT_FOUND, ERR_EMBEDDINGS, ERR_OPTION, ERR_SHAPE, ERR_OUTPUT_EXISTS, ERR_WRITE, or the signal's reason
 */
export const projectEmbeddings = async (options: ProjectOptions): Promise<ProjectOutcome> => {
  const { file, method = 'pca', nComponents = 2, fraction, seed, force = false, signal } = options;
  const out = options.out ?? tableBeside(file, `_${method}`);
  if (!force && (await isThere(out))) {
    throw new FramesiftError(
      'ERR_OUTPUT_EXISTS',
      `${out}: is there already. Choose another --out, or replace it with --force.`,
      { facts: { path: out } },
    );
  }
  const { embeddings, labels, filenames } = await loadEmbeddings(file, { type: 'float32' });
  const matrix = matrixOf(embeddings.data, embeddings.rows, embeddings.columns);
  signal?.throwIfAborted();
  let projected = matrix;
  let ratio: readonly number[] | undefined;
  if (method === 'pca') {
    const pca = await fitPca(matrix, { nComponents, fraction, seed, signal });
    projected = await pca.transform(matrix, { signal });
    ratio = [...pca.explainedVarianceRatio];
  } else {
    const { umap } = await import('./linalg/umap.ts');
    const report = (share: number): void =>
      options.onProgress?.({
        stage: 'laying out',
        done: Math.round(share * matrix.rows),
        total: matrix.rows,
        failed: 0,
        unit: 'rows',
      });
    const { nNeighbors } = options;
    projected = await umap(matrix, { nComponents, nNeighbors, fraction, seed, signal, onProgress: report });
  }
  const points = rowsOf(projected, labels, filenames, signal);
  await writeChunksAtomic(out, tableBytes(tableWriter(out, nComponents), nComponents, points));
  const { rows, columns: dimensions } = matrix;
  return { table: out, rows, dimensions, nComponents, explainedVarianceRatio: ratio };
};

function* rowsOf(
  projected: Matrix,
  labels: readonly number[],
  filenames: readonly string[],
  signal?: AbortSignal,
): Generator<EmbeddingRow> {
  for (const [row, filename] of filenames.entries()) {
    signal?.throwIfAborted();
    yield { filename, embedding: rowOf(projected, row), label: labels[row]! };
  }
}
