// Everything that is wrong in a table of embeddings, not only what comes first.
import { quote } from '../base/quote.ts';
import { CsvReader, type CsvRecord } from './csv-reader.ts';
import {
  FLAG_COLUMNS,
  headerProblems,
  isEmbeddingColumn,
  isKeptColumn,
  LABELS,
  parseFlag,
  type TableProblem,
} from './embedding-header.ts';
import { ColumnFilter, intAt, labelProblem, textsOf, valueAt, valueProblem } from './embedding-reader.ts';
import { NameCheck } from './name-check.ts';

/** Enough for people; more would only fill the memory. */
const MOST_PROBLEMS = 100;
const MARK = '\uFEFF';

export interface EmbeddingReport {
  /** Data rows, blank ones not counted. */
  readonly rows: number;
  /** Columns of the embedding. */
  readonly dimensions: number;
  /** The first of them, and how many there are. */
  readonly problems: readonly TableProblem[];
  readonly problemCount: number;
  readonly notes: readonly string[];
  readonly hasByteOrderMark: boolean;
  readonly blankRows: number;
  readonly additionalColumns: readonly string[];
  /** Whether {@link fixedTable} may be trusted with it: all but a byte order mark is right in the header. */
  readonly isFixable: boolean;
}

/** Looks at a whole table: header, width of rows, numbers, labels, names. Give it all chunks, then ask. */
export class EmbeddingCheck {
  readonly #csv = new CsvReader();
  readonly #problems: TableProblem[] = [];
  readonly #names = new NameCheck();
  #problemCount = 0;
  #header: readonly string[] | undefined;
  #valueColumns: readonly number[] = [];
  #flagColumns: readonly number[] = [];
  #labels = -1;
  #rows = 0;
  #blankRows = 0;
  #hasMark = false;
  #isFixable = false;

  push(chunk: Uint8Array): void {
    for (const record of this.#csv.push(chunk)) this.#take(record);
  }

  end(): EmbeddingReport {
    for (const record of this.#csv.end()) this.#take(record);
    const header = this.#header ?? [];
    if (this.#header === undefined) {
      this.#tell({ row: 1, message: 'the file is empty. It must at least name its columns.' });
    }
    return {
      rows: this.#rows,
      dimensions: this.#valueColumns.length,
      problems: this.#problems,
      problemCount: this.#problemCount,
      notes: notesOn(header),
      hasByteOrderMark: this.#hasMark,
      blankRows: this.#blankRows,
      additionalColumns: header.filter((name) => !isKeptColumn(name)),
      isFixable: this.#isFixable,
    };
  }

  #take(record: CsvRecord): void {
    if (this.#header === undefined) this.#takeHeader(textsOf(record));
    else this.#takeRow(record, this.#header);
  }

  #takeHeader(cells: readonly string[]): void {
    this.#hasMark = cells[0]?.startsWith(MARK) ?? false;
    const header = withoutMark(cells);
    if (this.#hasMark) {
      const message = 'a byte order mark (BOM) stands at the start of the file. --fix removes it.';
      this.#tell({ row: 1, column: 1, message });
    }
    const problems = [...headerProblems(header)];
    for (const problem of problems) this.#tell(problem);
    this.#isFixable = problems.length === 0;
    this.#header = header;
    this.#labels = header.indexOf(LABELS);
    this.#valueColumns = columnsWhere(header, isEmbeddingColumn);
    this.#flagColumns = columnsWhere(header, (name) => FLAG_COLUMNS.includes(name));
    for (const column of columnsWhere(
      header,
      (name) => !isKeptColumn(name) && !FLAG_COLUMNS.includes(name),
    )) {
      if (column === 0 || column < this.#labels) continue; // the rules of the header have said so
      const message = `the column ${quote(header[column]!)} does not belong to the table. --fix removes it.`;
      this.#tell({ row: 1, column: column + 1, message });
    }
  }

  #takeRow(record: CsvRecord, header: readonly string[]): void {
    const { row } = record;
    if (record.length === 0) {
      this.#blankRows++;
      this.#tell({ row, message: 'the row is blank. --fix removes it.' });
      return;
    }
    this.#rows++;
    if (record.length !== header.length) {
      const message = `the row has ${record.length} cells, and the header has ${header.length}. Complete it, or remove it.`;
      this.#tell({ row, message });
      return;
    }
    const nameProblem = this.#names.problemOf(record.text(0), row);
    if (nameProblem !== undefined) this.#tell({ row, column: 1, message: nameProblem });
    for (const column of this.#valueColumns) {
      const value = valueAt(record, column);
      if (value === undefined) this.#tell(valueProblem(record, column));
      else if (!Number.isFinite(value)) {
        const message = `the value ${quote(record.text(column))} is not finite. Embed the image again, or remove the row.`;
        this.#tell({ row, column: column + 1, message });
      }
    }
    if (this.#labels !== -1 && intAt(record, this.#labels) === undefined) {
      this.#tell(labelProblem(record, this.#labels));
    }
    for (const column of this.#flagColumns) {
      if (parseFlag(record.text(column)) !== undefined) continue;
      const message = `${quote(record.text(column))} is neither 0 nor 1. Correct it.`;
      this.#tell({ row, column: column + 1, message });
    }
  }

  #tell(problem: TableProblem): void {
    this.#problemCount++;
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(problem);
  }
}

/**
 * The table without byte order mark, blank rows and additional columns; the cells' text stays as it is.
 *
 * @returns text, piece by piece
 */
export async function* fixedTable(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const csv = new CsvReader();
  let filter: ColumnFilter | undefined;
  const fix = (records: Iterable<CsvRecord>): string => {
    let text = '';
    for (const record of records) {
      const cells = filter === undefined ? withoutMark(textsOf(record)) : textsOf(record);
      filter ??= new ColumnFilter(cells);
      if (cells.length > 0) text += filter.apply(cells);
    }
    return text;
  };
  for await (const chunk of chunks) yield fix(csv.push(chunk));
  yield fix(csv.end());
}

const withoutMark = ([first, ...others]: readonly string[]): string[] =>
  first === undefined ? [] : [first.startsWith(MARK) ? first.slice(MARK.length) : first, ...others];

const columnsWhere = (header: readonly string[], is: (name: string) => boolean): number[] =>
  header.flatMap((name, column) => (is(name) ? [column] : []));

/** What is no mistake and still worth knowing. */
const notesOn = (header: readonly string[]): string[] => {
  const flags = header.filter((name) => FLAG_COLUMNS.includes(name));
  const embedding = header.filter(isEmbeddingColumn);
  const isInOrder = embedding.every((name, i) => name === `embedding_${i}`);
  return [
    ...(flags.length > 0 ? [`has the columns ${flags.join(', ')}; --fix removes them`] : []),
    ...(isInOrder ? [] : ['the columns of the embedding are not numbered 0, 1, 2, … in order']),
  ];
};
