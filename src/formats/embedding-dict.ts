// A table of embeddings in the form of Lightly's API.
import type { EmbeddingMatrix } from './embedding-writer.ts';

/** What {@link EmbeddingDict} is made of. */
export interface LoadedEmbeddings<V extends Float32Array | Float64Array = Float32Array | Float64Array> {
  readonly embeddings: EmbeddingMatrix<V>;
  readonly labels: readonly number[];
  readonly filenames: readonly string[];
}

/** A table of embeddings as Lightly's API takes it, in the order of the file. */
export interface EmbeddingDict {
  readonly embeddingName: string;
  readonly embeddings: readonly {
    readonly fileName: string;
    readonly value: readonly number[];
    readonly label: number;
  }[];
}

export const embeddingDict = (
  { embeddings: { data, columns }, labels, filenames }: LoadedEmbeddings,
  embeddingName: string,
): EmbeddingDict => ({
  embeddingName,
  embeddings: filenames.map((fileName, row) => ({
    fileName,
    value: Array.from(data.subarray(row * columns, (row + 1) * columns)),
    label: labels[row]!,
  })),
});
