// CSV as Python's dialect "excel" writes it.

const NEEDS_QUOTES = /[",\r\n]/;

/** A cell, in quotes only where it holds a comma, a quote or a line end; quotes inside are doubled. */
export const csvCell = (text: string): string =>
  NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** A record with its line end, CR LF. A single empty cell gets quotes, else the line would be blank. */
export const csvRecord = (cells: readonly string[]): string =>
  cells.length === 1 && cells[0] === '' ? '""\r\n' : `${cells.map(csvCell).join(',')}\r\n`;
