import { quoteFirst } from '../base/quote.ts';
import {
  countNewlines,
  type FrameListEntry,
  type ListReader,
  listError,
  type TextBlock,
} from './list-reader.ts';

const COLUMN = 'filenames';
const COLUMNS_SHOWN = 8;

/** Whether a line can be the header of a CSV of frames: one of its columns is `filenames`. */
export const isCsvHeader = (line: string): boolean =>
  headerNames(line.replaceAll('"', '').split(',')).includes(COLUMN);

/**
 * Reads the column `filenames` of a CSV (RFC 4180: commas, double quotes, a quote inside quotes doubled; any line
 * ends). Other columns are passed over without being stored: an embedding table of many gigabytes is a list too.
 */
export class CsvListReader implements ListReader {
  readonly #label: string;
  readonly #entries: FrameListEntry[] = [];
  /** Position of the column `filenames`; undefined before the header was read. */
  #column: number | undefined;
  /** A record with quotes may continue in the next block. */
  #cells: string[] = [];
  #cell = '';
  #isInQuotes = false;
  #recordLine = 0;

  constructor(label: string) {
    this.#label = label;
  }

  read({ text, line: firstLine }: TextBlock): void {
    let line = firstLine;
    for (let at = 0; at < text.length; ) {
      const newline = text.indexOf('\n', at);
      const record = text.slice(at, newline === -1 ? text.length : newline);
      if (!this.#isInQuotes && !record.includes('"')) {
        this.#takePlain(record, line++);
        at += record.length + 1;
        continue;
      }
      if (!this.#isInQuotes) this.#recordLine = line;
      const next = this.#readQuoted(text, at);
      line += countNewlines(text, at, next);
      at = next;
    }
  }

  finish(): readonly FrameListEntry[] {
    if (this.#isInQuotes) {
      throw this.#error(
        this.#recordLine,
        'a quote is opened here and never closed. Close it, or double a quote that is part of a name.',
      );
    }
    return this.#entries;
  }

  /** Reads a record that holds quotes, or continues one; returns the position after it or after the block. */
  #readQuoted(text: string, start: number): number {
    let at = start;
    for (;;) {
      if (!this.#isInQuotes && text[at] === '"') {
        this.#isInQuotes = true;
        this.#cell = '';
        at++;
      }
      at = this.#isInQuotes ? this.#readQuotedCell(text, at) : this.#readPlainCell(text, at);
      if (this.#isInQuotes) return at;
      if (text[at] !== ',') return this.#takeQuoted(at);
      at++;
    }
  }

  /** Reads on after an opening quote; returns the position after the cell, still in quotes if the block ends first. */
  #readQuotedCell(text: string, start: number): number {
    let at = start;
    for (;;) {
      const quoteAt = text.indexOf('"', at);
      this.#cell += text.slice(at, quoteAt === -1 ? text.length : quoteAt);
      if (quoteAt === -1) return text.length;
      if (text[quoteAt + 1] !== '"') {
        at = quoteAt + 1;
        break;
      }
      this.#cell += '"';
      at = quoteAt + 2;
    }
    this.#isInQuotes = false;
    this.#cells.push(this.#cell);
    const end = cellEnd(text, at);
    if (withoutCr(text.slice(at, end)) === '') return end;
    throw this.#error(
      this.#recordLine,
      'text follows a closing quote. Double each quote that is part of a name.',
    );
  }

  #readPlainCell(text: string, start: number): number {
    const end = cellEnd(text, start);
    this.#cells.push(text[end] === ',' ? text.slice(start, end) : withoutCr(text.slice(start, end)));
    return end;
  }

  #takeQuoted(end: number): number {
    const cells = this.#cells;
    this.#cells = [];
    if (this.#column === undefined) this.#takeHeader(cells, this.#recordLine);
    else this.#takeName(cells[this.#column], () => cells.length, this.#recordLine);
    return end + 1;
  }

  #takePlain(record: string, line: number): void {
    if (record.trim() === '') return;
    const plain = withoutCr(record);
    if (this.#column === undefined) this.#takeHeader(plain.split(','), line);
    else this.#takeName(plainCell(plain, this.#column), () => plain.split(',').length, line);
  }

  #takeHeader(cells: readonly string[], line: number): void {
    const names = headerNames(cells);
    this.#column = names.indexOf(COLUMN);
    if (this.#column !== -1) return;
    throw this.#error(
      line,
      `there is no column "${COLUMN}"; the columns are ${quoteFirst(names, COLUMNS_SHOWN)}. Name the column of frame names "${COLUMN}".`,
    );
  }

  #takeName(name: string | undefined, countCells: () => number, line: number): void {
    if (name === undefined) {
      throw this.#error(
        line,
        `the record ends after column ${countCells()}, and "${COLUMN}" is column ${this.#column! + 1}. Complete it, or remove the line.`,
      );
    }
    if (name.trim() === '') {
      throw this.#error(line, `the column "${COLUMN}" is empty. Fill in the frame name, or remove the line.`);
    }
    // A slice would keep its whole block in memory, and a block may hold little but embeddings.
    this.#entries.push({ name: Buffer.from(name).toString(), line });
  }

  #error(line: number, problem: string): Error {
    return listError(this.#label, line, problem);
  }
}

const headerNames = (cells: readonly string[]): string[] => cells.map((cell) => cell.trim());

/** One cell of a record without quotes, found without cutting up the cells after it. */
const plainCell = (record: string, column: number): string | undefined => {
  let start = 0;
  for (let passed = 0; passed < column; passed++) {
    const comma = record.indexOf(',', start);
    if (comma === -1) return undefined;
    start = comma + 1;
  }
  const end = record.indexOf(',', start);
  return record.slice(start, end === -1 ? record.length : end);
};

/** The position of the comma or newline that ends a cell without quotes, or the text's end. */
const cellEnd = (text: string, start: number): number => {
  let end = start;
  while (end < text.length && text[end] !== ',' && text[end] !== '\n') end++;
  return end;
};

const withoutCr = (text: string): string => (text.endsWith('\r') ? text.slice(0, -1) : text);
