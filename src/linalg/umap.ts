// Uniform Manifold Approximation and Projection: neighbours stay together, distances do not mean much.
import { Breather } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import { type Matrix, matrixOf, rowOf } from '../base/matrix.ts';
import { Random } from '../base/random.ts';
import { prepareLayout } from '../native/umap.ts';
import { type Neighbours, nearestNeighbours } from './nearest-neighbours.ts';
import { normalizeRows } from './normalize-rows.ts';

export interface UmapOptions {
  /** Default 2. */
  readonly nComponents?: number | undefined;
  /** Neighbours that a point is held by; fewer show details, more the whole. Default 15. */
  readonly nNeighbors?: number | undefined;
  /** How close points may come, in [0, 1]. Default 0.1. */
  readonly minDist?: number | undefined;
  /** Share of the rows that are laid out, in (0, 1]; the others are put between their neighbours among them. Default: all. */
  readonly fraction?: number | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the share that is done, in [0, 1]. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/**
 * Lays rows out in few dimensions (McInnes, Healy, Melville 2018; umap-js). Neighbours are exact, by cosine
 * similarity. The same input and seed give the same layout.
 *
 * @param embeddings n × d, n above `nNeighbors`
 * @returns n × nComponents
 * @throws ERR_OPTION; ERR_SHAPE when there are too few rows; ERR_EMBEDDINGS for a number that is not finite
 */
export const umap = async (
  embeddings: Matrix,
  {
    nComponents = 2,
    nNeighbors = 15,
    minDist = 0.1,
    fraction = 1,
    seed = 0,
    signal,
    onProgress,
  }: UmapOptions = {},
): Promise<Matrix> => {
  if (!(fraction > 0 && fraction <= 1)) {
    throw new FramesiftError('ERR_OPTION', `fraction ${fraction}: fraction must be in (0, 1].`, {
      facts: { fraction },
    });
  }
  const random = new Random(seed);
  const unit = normalizeRows(embeddings);
  const count = Math.floor(unit.rows * fraction);
  if (count <= nNeighbors) {
    throw new FramesiftError(
      'ERR_SHAPE',
      `${count} rows are too few for ${nNeighbors} neighbours: UMAP needs more rows than neighbours. Take fewer neighbours.`,
      { facts: { rows: count, nNeighbors } },
    );
  }
  const fitted = random.permutation(unit.rows).subarray(0, count).sort();
  const bank = count === unit.rows ? unit : gather(unit, fitted);
  const near = await nearestNeighbours(bank, bank, nNeighbors, { signal });
  const layout = prepareLayout({ ...asLists(near), nComponents, minDist, random: () => random.uniform() });
  const breather = new Breather(signal);
  for (let step = 0; step < layout.steps; step++) {
    layout.step();
    onProgress?.((step + 1) / layout.steps);
    if (breather.isDue) await breather.pause();
  }
  const points = Float32Array.from(layout.points().flat());
  if (count === unit.rows) return matrixOf(points, count, nComponents);
  return placeAll(unit, bank, fitted, matrixOf(points, count, nComponents), nNeighbors, signal);
};

const gather = (matrix: Matrix, rows: Uint32Array): Matrix => {
  const data = new Float32Array(rows.length * matrix.columns);
  for (const [i, row] of rows.entries()) data.set(rowOf(matrix, row), i * matrix.columns);
  return matrixOf(data, rows.length, matrix.columns);
};

/** Euclidean distance of unit vectors, from their inner product. */
const distanceOf = (similarity: number): number => Math.sqrt(Math.max(0, 2 - 2 * similarity));

/** Neighbours as lists, each point itself first and at distance 0, where equal points may have come before it. */
const asLists = ({
  queries,
  k,
  indices,
  similarities,
}: Neighbours): { indices: number[][]; distances: number[][] } => {
  const lists = { indices: [] as number[][], distances: [] as number[][] };
  for (let i = 0; i < queries; i++) {
    const near = [...indices.subarray(i * k, (i + 1) * k)];
    const far = [...similarities.subarray(i * k, (i + 1) * k)].map(distanceOf);
    const own = near.indexOf(i);
    if (own > 0) near[own] = near[0]!;
    near[0] = i;
    far[0] = 0;
    lists.indices.push(near);
    lists.distances.push(far);
  }
  return lists;
};

/** Rows that were not laid out: the mean of their neighbours' places, each by its similarity. */
const placeAll = async (
  unit: Matrix,
  bank: Matrix,
  fitted: Uint32Array,
  places: Matrix,
  nNeighbors: number,
  signal: AbortSignal | undefined,
): Promise<Matrix> => {
  const all = new Float32Array(unit.rows * places.columns);
  const { indices, similarities, k } = await nearestNeighbours(unit, bank, nNeighbors, { signal });
  for (let row = 0; row < unit.rows; row++) {
    let total = 0;
    for (let j = row * k; j < (row + 1) * k; j++) {
      const weight = Math.max(1e-6, similarities[j]!);
      total += weight;
      for (let c = 0; c < places.columns; c++)
        all[row * places.columns + c]! += weight * places.data[indices[j]! * places.columns + c]!;
    }
    for (let c = 0; c < places.columns; c++) all[row * places.columns + c]! /= total;
  }
  for (const [i, row] of fitted.entries()) all.set(rowOf(places, i), row * places.columns);
  return matrixOf(all, unit.rows, places.columns);
};
