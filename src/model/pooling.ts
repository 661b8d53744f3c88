// Which of a network's outputs is the embedding, and how it becomes one vector a picture.
import type { Pooling } from './description.ts';

/** An output as the network describes it: −1 for a dimension that is not fixed. */
export interface OutputShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Names that exporters give to embeddings, best first. */
const EMBEDDING_NAMES = [
  'image_embeds',
  'image_embeddings',
  'embedding',
  'embeddings',
  'pooler_output',
  'sentence_embedding',
  'features',
  'last_hidden_state',
];

/**
 * The output that most likely is the embedding: by name, then a vector, then tokens, then a feature map; of several
 * alike the first.
 */
export const chooseOutput = <T extends OutputShape>(outputs: readonly T[]): T | undefined => {
  for (const name of EMBEDDING_NAMES) {
    const found = outputs.find((output) => output.name === name);
    if (found !== undefined) return found;
  }
  for (const rank of [2, 3, 4]) {
    const found = outputs.find((output) => output.shape.length === rank);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** What suits an output of this rank; undefined where nothing does. */
export const choosePooling = (rank: number): Pooling | undefined =>
  (({ 2: 'none', 3: 'cls', 4: 'avg' }) as const)[rank];

/** Whether `pooling` can be done to an output of this rank. `none` flattens whatever comes. */
export const canPool = (pooling: Pooling, rank: number): boolean =>
  pooling === 'none' || (pooling === 'avg' ? rank === 4 : rank === 3);

/**
 * One vector for each picture of a batch.
 *
 * @param values of shape `shape`, row-major: n × d, n × tokens × d, or n × d × height × width
 * @returns n × dimensions, row-major
 */
export const pool = (values: Float32Array, shape: readonly number[], pooling: Pooling): Float32Array => {
  const count = shape[0]!;
  if (pooling === 'none') return values;
  if (pooling === 'avg') return meanOfLast(values, count * shape[1]!, shape[2]! * shape[3]!);
  const [, tokens = 1, dimensions = 1] = shape;
  const pooled = new Float32Array(count * dimensions);
  for (let i = 0; i < count; i++) {
    const start = i * tokens * dimensions;
    if (pooling === 'cls') pooled.set(values.subarray(start, start + dimensions), i * dimensions);
    else
      for (let d = 0; d < dimensions; d++) {
        let sum = 0;
        for (let t = 0; t < tokens; t++) sum += values[start + t * dimensions + d]!;
        pooled[i * dimensions + d] = sum / tokens;
      }
  }
  return pooled;
};

const meanOfLast = (values: Float32Array, rows: number, length: number): Float32Array => {
  const means = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = row * length; i < (row + 1) * length; i++) sum += values[i]!;
    means[row] = sum / length;
  }
  return means;
};

/** Scales a row to Euclidean length 1; a row of zeros stays. */
export const normalizeRow = (row: Float32Array): void => {
  let sum = 0;
  for (const value of row) sum += value * value;
  const length = Math.sqrt(sum);
  if (length > 0) for (let i = 0; i < row.length; i++) row[i] = row[i]! / length;
};
