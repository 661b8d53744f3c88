// Reads tables of embeddings that come as records: which columns hold what, and what each row says.
import { FramesiftError } from '../base/errors.ts';
import { quoteFirst } from '../base/quote.ts';
import {
  FILENAMES,
  FLAG_COLUMNS,
  isEmbeddingColumn,
  LABELS,
  parseFlag,
  tableError,
} from './embedding-header.ts';

/** A table of this kind may have a column for each value. */
const COLUMNS_SHOWN = 8;
/** Names that a column of lists has. */
const LISTS = ['embedding', 'embeddings'];

type Cells = Readonly<Record<string, unknown>>;
type Numbers = ArrayLike<number | bigint>;

export interface ReadRow {
  readonly filename: string;
  readonly values: Numbers;
  readonly label: number;
  /** 1 or 0, as Lightly's columns of these names say; 0 without the column, and where nobody asked for flags. */
  readonly masked: number;
  readonly selected: number;
}

/**
 * The rows of a table, one after the other. Values stand in one column of lists (`embedding` or `embeddings`) or in one
 * column each (`embedding_0`, …, in the order of the table); columns beside them, the names and the labels are
 * passed over.
 */
export class EmbeddingRecordReader {
  /** The columns that {@link EmbeddingRecordReader.read} needs. */
  readonly columns: readonly string[];
  readonly #file: string;
  readonly #list: string | undefined;
  readonly #each: readonly string[];
  #dimensions: number | undefined;
  #row = 0;

  /**
   * @param found the columns of the table
   * @param file what messages call it
   * @param hasFlags whether Lightly's `masked` and `selected` are read
   * @throws ERR_EMBEDDINGS saying which column is missing
   */
  constructor(found: readonly string[], file: string, hasFlags = false) {
    this.#file = file;
    this.#list = LISTS.find((name) => found.includes(name));
    this.#each = this.#list === undefined ? found.filter(isEmbeddingColumn) : [];
    const values = this.#list === undefined ? this.#each : [this.#list];
    const missing = [FILENAMES, LABELS].find((name) => !found.includes(name));
    if (missing !== undefined || values.length === 0) {
      throw noColumn(file, missing ?? 'embedding', found);
    }
    const flags = hasFlags ? FLAG_COLUMNS.filter((name) => found.includes(name)) : [];
    this.columns = [FILENAMES, ...values, LABELS, ...flags];
  }

  /** Values of each row; those of the first one decide where they are lists. */
  get dimensions(): number {
    return this.#dimensions ?? this.#each.length;
  }

  /** @throws ERR_EMBEDDINGS for a cell that is empty or of another type, and for a list of another length */
  read(cells: Cells): ReadRow {
    this.#row++;
    const values = this.#valuesOf(cells);
    const filename = cells[FILENAMES];
    if (typeof filename !== 'string') return this.#refuse('the file name is no text. Fill it in');
    const cell = cells[LABELS];
    const label = typeof cell === 'bigint' ? Number(cell) : cell;
    if (typeof label !== 'number' || !Number.isSafeInteger(label)) {
      return this.#refuse(`the label ${String(cell)} is not a whole number. Correct it`);
    }
    return {
      filename,
      values,
      label,
      masked: this.#flag(cells, 'masked'),
      selected: this.#flag(cells, 'selected'),
    };
  }

  #flag(cells: Cells, column: 'masked' | 'selected'): number {
    if (!this.columns.includes(column)) return 0;
    const text = String(cells[column]);
    return parseFlag(text) ?? this.#refuse(`${column} is ${text}, which is neither 0 nor 1. Correct it`);
  }

  #valuesOf(cells: Cells): Numbers {
    const values = this.#list === undefined ? this.#each.map((name) => cells[name]) : cells[this.#list];
    if (!isList(values)) return this.#refuse('the embedding is no list of numbers. Embed the image again');
    this.#dimensions ??= values.length;
    if (values.length !== this.#dimensions) {
      const lengths = `${values.length} values, and that of the first row has ${this.#dimensions}`;
      return this.#refuse(`the embedding has ${lengths}. Embed the image again`);
    }
    for (let i = 0; i < values.length; i++) {
      if (typeof values[i] === 'number' || typeof values[i] === 'bigint') continue;
      return this.#refuse(`value ${i} of the embedding is no number. Embed the image again`);
    }
    return values as Numbers;
  }

  #refuse(problem: string): never {
    throw tableError(this.#file, { row: this.#row, message: `${problem}, or remove the row.` });
  }
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || ArrayBuffer.isView(value);

const noColumn = (file: string, wanted: string, found: readonly string[]): FramesiftError =>
  new FramesiftError(
    'ERR_EMBEDDINGS',
    `${file}: the table has no column \`${wanted}\`, only ${quoteFirst(found, COLUMNS_SHOWN)}. It needs \`${FILENAMES}\`, \`${LABELS}\`, and \`embedding\` (lists of numbers) or \`embedding_0\`, \`embedding_1\`, ….`,
    { facts: { path: file, missing: wanted } },
  );
