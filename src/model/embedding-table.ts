// The rows of a store as tables on disk: the embeddings, and where they lie along their principal components.
import { Breather } from '../base/concurrency.ts';
import { type Matrix, matrixOf, rowOf } from '../base/matrix.ts';
import { type TableWriter, tableWriter } from '../formats/embedding-rows.ts';
import { PCA } from '../linalg/pca.ts';
import type { EmbeddingStore } from './embedding-store.ts';

/** A row of a table, and where its values are kept. */
export interface TableRow {
  readonly name: string;
  readonly label: number;
  readonly media: string;
  readonly frame: number;
  /** When the frame is shown; undefined for an image. */
  readonly seconds: number | undefined;
}

/** The rows of a table in their order; can be gone through several times. */
export type TableRows = Iterable<TableRow>;

const ROWS_PER_BLOCK = 2048;

/** Rows with their values, in blocks. */
function* blocksOf(
  rows: TableRows,
  store: EmbeddingStore,
  dimensions: number,
): Generator<{ readonly rows: readonly TableRow[]; readonly values: Matrix }> {
  let gathered: TableRow[] = [];
  let values = new Float32Array(ROWS_PER_BLOCK * dimensions);
  const block = (): { rows: readonly TableRow[]; values: Matrix } => ({
    rows: gathered,
    values: matrixOf(values.subarray(0, gathered.length * dimensions), gathered.length, dimensions),
  });
  for (const row of rows) {
    const start = gathered.length * dimensions;
    store.read(row.media, row.frame, values.subarray(start, start + dimensions));
    gathered.push(row);
    if (gathered.length < ROWS_PER_BLOCK) continue;
    yield block();
    gathered = [];
    values = new Float32Array(ROWS_PER_BLOCK * dimensions);
  }
  if (gathered.length > 0) yield block();
}

/**
 * Writes a table in Lightly's format, or as Parquet where its name ends so; its name never shows half of it. What the
 * store has published already is left as it is.
 *
 * @param key changes when the rows or their values do
 * @param model for the footer of a Parquet file
 * @throws ERR_WRITE, or the signal's reason
 */
export const writeTable = async (
  path: string,
  key: string,
  rows: TableRows,
  store: EmbeddingStore,
  { name: model, dimensions }: { readonly name: string; readonly dimensions: number },
  signal?: AbortSignal,
): Promise<void> => {
  if (store.published(path, key) !== undefined) return;
  await store.publish(
    path,
    key,
    tableOf(
      tableWriter(path, dimensions, { model }),
      signal,
      (function* () {
        for (const { rows: block, values } of blocksOf(rows, store, dimensions))
          for (const [i, row] of block.entries()) yield [row, rowOf(values, i)] as const;
      })(),
    ),
  );
};

/**
 * Fits a PCA to all rows and writes their coordinates as a table of its own, as {@link writeTable} does.
 *
 * @returns share of the variance that each component explains
 * @throws ERR_MATRIX, ERR_WRITE, or the signal's reason
 */
export const writePca = async (
  path: string,
  key: string,
  rows: TableRows,
  store: EmbeddingStore,
  dimensions: number,
  nComponents: number,
  signal?: AbortSignal,
): Promise<readonly number[]> => {
  const known = store.published(path, key);
  if (known !== undefined) return known;
  const pca = new PCA({ nComponents });
  const source = function* (): Generator<Matrix> {
    for (const { values } of blocksOf(rows, store, dimensions)) yield values;
  };
  await pca.fitBlocks(source, { signal });
  const projected = (async function* () {
    for (const { rows: block, values } of blocksOf(rows, store, dimensions)) {
      const coordinates = await pca.transform(values, { signal });
      for (const [i, row] of block.entries()) yield [row, rowOf(coordinates, i)] as const;
    }
  })();
  const ratio = [...pca.explainedVarianceRatio];
  await store.publish(path, key, tableOf(tableWriter(path, nComponents), signal, projected), ratio);
  return ratio;
};

type ValuedRow = readonly [row: TableRow, values: Float32Array];

async function* tableOf(
  writer: TableWriter,
  signal: AbortSignal | undefined,
  rows: Iterable<ValuedRow> | AsyncIterable<ValuedRow>,
): AsyncGenerator<Uint8Array> {
  const breather = new Breather(signal);
  for await (const [{ name, label }, values] of rows) {
    writer.append(name, values, 0, label);
    if (writer.isFull) yield writer.take();
    if (breather.isDue) await breather.pause();
  }
  yield writer.end();
}
