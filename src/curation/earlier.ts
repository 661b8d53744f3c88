// Frames that were selected earlier: in a list, in a column of the table, in a datapool.
import { FramesiftError } from '../base/errors.ts';
import type { Failure } from '../base/outcome.ts';
import { namesOf } from '../dataset/choice.ts';
import { frameKey } from '../frame/frame-key.ts';
import type { FrameList } from '../frame/list.ts';
import type { CandidateTable } from '../table/candidate-table.ts';

export interface EarlierFrames {
  /** Rows of the table, and behind them those of the pool that the table does not have, in order of being selected. */
  readonly rows: readonly number[];
  /** How many of them are of the pool. */
  readonly poolCount: number;
  /** Rows of the pool that the table does not have. */
  readonly onlyInPool: readonly number[];
  /** Names that are not in the table. */
  readonly failed: readonly Failure[];
}

/**
 * Where frames of a list are in a table, however their names are written.
 *
 * @returns rows in the list's order, each once, and the names that are not there
 */
export const findRows = (
  list: FrameList | readonly string[],
  rowOf: ReadonlyMap<string, number>,
  table: string,
): { readonly rows: readonly number[]; readonly failed: readonly Failure[] } => {
  const rows = new Set<number>();
  const failed: Failure[] = [];
  for (const { name, place } of namesOf(list)) {
    const row = rowOf.get(frameKey(name));
    if (row === undefined) {
      const message = `${place}${name}: there is no such frame in ${table}, so that it has no influence.`;
      failed.push({
        item: name,
        error: new FramesiftError('ERR_NOT_FOUND', message, { facts: { name, table } }),
      });
    } else {
      rows.add(row);
    }
  }
  return { rows: [...rows], failed };
};

/** @throws ERR_EMBEDDINGS when two names of the table are of one frame */
export const rowsByFrame = ({ filenames }: CandidateTable, table: string): Map<string, number> => {
  const rowOf = new Map<string, number>();
  for (const [row, filename] of filenames.entries()) {
    const key = frameKey(filename);
    const other = rowOf.get(key);
    if (other !== undefined) {
      throw new FramesiftError(
        'ERR_EMBEDDINGS',
        `${table}: ${filenames[other]} and ${filename} are the same frame. Keep one of them.`,
        { facts: { path: table } },
      );
    }
    rowOf.set(key, row);
  }
  return rowOf;
};

/** All that was selected earlier: first the pool, then the table's column `selected`, then the list. */
export const earlierFrames = (
  table: CandidateTable,
  rowOf: ReadonlyMap<string, number>,
  pool: CandidateTable | undefined,
  list: FrameList | readonly string[] | undefined,
  label: string,
): EarlierFrames => {
  const rows = new Set<number>();
  const onlyInPool: number[] = [];
  for (const [poolRow, filename] of pool?.filenames.entries() ?? []) {
    const row = rowOf.get(frameKey(filename));
    if (row === undefined) rows.add(table.filenames.length + onlyInPool.push(poolRow) - 1);
    else rows.add(row);
  }
  const poolCount = rows.size;
  for (const [row, isSelected] of table.selected.entries()) if (isSelected === 1) rows.add(row);
  const listed = list && findRows(list, rowOf, label);
  for (const row of listed?.rows ?? []) rows.add(row);
  return { rows: [...rows], poolCount, onlyInPool, failed: listed?.failed ?? [] };
};
