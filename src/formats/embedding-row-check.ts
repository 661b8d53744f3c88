// What is wrong with rows of embeddings that are well-formed: names and values.
import { quote } from '../base/quote.ts';
import type { EmbeddingRow } from './embedding-rows.ts';

export interface RowProblem {
  /** Counted from 1. */
  readonly row: number;
  readonly message: string;
}

/** Looks at rows in their order; names of all are kept, to tell repeated ones. */
export class EmbeddingRowCheck {
  readonly #rowOfName = new Map<string, number>();
  #row = 0;
  #dimensions = 0;

  /** Rows so far, and values of each. */
  get size(): { readonly rows: number; readonly dimensions: number } {
    return { rows: this.#row, dimensions: this.#dimensions };
  }

  /** The problems of the next row. */
  *take({ filename, embedding }: EmbeddingRow<Float32Array | Float64Array>): Generator<RowProblem, void> {
    const row = ++this.#row;
    this.#dimensions = embedding.length;
    const before = this.#rowOfName.get(filename);
    if (filename === '') yield { row, message: 'the file name is empty. Fill it in, or remove the row.' };
    else if (before === undefined) this.#rowOfName.set(filename, row);
    else yield { row, message: `${quote(filename)} is the name of row ${before}, too. Remove one of them.` };
    const wrong = embedding.findIndex((value) => !Number.isFinite(value));
    if (wrong === -1) return;
    const message = `value ${wrong} of the embedding is ${embedding[wrong]}, which is not finite. Embed the image again, or remove the row.`;
    yield { row, message };
  }
}
