// A folder that remembers what was ever selected, with the embeddings that tell what new frames are to be unlike.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FramesiftError } from '../base/errors.ts';
import { writeChunksAtomic } from '../base/file-chunks.ts';
import { isThere } from '../base/files.ts';
import { rowOf } from '../base/matrix.ts';
import { tableBytes, tableWriter } from '../formats/embedding-rows.ts';
import { type CandidateTable, loadCandidateTable } from '../table/candidate-table.ts';

/** The table of a pool, which also is the list of its frames: in the order in which they were selected. */
export const poolTable = (folder: string): string => join(folder, 'embeddings.csv');

export const poolLock = (folder: string): string => join(folder, '.lock');

/**
 * @param dimensions of the frames to choose from
 * @returns undefined for a pool that is yet to be made
 * @throws ERR_SHAPE for a pool of another model, and as {@link loadCandidateTable}
 */
export const readPool = async (folder: string, dimensions: number): Promise<CandidateTable | undefined> => {
  const path = poolTable(folder);
  if (!(await isThere(path))) return undefined;
  const pool = await loadCandidateTable(path);
  const { columns, rows } = pool.embeddings;
  if (rows === 0 || columns === dimensions) return pool;
  throw new FramesiftError(
    'ERR_SHAPE',
    `${path}: its embeddings have ${columns} values, those of the table have ${dimensions}. Embed with the model of the pool, or give another --datapool.`,
    { facts: { path, pool: columns, table: dimensions } },
  );
};

/**
 * Takes frames out of a pool that are not among those named.
 *
 * @throws ERR_WRITE, and as {@link loadCandidateTable}
 */
export const trimPool = async (folder: string, filenames: readonly string[]): Promise<void> => {
  const path = poolTable(folder);
  if (filenames.length === 0) return rm(path, { force: true });
  const pool = await loadCandidateTable(path);
  const isNamed = new Set(filenames);
  const kept = [...pool.filenames.keys()].filter((row) => isNamed.has(pool.filenames[row]!));
  if (kept.length < pool.filenames.length) await extendPool(folder, undefined, pool, kept);
};

/** Adds rows of a table to a pool. @throws ERR_WRITE; the pool is then unchanged */
export const extendPool = async (
  folder: string,
  pool: CandidateTable | undefined,
  table: CandidateTable,
  rows: readonly number[],
): Promise<void> => {
  const path = poolTable(folder);
  const { columns } = table.embeddings;
  const all = function* () {
    for (const [row, filename] of pool?.filenames.entries() ?? [])
      yield { filename, embedding: rowOf(pool!.embeddings, row), label: pool!.labels[row]! };
    for (const row of rows)
      yield {
        filename: table.filenames[row]!,
        embedding: rowOf(table.embeddings, row),
        label: table.labels[row]!,
      };
  };
  await writeChunksAtomic(path, tableBytes(tableWriter(path, columns), columns, all()));
};
