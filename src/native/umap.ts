// umap-js: the layout of points on a plane that keeps neighbours together.
import { loadNative } from './load.ts';

const { UMAP } = await loadNative('umap-js', import('umap-js'));

export interface LayoutRequest {
  /** For each point its nearest points, itself first, and their distances. */
  readonly indices: number[][];
  readonly distances: number[][];
  readonly nComponents: number;
  /** How close points may come: small for tight clusters. */
  readonly minDist: number;
  /** Uniform in `[0, 1)`. */
  readonly random: () => number;
}

/** A layout under way: its steps are the caller's to make, so that they can be watched and stopped. */
export interface Layout {
  readonly steps: number;
  step(): void;
  /** Points × components. */
  points(): readonly (readonly number[])[];
}

/** Prepares a layout (McInnes et al. 2018) from neighbours that are known. */
export const prepareLayout = ({
  indices,
  distances,
  nComponents,
  minDist,
  random,
}: LayoutRequest): Layout => {
  const umap = new UMAP({ nComponents, nNeighbors: indices[0]?.length ?? 1, minDist, random });
  umap.setPrecomputedKNN(indices, distances);
  // With the neighbours known, of the points only their number is looked at.
  const steps = umap.initializeFit(indices.map(() => []));
  return { steps, step: () => void umap.step(), points: () => umap.getEmbedding() };
};
