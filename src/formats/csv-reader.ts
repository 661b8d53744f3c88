// CSV as Python's dialect "excel" reads it, from bytes, chunk by chunk.

const COMMA = 0x2c;
const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** One record. A view: it holds until the next one is asked for. */
export interface CsvRecord {
  /** Counted from 1 over all records, blank lines included: the row that a spreadsheet shows. */
  readonly row: number;
  /** Number of cells; 0 for a blank line. */
  readonly length: number;
  /** What {@link CsvRecord.start} and {@link CsvRecord.end} point into. */
  readonly bytes: Uint8Array;
  /** The first byte of a cell without quotes; -1 for one that began with a quote, which has only a text. */
  start(column: number): number;
  /** The position after the last byte of a cell without quotes. */
  end(column: number): number;
  text(column: number): string;
}

/**
 * Reads records the way Python does, which never fails: lines end in LF, CR or CR LF; a quote counts only at the
 * start of a cell; what follows a closing quote belongs to the cell as it stands; a quote that is never closed
 * takes the rest of the file. Bytes are UTF-8; a byte order mark is part of the first cell.
 *
 * Holds one chunk and the record that is not complete yet.
 */
export class CsvReader {
  readonly #record = new RecordView();
  /** The beginning of a record whose end has not come. */
  #pending: Uint8Array[] = [];
  #pendingLength = 0;
  #retryLength = 0;

  /** The records that are complete with this chunk. Take all before the next call. */
  *push(chunk: Uint8Array): Generator<CsvRecord, void> {
    this.#pendingLength += chunk.length;
    // A record of many chunks is tried again only when twice as much is there: linear, however long it gets.
    const isTooEarly = this.#pendingLength < this.#retryLength;
    // What is kept is copied, because the owner of the chunk may write over it.
    this.#pending.push(isTooEarly ? new Uint8Array(chunk) : chunk);
    if (isTooEarly) return;
    yield* this.#read(false);
  }

  /** The last record, if the final line end is missing. */
  *end(): Generator<CsvRecord, void> {
    yield* this.#read(true);
  }

  *#read(isLast: boolean): Generator<CsvRecord, void> {
    const [first, ...more] = this.#pending;
    const bytes = more.length > 0 ? Buffer.concat(this.#pending) : (first ?? new Uint8Array());
    let at = 0;
    while (at < bytes.length) {
      const next = this.#record.read(bytes, at, isLast);
      if (next === -1) break;
      at = next;
      yield this.#record;
    }
    const rest = new Uint8Array(bytes.subarray(at));
    this.#pending = rest.length > 0 ? [rest] : [];
    this.#pendingLength = rest.length;
    this.#retryLength = at === 0 ? 2 * rest.length : 0;
  }
}

class RecordView implements CsvRecord {
  bytes: Uint8Array = new Uint8Array();
  row = 0;
  length = 0;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #texts = new Map<number, string>();

  start(column: number): number {
    return this.#starts[column]!;
  }

  end(column: number): number {
    return this.#ends[column]!;
  }

  text(column: number): string {
    return this.#texts.get(column) ?? decode(this.bytes, this.start(column), this.end(column));
  }

  /** @returns the position after the record, or -1 when it may go on after these bytes */
  read(bytes: Uint8Array, from: number, isLast: boolean): number {
    this.bytes = bytes;
    this.#texts.clear();
    let count = 0;
    let start = from;
    for (;;) {
      const isQuoted = bytes[start] === QUOTE;
      const end = isQuoted ? this.#readQuoted(bytes, start, isLast, count) : plainEnd(bytes, start);
      if (end === -1 || (end === bytes.length && !isLast)) return -1;
      this.#starts[count] = isQuoted ? -1 : start;
      this.#ends[count] = end;
      count++;
      if (bytes[end] !== COMMA) {
        const next = lineEnd(bytes, end, isLast);
        if (next === -1) return -1;
        this.length = end === from ? 0 : count;
        this.row++;
        return next;
      }
      start = end + 1;
    }
  }

  /** Keeps the text of a cell that begins with a quote; returns the position after it. */
  #readQuoted(bytes: Uint8Array, start: number, isLast: boolean, column: number): number {
    let close = bytes.indexOf(QUOTE, start + 1);
    while (close !== -1 && bytes[close + 1] === QUOTE) close = bytes.indexOf(QUOTE, close + 2);
    if (!isLast && (close === -1 || close + 1 === bytes.length)) return -1;
    const textEnd = close === -1 ? bytes.length : close;
    const text = decode(bytes, start + 1, textEnd).replaceAll('""', '"');
    const end = close === -1 ? bytes.length : plainEnd(bytes, close + 1);
    this.#texts.set(column, close === -1 ? text : text + decode(bytes, close + 1, end));
    return end;
  }
}

/** The position of the comma or line end that ends a cell without quotes, or the end of the bytes. */
const plainEnd = (bytes: Uint8Array, start: number): number => {
  let at = start;
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte <= COMMA && (byte === COMMA || byte === LF || byte === CR)) break;
  }
  return at;
};

/** The position after a line end; -1 when an LF may still follow a CR. */
const lineEnd = (bytes: Uint8Array, at: number, isLast: boolean): number => {
  if (bytes[at] !== CR) return Math.min(at + 1, bytes.length);
  if (at + 1 === bytes.length) return isLast ? at + 1 : -1;
  return bytes[at + 1] === LF ? at + 2 : at + 1;
};

// Not TextDecoder, which drops a byte order mark.
const decode = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
