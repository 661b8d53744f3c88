// What files say of frames: numbers, words and switches by key, in Lightly's formats.
import { stat } from 'node:fs/promises';
import { FramesiftError } from '../base/errors.ts';
import { matrixOf } from '../base/matrix.ts';
import { nearest } from '../base/nearest.ts';
import { quote, quoteFirst } from '../base/quote.ts';
import type { ClassShares } from '../selection/candidates.ts';
import { readCustomMetadata } from './custom-metadata-file.ts';
import type { FrameValues } from './frame-values.ts';
import { readMetadataFolder } from './metadata-folder.ts';

const KEYS_SHOWN = 20;

const LONGEST_TEXT = 100;

/**
 * Reads metadata of frames: a JSON file of Lightly's custom metadata, or a folder of metadata as Lightly's worker has it.
 *
 * @param filenames the frames, as their table names them
 * @throws ERR_NOT_FOUND, ERR_READ, ERR_METADATA for what is malformed, or when it is about none of the frames; the
 *   signal's reason
 */
export const readFrameMetadata = async (
  path: string,
  filenames: readonly string[],
  signal?: AbortSignal | undefined,
): Promise<FrameMetadata> => {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const values = await (isFolder ? readMetadataFolder : readCustomMetadata)(path, filenames, signal);
  return new FrameMetadata(path, filenames, values);
};

/** Entry `i` of every column is of frame `i`. */
export class FrameMetadata {
  /** Keys that at least one of the frames has, sorted. */
  readonly keys: readonly string[];
  readonly #path: string;
  readonly #filenames: readonly string[];
  readonly #values: readonly (FrameValues | undefined)[];

  constructor(path: string, filenames: readonly string[], values: readonly (FrameValues | undefined)[]) {
    this.#path = path;
    this.#filenames = filenames;
    this.#values = values;
    this.keys = [...new Set(values.flatMap((each) => [...(each?.keys() ?? [])]))].sort();
  }

  /** As the file has it; undefined where it is not there. */
  value(key: string, frame: number): unknown {
    return this.#values[frame]?.get(key);
  }

  /**
   * Numbers; true and false are 1 and 0.
   *
   * @param skipped 1 for frames that nobody looks at, which get 0 where they have none
   * @throws ERR_OPTION for a key that no frame has, naming the nearest; ERR_METADATA for frames without a finite number,
   *   naming the first and how many there are
   */
  numbers(key: string, skipped?: ArrayLike<number> | undefined): Float64Array {
    this.#requireKey(key);
    const numbers = Float64Array.from(this.#filenames, (_, frame) => numberOf(this.value(key, frame)));
    const lacking = indicesOf(numbers, (number) => !Number.isFinite(number));
    this.#requireNone(key, lacking, skipped, 'a finite number');
    for (const frame of lacking) numbers[frame] = 0;
    return numbers;
  }

  /**
   * Each distinct value is a class.
   *
   * @param skipped 1 for frames that nobody looks at, which are of no class where they have none
   * @returns names in order of code units; one row for each frame, with 1 for its class
   * @throws ERR_OPTION for a key that no frame has; ERR_METADATA for frames without a value, when some frames have a text
   *   and others a number, and for more values than can be classes
   */
  classes(key: string, skipped?: ArrayLike<number> | undefined): ClassShares {
    this.#requireKey(key);
    const first = this.#values.findIndex((each, frame) => each?.has(key) && skipped?.[frame] !== 1);
    const type = typeof this.value(key, first);
    const wanted = CLASS_TYPES.includes(type)
      ? `a ${type}, as of ${this.#filenames[first]}`
      : 'a text or a number';
    const texts = this.#filenames.map((_, frame) => {
      const value = this.value(key, frame);
      return typeof value === type && CLASS_TYPES.includes(type) ? String(value) : undefined;
    });
    this.#requireNone(
      key,
      indicesOf(texts, (text) => text === undefined),
      skipped,
      wanted,
    );
    const names = [...new Set(texts.filter((text) => text !== undefined))].sort();
    this.#requireFew(key, names.length);
    const places = new Map(names.map((name, place) => [name, place]));
    const data = new Float32Array(texts.length * names.length);
    for (const [frame, text] of texts.entries())
      if (text !== undefined) data[frame * names.length + places.get(text)!] = 1;
    return { names, rows: matrixOf(data, texts.length, names.length) };
  }

  #requireKey(key: string): void {
    if (this.keys.includes(key)) return;
    // Lightly's own keys begin with its name; what `embed` measures is called the same without it.
    if (this.keys.length === 0)
      throw new FramesiftError(
        'ERR_OPTION',
        `${this.#path}: holds no values of any frame, and so none called ${quote(key)}. Give other metadata.`,
        {
          facts: { path: this.#path, key, suggestion: null },
        },
      );
    const suggestion = nearest(key, this.keys) ?? nearest(key.replace(/^lightly\./, ''), this.keys);
    const hint =
      suggestion === undefined
        ? ` Keys: ${quoteFirst(this.keys, KEYS_SHOWN)}.`
        : ` Did you mean ${suggestion}?`;
    throw new FramesiftError('ERR_OPTION', `${this.#path}: no frame has ${quote(key)}.${hint}`, {
      facts: { path: this.#path, key, suggestion: suggestion ?? null },
    });
  }

  /** @param lacking frames whose value does not do */
  #requireNone(
    key: string,
    lacking: readonly number[],
    skipped: ArrayLike<number> | undefined,
    wanted: string,
  ): void {
    const frames = lacking.filter((frame) => skipped?.[frame] !== 1);
    const [first] = frames;
    if (first === undefined) return;
    const isMissing = (frame: number): boolean => this.value(key, frame) === undefined;
    const alike = frames.filter((frame) => isMissing(frame) === isMissing(first));
    const count = `${alike.length} of ${this.#filenames.length} frames`;
    const filename = this.#filenames[first]!;
    const what = isMissing(first)
      ? `${count} have no ${quote(key)}, the first is ${filename}`
      : `${filename}: ${quote(key)} is ${textOf(this.value(key, first))}, expected ${wanted}; ${count} have something else`;
    throw new FramesiftError(
      'ERR_METADATA',
      `${this.#path}: ${what}. Complete the metadata, or leave these frames out.`,
      { facts: { path: this.#path, key, filename, count: alike.length } },
    );
  }

  #requireFew(key: string, classes: number): void {
    const frames = this.#filenames.length;
    if (classes * frames <= MOST_SHARES) return;
    throw new FramesiftError(
      'ERR_METADATA',
      `${this.#path}: ${frames} frames have ${classes} different values of ${quote(key)}, too many to be classes. Give a key with fewer.`,
      { facts: { path: this.#path, key, classes } },
    );
  }
}

const CLASS_TYPES = ['string', 'number', 'boolean'];

/** 1 GiB of them. */
const MOST_SHARES = 2 ** 28;

/** NaN for what is none. */
const numberOf = (value: unknown): number =>
  typeof value === 'number' || typeof value === 'boolean' ? Number(value) : Number.NaN;

const indicesOf = <T>(values: ArrayLike<T>, is: (value: T) => boolean): number[] => {
  const indices: number[] = [];
  for (let i = 0; i < values.length; i++) if (is(values[i]!)) indices.push(i);
  return indices;
};

/** As a message shows it. JSON has no text for infinite numbers. */
const textOf = (value: unknown): string => {
  if (typeof value === 'string') return quote(value);
  return typeof value === 'number' ? String(value) : JSON.stringify(value).slice(0, LONGEST_TEXT);
};
