// What is wrong with the names of a table: empty ones, and those that come twice.
import { quote } from '../base/quote.ts';

/** Looks at names in the order of their rows; all are kept, to tell repeated ones. */
export class NameCheck {
  readonly #rowOfName = new Map<string, number>();

  /** What is wrong with the name of a row, counted as in messages; undefined for nothing. */
  problemOf(name: string, row: number): string | undefined {
    if (name === '') return 'the file name is empty. Fill it in, or remove the row.';
    const before = this.#rowOfName.get(name);
    if (before !== undefined) return `${quote(name)} is the name of row ${before}, too. Remove one of them.`;
    this.#rowOfName.set(name, row);
    return undefined;
  }
}
