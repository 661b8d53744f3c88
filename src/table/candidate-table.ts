// stub
import type { Matrix } from '../base/matrix.ts';
import { matrixOf } from '../base/matrix.ts';
import { loadEmbeddings } from '../lightly.ts';
export interface CandidateTable {
  readonly filenames: readonly string[];
  readonly labels: readonly number[];
  readonly embeddings: Matrix;
  readonly masked: Uint8Array;
  readonly selected: Uint8Array;
}
export const loadCandidateTable = async (path: string, _signal?: AbortSignal): Promise<CandidateTable> => {
  const { embeddings, labels, filenames } = await loadEmbeddings(path, { type: 'float32' });
  return {
    filenames,
    labels,
    embeddings: matrixOf(embeddings.data, embeddings.rows, embeddings.columns),
    masked: new Uint8Array(filenames.length),
    selected: new Uint8Array(filenames.length),
  };
};
