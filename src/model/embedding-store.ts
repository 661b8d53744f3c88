// Embeddings on their way into a table: appended as they come, read back in any order, kept when a run is killed.
import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { FramesiftError } from '../base/errors.ts';
import { writeChunksAtomic } from '../base/file-chunks.ts';
import { makeFolder, temporaryPath, writeError } from '../base/files.ts';
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
  readonly #offsets = new Map<string, Map<number, number>>();
  #end = 0;

  private constructor(folder: string, file: number, { dimensions, extraBytes }: EmbeddingRecipe) {
    this.#folder = folder;
    this.#file = file;
    this.#rowBytes = 4 * dimensions;
    this.#extraBytes = extraBytes;
  }

  /** Where the unfinished work for a table is kept. */
  static folderFor(table: string): string {
    return `${table}.partial`;
  }

  /**
   * Opens, or makes, the store of a table.
   *
   * @param force throw away what an earlier run left
   * @throws ERR_OUTPUT_BUSY, ERR_OUTPUT_EXISTS when the store is of another recipe, ERR_WRITE
   */
  static async open(table: string, recipe: EmbeddingRecipe, force: boolean): Promise<EmbeddingStore> {
    const folder = EmbeddingStore.folderFor(table);
    try {
      makeFolder(folder);
      await takeLock(join(folder, 'lock'), table);
      try {
        prepare(folder, table, recipe, force);
        const file = openSync(join(folder, 'rows.bin'), 'a+');
        const store = new EmbeddingStore(folder, file, recipe);
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
   * Writes a file of what is here. It is made inside the store's folder, so that what a killed run leaves of it goes
   * with the store, and moved when it is whole.
   *
   * @throws ERR_WRITE, or what making the chunks throws
   */
  async publish(path: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    const unfinished = join(this.#folder, basename(path));
    await writeChunksAtomic(unfinished, chunks);
    await rename(unfinished, path).catch((error: unknown) => {
      throw writeError(path, error);
    });
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
    try {
      for (let written = 0; written < record.length; ) written += writeSync(this.#file, record, written);
    } catch (error) {
      ftruncateSync(this.#file, this.#end);
      throw writeError(join(this.#folder, 'rows.bin'), error);
    }
    this.#remember(media, frame);
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

  /** Removes the store, when its table is complete. */
  discard(): void {
    closeSync(this.#file);
    rmSync(this.#folder, { recursive: true, force: true });
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
const prepare = (folder: string, table: string, recipe: EmbeddingRecipe, force: boolean): void => {
  const path = join(folder, 'recipe.json');
  const found = force ? undefined : readRecipe(path);
  if (found === undefined) rmSync(join(folder, 'rows.bin'), { force: true });
  else if (JSON.stringify(found) !== JSON.stringify(recipe)) {
    throw new FramesiftError(
      'ERR_OUTPUT_EXISTS',
      `${table}: an unfinished run with ${found.title} (${found.dimensions} dimensions) is there, and this one has ${recipe.title} (${recipe.dimensions}). Finish that one with its options, choose another --out, or begin anew with --force.`,
      { facts: { path: table, found: found.title, asked: recipe.title } },
    );
  }
  const part = temporaryPath(path);
  writeFileSync(part, JSON.stringify(recipe));
  renameSync(part, path);
};

const readRecipe = (path: string): EmbeddingRecipe | undefined => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as EmbeddingRecipe;
  } catch {
    return undefined;
  }
};
