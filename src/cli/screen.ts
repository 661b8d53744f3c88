import { cut } from './display-width.ts';
import type { Terminal } from './io.ts';
import { type Paint, painter, type Style } from './paint.ts';
import { printableLines } from './printable.ts';

interface Stream extends Terminal {
  write(text: string): unknown;
}

const DEFAULT_COLUMNS = 80;

/** What people see on stderr: messages, and below them at most one line that is drawn again and again. */
export class Screen {
  paint: Paint;
  readonly #stream: Stream;
  #live = '';
  #isLiveDrawn = false;

  constructor(stream: Stream, isColored: boolean) {
    this.#stream = stream;
    this.paint = painter(isColored);
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  get columns(): number {
    return this.#stream.columns || DEFAULT_COLUMNS;
  }

  /** A message, after a word in colour that says what sort it is. */
  say(message: string, label?: { readonly text: string; readonly style: Style }): void {
    const before = label === undefined ? '' : `${this.paint(label.style, label.text)} `;
    this.#write(`${before}${printableLines(message)}\n`);
  }

  error(message: string): void {
    this.say(message, { text: 'error:', style: 'red' });
  }

  warn(message: string): void {
    this.say(message, { text: 'warning:', style: 'yellow' });
  }

  /** Shows a line below all messages, or takes it away with ''. Cut to the terminal's width; plain text only. */
  setLive(text: string): void {
    this.#live = text;
    this.#stream.write(`${this.#erased()}${this.#drawn()}`);
  }

  /** Takes the live line off the screen because something else is written there; the next one draws it again. */
  hideLive(): void {
    const erased = this.#erased();
    if (erased !== '') this.#stream.write(erased);
  }

  #write(text: string): void {
    this.#stream.write(`${this.#erased()}${text}${this.#drawn()}`);
  }

  #erased(): string {
    if (!this.#isLiveDrawn) return '';
    this.#isLiveDrawn = false;
    return '\r\u001B[K';
  }

  #drawn(): string {
    if (this.#live === '') return '';
    this.#isLiveDrawn = true;
    // A line as wide as the terminal would wrap on some, and then could not be erased.
    return cut(this.#live, this.columns - 1);
  }
}
