// Clusters of rows of length 1, by direction.
import { Breather } from '../base/concurrency.ts';
import { type Matrix, matrixOf, rowOf } from '../base/matrix.ts';
import { gatherRows } from './candidates.ts';
import { squaredLengths } from './distances.ts';
import { drawSpread } from './k-means-plus-plus.ts';
import { nearestRows } from './nearest-rows.ts';
import { RowProducts } from './row-products.ts';

/** Lloyd's iterations settle long before, but for a few rows that go back and forth. */
const MOST_ROUNDS = 50;

export interface Clusters {
  /** One row of length 1 for each cluster; a cluster may have no members. */
  readonly centres: Matrix;
  /** By row: its cluster, the one whose centre is nearest, of equally near ones the first. */
  readonly clusterOf: Int32Array;
}

/**
 * Spherical k-means (Dhillon and Modha 2001), begun by k-means++: centres are means of their members, scaled to length
 * 1. Rows that are all equal to few give fewer clusters than asked for.
 *
 * @param count from 1 to the number of rows
 */
export const kMeans = async (
  rows: Matrix,
  count: number,
  { seed, signal }: { readonly seed: number; readonly signal?: AbortSignal | undefined },
): Promise<Clusters> => {
  const breather = new Breather(signal);
  const seeds = await drawSpread(rows, count, { seed, signal });
  let centres = gatherRows(
    rows,
    seeds.map(({ row }) => row),
  );
  await using products = await RowProducts.open(rows.columns);
  const measured = { matrix: rows, squares: squaredLengths(rows) };
  const nearestCentres = async (): Promise<Int32Array> => {
    const bank = { matrix: centres, squares: squaredLengths(centres) };
    return (await nearestRows(products, measured, bank, breather)).places;
  };
  let clusterOf = await nearestCentres();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await breather.pause();
    centres = meansOf(rows, centres, clusterOf);
    const next = await nearestCentres();
    const isSettled = next.every((cluster, row) => cluster === clusterOf[row]);
    clusterOf = next;
    if (isSettled) break;
  }
  return { centres, clusterOf };
};

/** The members of each cluster, lowest row first. */
export const membersOf = ({ centres, clusterOf }: Clusters): number[][] => {
  const members: number[][] = Array.from({ length: centres.rows }, () => []);
  for (const [row, cluster] of clusterOf.entries()) members[cluster]!.push(row);
  return members;
};

/** Means in float64, scaled to length 1; a cluster without members, or whose members cancel out, keeps its centre. */
const meansOf = (rows: Matrix, centres: Matrix, clusterOf: Int32Array): Matrix => {
  const { columns } = rows;
  const sums = new Float64Array(centres.data.length);
  for (let row = 0; row < rows.rows; row++) {
    const to = clusterOf[row]! * columns;
    for (let i = 0; i < columns; i++) sums[to + i]! += rows.data[row * columns + i]!;
  }
  const data = new Float32Array(sums.length);
  for (let cluster = 0; cluster < centres.rows; cluster++) {
    const sum = sums.subarray(cluster * columns, (cluster + 1) * columns);
    let square = 0;
    for (const each of sum) square += each * each;
    const length = Math.sqrt(square);
    const mean = length < LEAST_LENGTH ? rowOf(centres, cluster) : sum.map((each) => each / length);
    data.set(mean, cluster * columns);
  }
  return matrixOf(data, centres.rows, columns);
};

const LEAST_LENGTH = 1e-9;
