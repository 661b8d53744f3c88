// From files to what can be selected: the frames of a table, what is known of them, and what rules some of them out.
import { FramesiftError } from '../base/errors.ts';
import type { Failure } from '../base/outcome.ts';
import type { ReadingOptions } from '../dataset/reading-options.ts';
import { type FrameList, readFrameList } from '../frame/list.ts';
import type { Candidates } from '../selection/candidates.ts';
import type { Removal } from '../signals/frame-filter.ts';
import { type CandidateTable, loadCandidateTable } from '../table/candidate-table.ts';
import { readPool } from './datapool.ts';
import { directionsOf, stacked } from './directions.ts';
import { type EarlierFrames, earlierFrames, findRows, rowsByFrame } from './earlier.ts';
import { filterRows } from './frame-filters.ts';
import { type FramePlaces, placesOf } from './frame-places.ts';
import { type FrameTimes, frameTimes } from './frame-times.ts';
import { FrameKnowledge, type KnowledgeSources } from './knowledge.ts';
import type { SelectionRules } from './rules.ts';
import { type ResolvedRules, resolveRules } from './strategy-columns.ts';
import { needsTimes, secondsIn, timelineOf } from './timeline.ts';

/** Names of frames, or the path of a list of them. */
export type FramesGiven = string | FrameList | readonly string[];

export interface CandidateSources extends KnowledgeSources, Omit<ReadingOptions, 'onLog'> {
  /** The folder of the table's videos, to know exactly when each frame is shown. */
  readonly videos?: string | undefined;
  /** Frames that are selected already: they influence others, count, and are not returned. */
  readonly preselected?: FramesGiven | undefined;
  /** Frames that are ignored completely. */
  readonly excluded?: FramesGiven | undefined;
  /** A folder that remembers what was ever selected: nothing is selected twice, or like what was. */
  readonly datapool?: string | undefined;
}

/** Rows are positions in `filenames`: those of the table, then those that only the pool has. */
export interface FrameCandidates {
  readonly table: CandidateTable;
  readonly pool: CandidateTable | undefined;
  readonly filenames: readonly string[];
  readonly places: FramePlaces;
  /** When frames are shown; NaN where that is not known. */
  readonly seconds: Float64Array | undefined;
  readonly times: FrameTimes | undefined;
  readonly candidates: Candidates;
  readonly rules: ResolvedRules;
  /** In the order of being selected. */
  readonly preselected: readonly number[];
  /** How many of the preselected are of the pool. */
  readonly poolCount: number;
  /** What filters left out. */
  readonly removals: ReadonlyMap<number, Removal>;
  readonly failed: readonly Failure[];
}

/**
 * @throws ERR_NOT_FOUND, ERR_READ, ERR_EMBEDDINGS, ERR_METADATA, ERR_OPTION, ERR_SHAPE, ERR_LIST, or the signal's reason;
 *   what is wrong with one frame alone is in `failed`
 */
export const gatherCandidates = async (
  sources: CandidateSources,
  rules: SelectionRules,
): Promise<FrameCandidates> => {
  const { embeddings: path, datapool, signal } = sources;
  const table = await loadCandidateTable(path, signal, (done, total) =>
    sources.onProgress?.({ stage: 'reading embeddings', done, total, failed: 0, unit: 'rows' }),
  );
  const pool = datapool === undefined ? undefined : await readPool(datapool, table.embeddings.columns);
  const rowOf = rowsByFrame(table, path);
  const earlier = earlierFrames(table, rowOf, pool, await readGiven(sources.preselected), path);
  const filenames = [...table.filenames, ...earlier.onlyInPool.map((row) => pool!.filenames[row]!)];
  const places = placesOf(filenames);
  const failed = [...earlier.failed];

  const excluded = new Uint8Array(filenames.length);
  excluded.set(table.masked);
  const ignored = findRows((await readGiven(sources.excluded)) ?? [], rowOf, path);
  for (const row of ignored.rows) excluded[row] = 1;
  // Such a list is as a rule about more than this table, but hardly about none of it.
  if (ignored.rows.length === 0) failed.push(...ignored.failed);

  const { rows, without } = directionsOf(withPool(table, pool, earlier));
  for (const [row, why] of without) {
    excluded[row] = 1;
    failed.push(withoutDirection(filenames[row]!, why));
  }

  const knowledge = new FrameKnowledge(sources, table);
  const times = await timesOf(filenames, places, table.filenames.length, sources);
  failed.push(...(times?.failed ?? []));
  const metadata = await knowledge.metadataIfThere();
  const seconds = times?.seconds ?? (metadata && secondsIn(metadata, filenames.length));
  if (times !== undefined && needsTimes(rules)) {
    for (const [row, ref] of places.refs.entries())
      if (row < table.filenames.length && ref && Number.isNaN(times.seconds[row])) excluded[row] = 1;
  }

  const isEarlier = new Set(earlier.rows);
  const open = rowsInOrder(table.filenames.length, places).filter((row) => excluded[row] === 0);
  const { filters = [] } = rules;
  const removals =
    filters.length === 0
      ? new Map<number, Removal>()
      : filterRows(open, filters, places, seconds, excluded, await knowledge.metadata());
  for (const row of removals.keys()) {
    // What was selected before somebody thought of a filter stays selected.
    if (!isEarlier.has(row)) excluded[row] = 1;
  }
  const resolved = await resolveRules(rules, knowledge, excluded);
  return {
    table,
    pool,
    filenames,
    places,
    seconds,
    times,
    candidates: {
      count: filenames.length,
      rows,
      frame: places.frame,
      ...timelineOf(rules, seconds, places),
      columns: resolved.columns,
      classes: resolved.classes,
      excluded,
    },
    rules: resolved,
    preselected: earlier.rows.filter((row) => !without.has(row)),
    poolCount: earlier.poolCount,
    removals,
    failed,
  };
};

const readGiven = async (
  given: FramesGiven | undefined,
): Promise<FrameList | readonly string[] | undefined> =>
  typeof given === 'string' ? readFrameList(given) : given;

const withPool = (table: CandidateTable, pool: CandidateTable | undefined, { onlyInPool }: EarlierFrames) =>
  pool === undefined ? table.embeddings : stacked(table.embeddings, pool.embeddings, onlyInPool);

const timesOf = async (
  filenames: readonly string[],
  places: FramePlaces,
  tableRows: number,
  { videos, ...options }: CandidateSources,
): Promise<FrameTimes | undefined> =>
  videos === undefined ? undefined : frameTimes(filenames, places, tableRows, { ...options, videos });

/** By video and frame, as filters want them. */
const rowsInOrder = (count: number, { video, frame }: FramePlaces): number[] =>
  Array.from({ length: count }, (_, row) => row).sort(
    (a, b) => video[a]! - video[b]! || frame[a]! - frame[b]! || a - b,
  );

const withoutDirection = (item: string, why: string): Failure => ({
  item,
  error: new FramesiftError('ERR_EMBEDDINGS', `${item}: its embedding ${why}, so that it was left out.`, {
    facts: { filename: item },
  }),
});
