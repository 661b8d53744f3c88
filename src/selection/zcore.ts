// ZCore: scores rows by how well they cover random points of the embeddings' space, for many rows.

import { Breather } from '../base/concurrency.ts';
import type { Matrix } from '../base/matrix.ts';
import { requireWhole } from '../base/option-checks.ts';
import { Random } from '../base/random.ts';
import type { Candidates } from './candidates.ts';
import { lowestPlaces } from './lowest-places.ts';
import { type Order, type OrderOptions, orderBy } from './order.ts';

export interface ZCoreOptions extends OrderOptions {
  /** Default 0. */
  readonly seed?: number | undefined;
  /**
   * Random points. Default: 1000 for each row, up to the 1 000 000 of the paper. Each costs a few looks at all rows: a
   * million take minutes at 20 000 rows. Fewer cost less in proportion, and leave more of the scores to chance.
   */
  readonly draws?: number | undefined;
  /** Rows near a covered one that lose by it. Default 1000. */
  readonly redundant?: number | undefined;
}

/**
 * Zero-shot coreset (Griffin et al. 2024): each draw takes two random columns and a point whose coordinates have a
 * triangular distribution between the column's least and largest value around its median. The row nearest to the point
 * there (L1) gains 1, and its `redundant` nearest rows share a loss of 1, in proportion to 1 / distance⁴. Candidates
 * are ordered by their scores.
 *
 * @returns values: scores, scaled to [0, 1]
 * @throws as {@link orderBy}
 */
export const zCore = (
  candidates: Candidates,
  {
    seed = 0,
    draws = Math.min(1_000_000, Math.max(1, 1000 * candidates.count)),
    redundant = 1000,
    ...options
  }: ZCoreOptions = {},
): Promise<Order> => {
  requireWhole('draws', draws, 1);
  requireWhole('redundant', redundant, 1);
  return orderBy('ZCore', candidates, options, async ({ rows, count, signal }) => {
    const scores = await scoresOf(rows, new Random(seed), draws, redundant, signal);
    const least = scores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const span = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) - least;
    const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
    return Array.from(order.subarray(0, count), (row) => ({
      row,
      value: span === 0 ? 1 : (scores[row]! - least) / span,
    }));
  });
};

const scoresOf = async (
  rows: Matrix,
  random: Random,
  draws: number,
  redundant: number,
  signal: AbortSignal | undefined,
): Promise<Float64Array> => {
  const breather = new Breather(signal);
  const columns = Array.from({ length: rows.columns }, (_, column) =>
    Float32Array.from({ length: rows.rows }, (_, row) => rows.data[row * rows.columns + column]!),
  );
  const shapes = columns.map((column) => {
    const sorted = column.slice().sort();
    return { least: sorted[0]!, median: sorted[sorted.length >> 1]!, most: sorted[sorted.length - 1]! };
  });
  const scores = new Float64Array(rows.rows);
  const losers = Math.min(redundant, rows.rows - 1);
  const distances = new Float64Array(rows.rows);
  for (let draw = 0; draw < draws; draw++) {
    await breather.pause();
    const [a, b] = twoColumns(random, rows.columns);
    const [x, y] = [columns[a]!, columns[b]!];
    const covered = nearestTo(x, y, triangular(random, shapes[a]!), triangular(random, shapes[b]!));
    scores[covered]!++;
    if (losers === 0) continue;
    fillDistances(distances, x, y, x[covered]!, y[covered]!);
    distances[covered] = Number.POSITIVE_INFINITY;
    penalise(scores, distances, losers);
  }
  return scores;
};

/** Two different columns; of a single one, that one twice. */
const twoColumns = (random: Random, count: number): readonly [number, number] => {
  const first = random.below(count);
  if (count === 1) return [first, first];
  const second = random.below(count - 1);
  return [first, second < first ? second : second + 1];
};

const triangular = (
  random: Random,
  { least, median, most }: { readonly least: number; readonly median: number; readonly most: number },
): number => {
  const share = random.uniform();
  if (most === least) return least;
  return share < (median - least) / (most - least)
    ? least + Math.sqrt(share * (most - least) * (median - least))
    : most - Math.sqrt((1 - share) * (most - least) * (most - median));
};

const nearestTo = (x: Float32Array, y: Float32Array, atX: number, atY: number): number => {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let row = 0; row < x.length; row++) {
    const distance = Math.abs(x[row]! - atX) + Math.abs(y[row]! - atY);
    if (distance < least) [best, least] = [row, distance];
  }
  return best;
};

const fillDistances = (
  distances: Float64Array,
  x: Float32Array,
  y: Float32Array,
  atX: number,
  atY: number,
): void => {
  for (let row = 0; row < x.length; row++) distances[row] = Math.abs(x[row]! - atX) + Math.abs(y[row]! - atY);
};

const penalise = (scores: Float64Array, distances: Float64Array, losers: number): void => {
  const near = lowestPlaces(distances, losers);
  // An equal row takes the whole loss: the weight of a distance of 0 is beyond all others.
  const equal = near.find((row) => distances[row] === 0);
  if (equal !== undefined) {
    scores[equal]!--;
    return;
  }
  const weights = Float64Array.from(near, (row) => 1 / (distances[row]! * distances[row]!) ** 2);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (const [i, row] of near.entries()) scores[row]! -= weights[i]! / total;
};
