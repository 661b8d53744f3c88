// Embeddings on their way into a table: appended as they come, read back in any order, kept when a run is killed.
import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { FramesiftError } from '../base/errors.ts';
import { writeChunksAtomic } from '../base/file-chunks.ts';
import { makeFolder, temporaryPath, writeAtomic, writeError } from '../base/files.ts';
import { takeLock } from '../base/run-folder.ts';

/** What the rows were computed from and how; rows of another recipe are none of this table's. */
export interface EmbeddingRecipe {
  /** Everything that changes the numbers, as text. */
  readonly key: string;
  /** For people. */
  readonly title: string;
  readonly dimensions: number;
  /** Bytes that are kept with each row. */
  readonly extraBytes: number;
}

/** A video's or an image's content, as 16 bytes. */
export const mediaKey = (path: string, contentKey: string): string =>
  createHash('sha256').update(`${path}\0${contentKey}`).digest('hex').slice(0, 32);

const KEY_BYTES = 16;
const HEADER_BYTES = KEY_BYTES + 8;

/** Where a store is, and for how long. */
export interface StorePlace {
  readonly folder: string;
  /** For later tables, too; else it goes when its table is complete. */
  readonly isKept: boolean;
}

/**
 * A file of records beside the table that is to become of them: media key, frame number, CRC-32, values, and
 * whatever else is known of the frame. A record
 * that a killed run could not finish, or that does not hold what was written, is dropped with all behind it.
 */
export class EmbeddingStore {
  readonly #folder: string;
  readonly #file: number;
  readonly #rowBytes: number;
  readonly #extraBytes: number;
  readonly #isKept: boolean;
  readonly #recipe: EmbeddingRecipe;
  readonly #offsets = new Map<string, Map<number, number>>();
  #end = 0;

  private constructor({ folder, isKept }: StorePlace, file: number, recipe: EmbeddingRecipe) {
    this.#folder = folder;
    this.#isKept = isKept;
    this.#file = file;
    this.#recipe = recipe;
    this.#rowBytes = 4 * recipe.dimensions;
    this.#extraBytes = recipe.extraBytes;
  }

  /** Where the unfinished work for a table is kept. */
  static folderFor(table: string): string {
    return `${table}.partial`;
  }

  /**
   * Opens, or makes, the store of a table.
   *
   * @param place by default beside the table, until that is complete
   * @param force throw away what an earlier run left; of a store that is kept, only what is of another recipe
   * @throws ERR_OUTPUT_BUSY, ERR_OUTPUT_EXISTS when the store is of another recipe, ERR_WRITE
   */
  static async open(
    table: string,
    recipe: EmbeddingRecipe,
    force: boolean,
    place: StorePlace = { folder: EmbeddingStore.folderFor(table), isKept: false },
  ): Promise<EmbeddingStore> {
    const { folder } = place;
    try {
      makeFolder(folder);
      await takeLock(join(folder, 'lock'), table);
      try {
        prepare(place, table, recipe, force);
        const file = openSync(join(folder, 'rows.bin'), 'a+');
        const store = new EmbeddingStore(place, file, recipe);
        store.#readBack();
        return store;
      } catch (error) {
        rmSync(join(folder, 'lock'), { force: true });
        throw error;
      }
    } catch (error) {
      throw error instanceof FramesiftError ? error : writeError(folder, error);
    }
  }

