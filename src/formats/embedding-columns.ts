// Reads the rows of a table of embeddings by the names of its columns.
import { quote } from '../base/quote.ts';
import type { CsvRecord } from './csv-reader.ts';
import { isEmbeddingColumn, LABELS, parseFlag, tableError } from './embedding-header.ts';
import { intAt, labelProblem, readValues, valueAt, valueProblem } from './embedding-reader.ts';
import type { ReadRow } from './embedding-record-reader.ts';

/** Which columns of a table hold what. Those that are neither name, value, label nor flag are passed over. */
export class EmbeddingColumns {
  readonly #file: string;
  readonly #length: number;
  readonly #values: readonly number[];
  readonly #label: number;
  readonly #masked: number;
  readonly #selected: number;
  /** Nothing but name, values and label: what tables as a rule are, and what is read twice as fast. */
  readonly #isPlain: boolean;

  /**
   * @param header without problems
   * @param file what messages call the table
   */
  constructor(header: readonly string[], file: string) {
    this.#file = file;
    this.#length = header.length;
    this.#values = header.flatMap((name, column) => (isEmbeddingColumn(name) ? [column] : []));
    this.#label = header.indexOf(LABELS);
    this.#masked = header.indexOf('masked');
    this.#selected = header.indexOf('selected');
    this.#isPlain = this.#label === header.length - 1 && this.dimensions === header.length - 2;
  }

  get dimensions(): number {
    return this.#values.length;
  }

  /**
   * @param target receives the values from `offset`
   * @returns the rest
   * @throws ERR_EMBEDDINGS for a row of another length than the header, and a cell that is not what its column says
   */
  read(record: CsvRecord, target: Float32Array, offset: number): Omit<ReadRow, 'values'> {
    this.#readValues(record, target, offset);
    const label = intAt(record, this.#label);
    if (label === undefined) throw tableError(this.#file, labelProblem(record, this.#label));
    return {
      filename: record.text(0),
      label,
      masked: this.#flagAt(record, this.#masked, 'masked'),
      selected: this.#flagAt(record, this.#selected, 'selected'),
    };
  }

  #readValues(record: CsvRecord, target: Float32Array, offset: number): void {
    if (this.#isPlain) {
      readValues(record, this.dimensions, target, offset, this.#file);
      return;
    }
    if (record.length !== this.#length) {
      const message = `the row has ${record.length} cells, and the header names ${this.#length}. Complete it, or remove it.`;
      throw tableError(this.#file, { row: record.row, message });
    }
    for (const [i, column] of this.#values.entries()) {
      const value = valueAt(record, column);
      if (value === undefined) throw tableError(this.#file, valueProblem(record, column));
      target[offset + i] = value;
    }
  }

  /** @param column -1 for a flag that the table does not have: 0 */
  #flagAt(record: CsvRecord, column: number, name: string): number {
    if (column === -1) return 0;
    const text = record.text(column);
    const flag = parseFlag(text);
    if (flag !== undefined) return flag;
    const message = `${name} is ${quote(text)}, which is neither 0 nor 1. Correct it.`;
    throw tableError(this.#file, { row: record.row, column: column + 1, message });
  }
}
