import type { FrameListEntry, ListReader, TextBlock } from './list-reader.ts';

/**
 * Reads one frame name a line. What is blank is skipped; spaces at a line's end are dropped, as Lightly's readers
 * do (no name ends in one), those at its start belong to the name.
 */
export class TextListReader implements ListReader {
  readonly #entries: FrameListEntry[] = [];

  read({ text, line: firstLine }: TextBlock): void {
    let line = firstLine;
    for (let start = 0; start < text.length; line++) {
      const newline = text.indexOf('\n', start);
      const end = newline === -1 ? text.length : newline;
      const name = text.slice(start, end).trimEnd();
      if (name !== '') this.#entries.push({ name, line });
      start = end + 1;
    }
  }

  finish(): readonly FrameListEntry[] {
    return this.#entries;
  }
}
