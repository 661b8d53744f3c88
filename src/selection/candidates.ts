// What is known of the frames to choose from; checked, and put in the order that all choosing goes by. Pure.
import { FramesiftError } from '../base/errors.ts';
import { type Matrix, rowOf, rowsBetween } from '../base/matrix.ts';
import { quote } from '../base/quote.ts';
import { requireFinite } from '../linalg/finite.ts';

/** How much each candidate shows of each class: predicted probabilities, counts of objects, or 1 for its own class. */
export interface ClassShares {
  readonly names: readonly string[];
  /** count × names, at least 0. */
  readonly rows: Matrix;
}

/** Frames to choose from, as columns: entry `i` of each is of candidate `i`. */
export interface Candidates {
  readonly count: number;
  /** count × d embeddings of length 1; needed by whatever looks at distances. */
  readonly rows?: Matrix | undefined;
  /** Numbers of videos, in the dataset's order. Default: all are of one. */
  readonly video?: ArrayLike<number> | undefined;
  /** Frame numbers. Default: the candidate's position. */
  readonly frame?: ArrayLike<number> | undefined;
  readonly seconds?: ArrayLike<number> | undefined;
  /** Scores and metadata by name. */
  readonly columns?: Readonly<Record<string, ArrayLike<number>>> | undefined;
  readonly classes?: Readonly<Record<string, ClassShares>> | undefined;
  /** 1 for candidates that are ignored completely: neither chosen nor of influence (Lightly's `masked`). */
  readonly excluded?: ArrayLike<number> | undefined;
}

/**
 * Candidates by video and frame, without excluded ones: so ties go to the earliest frame, and no result depends on the
 * input's order.
 */
export interface Pool {
  readonly count: number;
  readonly rows: Matrix | undefined;
  /** Half-open ranges of the videos: video `v` holds `[videoStarts[v], videoStarts[v + 1])`. */
  readonly videoStarts: Uint32Array;
  /** By candidate: its video, counted from 0 without gaps. */
  readonly videoOf: Uint32Array;
  readonly seconds: ArrayLike<number> | undefined;
  readonly columns: Readonly<Record<string, ArrayLike<number>>>;
  readonly classes: Readonly<Record<string, ClassShares>>;
  /** By candidate of the pool: its position in the input. */
  readonly given: Uint32Array;
  /** Candidates in the input. */
  readonly givenCount: number;
}

/**
 * Nothing is copied where no candidate is excluded and all are in order already.
 *
 * @throws ERR_SHAPE when a column is not as long as there are candidates, or classes have not a column for each name;
 *   ERR_EMBEDDINGS or ERR_METADATA for a number
 *   that is not finite
 */
export const poolOf = (candidates: Candidates): Pool => {
  requireLengths(candidates);
  const { rows, seconds, excluded, columns = {}, classes = {} } = candidates;
  const everyone = Uint32Array.from({ length: candidates.count }, (_, i) => i);
  const { video = new Uint8Array(candidates.count), frame = everyone } = candidates;
  for (const [name, column] of Object.entries({ video, frame, ...(seconds && { seconds }) }))
    requireNumbers(column, name);
  const compare = (a: number, b: number): number => video[a]! - video[b]! || frame[a]! - frame[b]! || a - b;
  const given = everyone.filter((i) => !excluded?.[i]);
  if (rows) for (const i of given) requireFinite(rowsBetween(rows, i, i + 1), 'the embeddings', i);
  const isSorted = given.every((i, place) => place === 0 || compare(given[place - 1]!, i) < 0);
  if (!isSorted) given.sort(compare);
  const isAsGiven = isSorted && given.length === candidates.count;
  const pick = (column: ArrayLike<number>): ArrayLike<number> =>
    isAsGiven ? column : Float64Array.from(given, (i) => column[i]!);
  const pickRows = (matrix: Matrix): Matrix => (isAsGiven ? matrix : gatherRows(matrix, given));
  const videoOf = new Uint32Array(given.length);
  const videoStarts = given.length === 0 ? [] : [0];
  for (let i = 1; i < given.length; i++) {
    if (video[given[i]!] !== video[given[i - 1]!]) videoStarts.push(i);
    videoOf[i] = videoStarts.length - 1;
  }
  return {
    count: given.length,
    rows: rows && pickRows(rows),
    videoStarts: Uint32Array.from([...videoStarts, given.length]),
    videoOf,
    seconds: seconds && pick(seconds),
    columns: Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, pick(column)])),
    classes: Object.fromEntries(
      Object.entries(classes).map(([name, each]) => [name, { ...each, rows: pickRows(each.rows) }]),
    ),
    given,
    givenCount: candidates.count,
  };
};

/** A copy of some rows, in the order of `rows`. */
export const gatherRows = (matrix: Matrix, rows: ArrayLike<number>): Matrix => {
  const data = new Float32Array(rows.length * matrix.columns);
  for (let i = 0; i < rows.length; i++) data.set(rowOf(matrix, rows[i]!), i * matrix.columns);
  return { rows: rows.length, columns: matrix.columns, data };
};

const requireLengths = ({
  count,
  rows,
  video,
  frame,
  seconds,
  excluded,
  columns,
  classes,
}: Candidates): void => {
  const lengths: Record<string, number | undefined> = {
    rows: rows?.rows,
    video: video?.length,
    frame: frame?.length,
    seconds: seconds?.length,
    excluded: excluded?.length,
  };
  for (const [name, column] of Object.entries(columns ?? {}))
    lengths[`column ${quote(name)}`] = column.length;
  for (const [name, each] of Object.entries(classes ?? {})) {
    lengths[`classes ${quote(name)}`] = each.rows.rows;
    if (count === 0 || each.rows.columns === each.names.length) continue;
    throw new FramesiftError(
      'ERR_SHAPE',
      `classes ${quote(name)}: there are ${each.names.length} names for ${each.rows.columns} columns. Give one for each.`,
      { facts: { name, names: each.names.length, columns: each.rows.columns } },
    );
  }
  for (const [name, length] of Object.entries(lengths)) {
    if (length === undefined || length === count) continue;
    throw new FramesiftError(
      'ERR_SHAPE',
      `${name}: there are ${length} entries for ${count} candidates. Give one for each.`,
      { facts: { name, length, count } },
    );
  }
};

/**
 * @param given by entry: its number as the message says it
 * @throws ERR_METADATA naming the first entry that is not finite, or below `least`
 */
export const requireNumbers = (
  column: ArrayLike<number>,
  name: string,
  least = Number.NEGATIVE_INFINITY,
  given?: Uint32Array | undefined,
): void => {
  for (let i = 0; i < column.length; i++) {
    const value = column[i]!;
    if (Number.isFinite(value) && value >= least) continue;
    const entry = given?.[i] ?? i;
    const wanted = least === 0 ? 'a number of at least 0' : 'a finite number';
    throw new FramesiftError('ERR_METADATA', `${name}: entry ${entry} is ${value}: expected ${wanted}.`, {
      facts: { name, entry, value },
    });
  }
};
