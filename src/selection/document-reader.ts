// Reads documents of JSON key by key, so that every mistake has a place, and no key is passed over. Pure.
import { FramesiftError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { quote } from '../base/quote.ts';

interface Range {
  readonly least?: number;
  readonly most?: number;
  /** The least is not in the range. */
  readonly isAbove?: boolean;
  readonly isWhole?: boolean;
}

/** A map of a document. Keys may be written `like_this` or `likeThis`; null is as good as nothing. */
export class DocumentReader {
  readonly #values = new Map<string, { readonly key: string; readonly value: unknown }>();
  readonly #label: string;
  readonly #place: string;

  /**
   * @param label what messages call the document
   * @param place of the value in it, `strategies[1].strategy`; empty for all of it
   * @param known all keys that may be there, in snake case
   * @throws ERR_CONFIG for what is no map, and for a key that is unknown or there twice, and not null
   */
  constructor(value: unknown, label: string, place: string, known: readonly string[]) {
    this.#label = label;
    this.#place = place;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.error('', `${textOf(value)} is no object. Write { "key": value }.`);
    for (const [key, each] of Object.entries(value)) {
      if (each === null || each === undefined) continue;
      const name = snakeCase(key);
      if (!known.includes(name)) throw this.error('', unknownKey(key, known));
      if (this.#values.has(name)) throw this.error(key, 'is there twice, in two spellings. Keep one.');
      this.#values.set(name, { key, value: each });
    }
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  raw(name: string): unknown {
    return this.#values.get(name)?.value;
  }

  /** Where a key is, as messages say it. */
  placeOf(name: string): string {
    const key = this.#values.get(name)?.key ?? name;
    return this.#place === '' ? key : `${this.#place}.${key}`;
  }

  number(name: string, range: Range = {}): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const { least = -Infinity, most = Infinity, isAbove = false, isWhole = false } = range;
    const isRight =
      typeof value === 'number' &&
      Number.isFinite(value) &&
      (isAbove ? value > least : value >= least) &&
      value <= most &&
      (!isWhole || Number.isSafeInteger(value));
    if (isRight) return value;
    throw this.error(name, `${textOf(value)} is not ${describe({ least, most, isAbove, isWhole })}.`);
  }

  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || isText(value)) return value;
    throw this.error(name, `${textOf(value)} is no text with something in it.`);
  }

  /** @throws ERR_CONFIG when it is missing */
  requiredText(name: string): string {
    return this.text(name) ?? this.missing(name);
  }

  /** At least one, each of them once. */
  texts(name: string): readonly string[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || value.length === 0 || !value.every(isText))
      throw this.error(name, `${textOf(value)} is no list of texts. Write ["…"].`);
    const twice = value.find((item, i) => value.indexOf(item) < i);
    if (twice === undefined) return value;
    throw this.error(name, `${quote(twice)} is there twice. Keep one.`);
  }

  /** One of a few words, in capitals or not. */
  word<const W extends string>(name: string, words: readonly W[]): W | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const word = words.find((each) => each === text.toUpperCase());
    if (word !== undefined) return word;
    const suggestion = nearest(text.toUpperCase(), words);
    const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
    throw this.error(name, `${quote(text)} is not one of ${words.join(', ')}.${hint}`);
  }

  /** @throws ERR_CONFIG when it is missing */
  requiredWord<const W extends string>(name: string, words: readonly W[]): W {
    return this.word(name, words) ?? this.missing(name, `one of ${words.join(', ')}`);
  }

  missing(name: string, what = 'a value'): never {
    throw this.error(name, `is missing. Give ${what}.`);
  }

  /** @param name of the key; empty for the map itself */
  error(name: string, problem: string): FramesiftError {
    const place = name === '' ? this.#place : this.placeOf(name);
    return documentError(this.#label, place, problem);
  }
}

/** What is wrong at a place of a document. */
export const documentError = (label: string, place: string, problem: string): FramesiftError =>
  new FramesiftError('ERR_CONFIG', `${label}${place === '' ? '' : `, ${place}`}: ${problem}`, {
    facts: { path: label, place },
  });

const unknownKey = (key: string, known: readonly string[]): string => {
  const suggestion = nearest(snakeCase(key), known);
  const spelling = suggestion !== undefined && /[A-Z]/.test(key) ? camelCase(suggestion) : suggestion;
  const hint = spelling === undefined ? ` Its keys are ${known.join(', ')}.` : ` Did you mean ${spelling}?`;
  return `unknown key ${quote(key)}.${hint}`;
};

const describe = ({ least, most, isAbove, isWhole }: Required<Range>): string => {
  const kind = isWhole ? 'a whole number' : 'a number';
  if (most === Infinity && least === -Infinity) return kind;
  if (most === Infinity) return isAbove ? `${kind} above ${least}` : `${kind} of at least ${least}`;
  return `${kind} in ${isAbove ? '(' : '['}${least}, ${most}]`;
};

const textOf = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
};

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const snakeCase = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const camelCase = (name: string): string =>
  name.replace(/_(?<letter>.)/g, (_, letter: string) => letter.toUpperCase());
