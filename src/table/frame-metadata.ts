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
  if (filenames.length > 0 && values.every((each) => each === undefined))
    throw new FramesiftError(
      'ERR_METADATA',
      `${path}: says nothing of ${filenames[0]}, nor of any other of the ${filenames.length} frames. Give the metadata of this table.`,
      { facts: { path } },
    );
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

  /** Undefined where it is not there. */
  value(key: string, frame: number): unknown {
    return this.#values[frame]?.get(key);
  }

  /**
   * Numbers; true and false are 1 and 0.
   *
   * @param skipped 1 for frames that nobody looks at, which get 0 where they have none
   * @throws ERR_OPTION for a key that no frame has, naming the nearest; ERR_METADATA for a frame without a number
   */
  numbers(key: string, skipped?: ArrayLike<number> | undefined): Float64Array {
    this.#requireKey(key);
    return Float64Array.from(this.#filenames, (_, frame) => {
      const value = this.value(key, frame);
      if (typeof value === 'number' && Number.isFinite(value)) return value;
      if (typeof value === 'boolean') return Number(value);
      return skipped?.[frame] === 1 ? 0 : this.#refuse(key, frame, value, 'a finite number');
    });
  }

  /**
   * Each distinct value is a class.
   *
   * @param skipped 1 for frames that nobody looks at, which are of no class where they have none
   * @returns names in order of code units; one row for each frame, with 1 for its class
   * @throws ERR_OPTION for a key that no frame has; ERR_METADATA for a frame without a value, and when some frames have a
   *   text and others a number
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
      if (typeof value === type && CLASS_TYPES.includes(type)) return String(value);
      return skipped?.[frame] === 1 ? undefined : this.#refuse(key, frame, value, wanted);
    });
    const names = [...new Set(texts.filter((text) => text !== undefined))].sort();
    const places = new Map(names.map((name, place) => [name, place]));
    const data = new Float32Array(texts.length * names.length);
    for (const [frame, text] of texts.entries())
      if (text !== undefined) data[frame * names.length + places.get(text)!] = 1;
    return { names, rows: matrixOf(data, texts.length, names.length) };
  }

  #requireKey(key: string): void {
    if (this.keys.includes(key)) return;
    // Lightly's own keys begin with its name; what `embed` measures is called the same without it.
    const suggestion = nearest(key, this.keys) ?? nearest(key.replace(/^lightly\./, ''), this.keys);
    const hint =
      suggestion === undefined
        ? ` Keys: ${quoteFirst(this.keys, KEYS_SHOWN)}.`
        : ` Did you mean ${suggestion}?`;
    throw new FramesiftError('ERR_OPTION', `${this.#path}: no frame has ${quote(key)}.${hint}`, {
      facts: { path: this.#path, key, suggestion: suggestion ?? null },
    });
  }

  #refuse(key: string, frame: number, value: unknown, wanted: string): never {
    const missing = this.#values.reduce((count, each) => count + (each?.has(key) ? 0 : 1), 0);
    const what =
      value === undefined
        ? `${missing} of ${this.#filenames.length} frames have no ${quote(key)}, the first is ${this.#filenames[frame]}`
        : `${this.#filenames[frame]}: ${quote(key)} is ${JSON.stringify(value)}, expected ${wanted}`;
    throw new FramesiftError(
      'ERR_METADATA',
      `${this.#path}: ${what}. Complete the metadata, or leave these frames out.`,
      {
        facts: { path: this.#path, key, filename: this.#filenames[frame]! },
      },
    );
  }
}

const CLASS_TYPES = ['string', 'number', 'boolean'];
