import { constants } from 'node:buffer';
import { quote } from '../base/quote.ts';
import { valueEnd } from './json-values.ts';
import {
  countNewlines,
  type FrameListEntry,
  type ListReader,
  listError,
  type TextBlock,
} from './list-reader.ts';

const NAME_KEYS = ['name', 'filename', 'filenames', 'file_name'] as const;
const LIST_KEY = 'filenames';

/**
 * Reads names from JSON: an array of names, an object whose `filenames` is such an array, an array of objects, or
 * one object a line (JSON lines). An object's name stands under `name`, `filename`, `filenames` or `file_name`.
 */
export class JsonListReader implements ListReader {
  readonly #label: string;
  readonly #blocks: string[] = [];
  #length = 0;
  #firstLine = 1;

  constructor(label: string) {
    this.#label = label;
  }

  read({ text, line }: TextBlock): void {
    if (this.#blocks.length === 0) this.#firstLine = line;
    this.#length += text.length;
    if (this.#length > constants.MAX_STRING_LENGTH) {
      throw listError(
        this.#label,
        line,
        'the JSON is too long to be read. Split it, or write one frame name a line.',
      );
    }
    this.#blocks.push(text);
  }

  finish(): readonly FrameListEntry[] {
    const document = new JsonDocument(this.#blocks.join(''), this.#firstLine, this.#label);
    this.#blocks.length = 0;
    return document.entries();
  }
}

/**
 * Finds where values start and end, which gives each its line, and leaves their grammar to `JSON.parse`.
 */
class JsonDocument {
  readonly #text: string;
  readonly #label: string;
  readonly #entries: FrameListEntry[] = [];
  #at = 0;
  #line: number;

  constructor(text: string, line: number, label: string) {
    this.#text = text;
    this.#line = line;
    this.#label = label;
  }

  entries(): readonly FrameListEntry[] {
    for (this.#skipSpace(); this.#at < this.#text.length; this.#skipSpace()) {
      if (this.#text[this.#at] === '[') this.#takeArray();
      else if (this.#text[this.#at] === '{') this.#takeObject();
      else this.#takeName();
    }
    return this.#entries;
  }

  #takeArray(): void {
    const openedOn = this.#line;
    let mark = this.#next();
    if (this.#text[this.#at] === ']') mark = this.#next();
    while (mark === '[' || mark === ',') {
      if (this.#at < this.#text.length) this.#takeName();
      mark = this.#next();
    }
    if (mark === undefined) {
      throw this.#error(
        openedOn,
        'an array is opened here and never closed. Check that the file is complete.',
      );
    }
    if (mark !== ']') {
      throw this.#error(
        this.#line,
        `this is not JSON: ${quote(mark)} stands where "," or "]" is due. Correct the file.`,
      );
    }
  }

  #takeObject(): void {
    const at = this.#at;
    const line = this.#line;
    const value = this.#readValue();
    if (!isObject(value) || !Array.isArray(value[LIST_KEY])) {
      this.#addName(value, line);
      return;
    }
    // The names' own lines are wanted: read the object once more, member by member.
    this.#at = at;
    this.#line = line;
    while (this.#next() !== '}') {
      const key = this.#readValue();
      this.#next();
      if (key === LIST_KEY && this.#text[this.#at] === '[') this.#takeArray();
      else this.#readValue();
    }
  }

  #takeName(): void {
    const line = this.#line;
    this.#addName(this.#readValue(), line);
  }

  #addName(value: unknown, line: number): void {
    const name = typeof value === 'string' ? value : nameIn(value);
    if (name === undefined) {
      throw this.#error(
        line,
        `here must be a frame name, or an object with one under ${NAME_KEYS.map(quote).join(', ')}; found ${shown(value)}. Correct the file.`,
      );
    }
    if (name.trim() === '') {
      throw this.#error(line, 'the frame name is empty. Fill it in, or remove the entry.');
    }
    this.#entries.push({ name, line });
  }

  #readValue(): unknown {
    const line = this.#line;
    const start = this.#at;
    const end = valueEnd(this.#text, start);
    if (end === undefined) {
      throw this.#error(line, 'a value starts here and never ends. Check that the file is complete.');
    }
    const json = this.#text.slice(start, end);
    this.#at = end;
    this.#line += countNewlines(json);
    try {
      return JSON.parse(json);
    } catch (error) {
      const wrong = json === '' ? this.#text.slice(start, start + 1) : json;
      throw this.#error(line, `this is not JSON: ${quote(wrong)}. Correct the file.`, error);
    }
  }

  /** Passes one character other than space, and the space around it; undefined at the text's end. */
  #next(): string | undefined {
    this.#skipSpace();
    const character = this.#text[this.#at++];
    this.#skipSpace();
    return character;
  }

  #skipSpace(): void {
    for (; ; this.#at++) {
      const character = this.#text[this.#at];
      if (character === '\n') this.#line++;
      else if (character !== ' ' && character !== '\r' && character !== '\t') return;
    }
  }

  #error(line: number, problem: string, cause?: unknown): Error {
    return listError(this.#label, line, problem, cause);
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nameIn = (value: unknown): string | undefined => {
  if (!isObject(value)) return undefined;
  for (const key of NAME_KEYS) {
    const name = Object.hasOwn(value, key) ? value[key] : undefined;
    if (typeof name === 'string') return name;
  }
  return undefined;
};

const shown = (value: unknown): string => {
  const keys = isObject(value) ? Object.keys(value).slice(0, 8) : [];
  return keys.length > 0 ? `the keys ${keys.map(quote).join(', ')}` : JSON.stringify(value).slice(0, 100);
};