  /**
   * What was kept with a file when it was published, if that is still the file and has the same key.
   *
   * @param key changes when the content would
   */
  published(path: string, key: string): readonly number[] | undefined {
    const record = readPublished(this.#folder).get(resolve(path));
    const isSame = record?.key === key && record.stamp === stampOf(path);
    return isSame ? record.facts : undefined;
  }

  /** Whether a file is as a store in this folder published it. */
  static hasPublished(folder: string, path: string): boolean {
    return readPublished(folder).get(resolve(path))?.stamp === stampOf(path);
  }

  /**
   * Writes a file of what is here. It is made inside the store's folder, so that what a killed run leaves of it goes
   * with the store, and moved when it is whole.
   *
   * @param facts kept with it, for {@link published}
   * @throws ERR_WRITE, or what making the chunks throws
   */
  async publish(
    path: string,
    key: string,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    facts: readonly number[] = [],
  ): Promise<void> {
    const unfinished = join(this.#folder, basename(path));
    await writeChunksAtomic(unfinished, chunks);
    if (this.#isKept) {
      // Before the file has its name, so that none is there that nobody knows of.
      const published = readPublished(this.#folder).set(resolve(path), {
        key,
        stamp: stampOf(unfinished),
        facts,
      });
      await writeAtomic(join(this.#folder, PUBLISHED), JSON.stringify([...published]));
    }
    try {
      makeFolder(dirname(path));
      await rename(unfinished, path);
    } catch (error) {
      throw writeError(path, error);
    }
  }

  /** Whether the embedding of a frame is there. */
  has(media: string, frame: number): boolean {
    return this.#offsets.get(media)?.has(frame) ?? false;
  }

  /** Appends an embedding, and what else is known of its frame. @throws ERR_WRITE */
  append(media: string, frame: number, row: Float32Array, extra?: Uint8Array): void {
    const record = Buffer.alloc(this.#recordBytes);
    record.write(media, 0, 'hex');
    record.writeUInt32LE(frame, KEY_BYTES);
    Buffer.from(row.buffer, row.byteOffset, row.byteLength).copy(record, HEADER_BYTES);
    if (extra !== undefined) record.set(extra, HEADER_BYTES + this.#rowBytes);
    record.writeUInt32LE(checksum(record), KEY_BYTES + 4);
    this.#write(record);
    this.#remember(media, frame);
  }

  #write(record: Uint8Array): void {
    try {
      for (let written = 0; written < record.length; ) written += writeSync(this.#file, record, written);
    } catch (error) {
      ftruncateSync(this.#file, this.#end);
      throw writeError(join(this.#folder, 'rows.bin'), error);
    }
  }

  /**
   * Takes over the rows of another store that are not here.
   *
   * @returns how many
   * @throws ERR_WRITE; ERR_OUTPUT_EXISTS for a store of another recipe
   */
  absorb(folder: string): number {
    const recipe = readRecipe(join(folder, 'recipe.json'));
    if (recipe === undefined || !isSame(recipe, this.#recipe)) {
      const found = recipe === undefined ? 'of nobody knows what' : `of ${recipe.title}`;
      throw new FramesiftError(
        'ERR_OUTPUT_EXISTS',
        `${folder}: holds embeddings ${found}, not of ${this.#recipe.title}. Give all machines the same model and device.`,
        { facts: { path: folder } },
      );
    }
    const file = openSync(join(folder, 'rows.bin'), 'r');
    try {
      const { size } = fstatSync(file);
      const record = Buffer.alloc(this.#recordBytes);
      let taken = 0;
      for (let start = 0; start + record.length <= size; start += record.length) {
        readSync(file, record, 0, record.length, start);
        if (record.readUInt32LE(KEY_BYTES + 4) !== checksum(record)) break;
        const [media, frame] = [record.toString('hex', 0, KEY_BYTES), record.readUInt32LE(KEY_BYTES)];
        if (this.has(media, frame)) continue;
        this.#write(record);
        this.#remember(media, frame);
        taken++;
      }
      return taken;
    } finally {
      closeSync(file);
    }
  }

  /** Reads an embedding into `row`. */
  read(media: string, frame: number, row: Float32Array): void {
    const bytes = new Uint8Array(row.buffer, row.byteOffset, row.byteLength);
    readSync(this.#file, bytes, 0, bytes.length, this.#offsetOf(media, frame) + HEADER_BYTES);
  }

  /** What else is known of a frame. */
  readExtra(media: string, frame: number): Uint8Array {
    const extra = new Uint8Array(this.#extraBytes);
    const offset = this.#offsetOf(media, frame) + HEADER_BYTES + this.#rowBytes;
    readSync(this.#file, extra, 0, extra.length, offset);
    return extra;
  }

  #offsetOf(media: string, frame: number): number {
    const offset = this.#offsets.get(media)?.get(frame);
    if (offset === undefined) throw new Error(`${media} ${frame}: no such row`);
    return offset;
  }

  /** Leaves the store as it is, for a run that continues. */
  close(): void {
    closeSync(this.#file);
    rmSync(join(this.#folder, 'lock'), { force: true });
  }

  /** Removes the store, unless it is kept for other tables. */
  finish(): void {
    this.close();
    if (!this.#isKept) rmSync(this.#folder, { recursive: true, force: true });
  }

  get #recordBytes(): number {
    return HEADER_BYTES + this.#rowBytes + this.#extraBytes;
  }

  #readBack(): void {
    const { size } = fstatSync(this.#file);
    const record = Buffer.alloc(this.#recordBytes);
    while (this.#end + record.length <= size) {
      readSync(this.#file, record, 0, record.length, this.#end);
      if (record.readUInt32LE(KEY_BYTES + 4) !== checksum(record)) break;
      this.#remember(record.toString('hex', 0, KEY_BYTES), record.readUInt32LE(KEY_BYTES));
    }
    if (this.#end < size) ftruncateSync(this.#file, this.#end);
  }

  #remember(media: string, frame: number): void {
    const frames = this.#offsets.get(media) ?? new Map<number, number>();
    this.#offsets.set(media, frames.set(frame, this.#end));
    this.#end += this.#recordBytes;
  }
}

/** Of all but the place that it is kept in. */
const checksum = (record: Uint8Array): number =>
  crc32(record.subarray(HEADER_BYTES), crc32(record.subarray(0, KEY_BYTES + 4)));

/** Rows of another recipe, or of one that nobody knows any more, are no part of this table. */
const prepare = (
  { folder, isKept }: StorePlace,
  table: string,
  recipe: EmbeddingRecipe,
  force: boolean,
): void => {
  removeUnfinished(folder);
  const path = join(folder, 'recipe.json');
  const there = readRecipe(path);
  const isOurs = there !== undefined && isSame(there, recipe);
  const found = force && !(isKept && isOurs) ? undefined : there;
  if (found === undefined)
    for (const name of ['rows.bin', PUBLISHED]) rmSync(join(folder, name), { force: true });
  else if (!isOurs) {
    const asked =
      found.title === recipe.title
        ? 'another file of that model, or another output, pooling or scaling'
        : `${recipe.title} (${recipe.dimensions})`;
    throw new FramesiftError(
      'ERR_OUTPUT_EXISTS',
      `${table}: embeddings of ${found.title} (${found.dimensions} dimensions) are there, and this run has ${asked}. Go on with the options of those, choose another --out, or begin anew with --force.`,
      { facts: { path: table, found: found.title, asked: recipe.title } },
    );
  }
  const part = temporaryPath(path);
  writeFileSync(part, JSON.stringify(recipe));
  renameSync(part, path);
};

const PUBLISHED = 'published.json';

interface PublishedFile {
  readonly key: string;
  /** Of the file as it was written. */
  readonly stamp: string;
  readonly facts: readonly number[];
}

const readPublished = (folder: string): Map<string, PublishedFile> => {
  try {
    const text = readFileSync(join(folder, PUBLISHED), 'utf8');
    return new Map(JSON.parse(text) as [string, PublishedFile][]);
  } catch {
    return new Map();
  }
};

/** Changes when somebody else writes the file. */
const stampOf = (path: string): string => {
  const status = statSync(path, { throwIfNoEntry: false, bigint: true });
  return status === undefined ? '' : `${status.size} ${status.mtimeNs}`;
};

const LASTING = ['recipe.json', 'rows.bin', 'lock', PUBLISHED];

/** What killed runs were writing. */
const removeUnfinished = (folder: string): void => {
  for (const name of readdirSync(folder))
    if (!LASTING.includes(name)) rmSync(join(folder, name), { recursive: true, force: true });
};

/** Titles are for people: a model may be called otherwise and be the same. */
const isSame = (a: EmbeddingRecipe, b: EmbeddingRecipe): boolean =>
  a.key === b.key && a.dimensions === b.dimensions && a.extraBytes === b.extraBytes;

const readRecipe = (path: string): EmbeddingRecipe | undefined => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as EmbeddingRecipe;
  } catch {
    return undefined;
  }
};
