// What is wrong with rows of embeddings that are well-formed: names and values.
import type { TableProblem } from './embedding-header.ts';
import type { EmbeddingRow } from './embedding-rows.ts';
import { NameCheck } from './name-check.ts';

/** Looks at rows in their order; names of all are kept, to tell repeated ones. */
export class EmbeddingRowCheck {
  readonly #names = new NameCheck();
  #row = 0;
  #dimensions = 0;

  /** Rows so far, and values of each. */
  get size(): { readonly rows: number; readonly dimensions: number } {
    return { rows: this.#row, dimensions: this.#dimensions };
  }

  /** The problems of the next row; the first row is row 1, for there is no header. */
  *take({ filename, embedding }: EmbeddingRow<Float32Array | Float64Array>): Generator<TableProblem, void> {
    const row = ++this.#row;
    this.#dimensions = embedding.length;
    const nameProblem = this.#names.problemOf(filename, row);
    if (nameProblem !== undefined) yield { row, message: nameProblem };
    const wrong = embedding.findIndex((value) => !Number.isFinite(value));
    if (wrong === -1) return;
    const message = `value ${wrong} of the embedding is ${embedding[wrong]}, which is not finite. Embed the image again, or remove the row.`;
    yield { row, message };
  }
}
