// A file of which only some blocks are there. The others are holes, which take no room on the disk.
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

const CHECKSUM_BYTES = 4;

/**
 * The bytes, and beside them a checksum for each block that is there. Several processes may fill the same file. A block
 * counts once its checksum is right: what a machine that went down has left half written does not.
 */
export class BlockFile {
  /** The file of the bytes, of the full size. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly blockBytes: number;
  readonly blockCount: number;
  readonly #bytes: FileHandle;
  readonly #checksums: FileHandle;
  /** Blocks that this process has written or checked. */
  readonly #isHere: Uint8Array;
  #hereCount = 0;

  private constructor(
    path: string,
    sizeBytes: number,
    blockBytes: number,
    bytes: FileHandle,
    checksums: FileHandle,
  ) {
    this.path = path;
    this.sizeBytes = sizeBytes;
    this.blockBytes = blockBytes;
    this.blockCount = Math.ceil(sizeBytes / blockBytes);
    this.#bytes = bytes;
    this.#checksums = checksums;
    this.#isHere = new Uint8Array(this.blockCount);
  }

  /** Opens, or makes, the two files in a folder. @throws the system's error */
  static async open(folder: string, sizeBytes: number, blockBytes: number): Promise<BlockFile> {
    const path = join(folder, 'bytes');
    const bytes = await openToWrite(path);
    const checksums = await openToWrite(join(folder, 'checksums'));
    const file = new BlockFile(path, sizeBytes, blockBytes, bytes, checksums);
    try {
      await bytes.truncate(sizeBytes);
      await checksums.truncate(file.blockCount * CHECKSUM_BYTES);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Whether {@link path} still leads to this file: it may have been removed, and made anew by somebody else. */
  async isInPlace(): Promise<boolean> {
    const [own, there] = await Promise.all([this.#bytes.stat(), stat(this.path).catch(() => undefined)]);
    return own.ino === there?.ino && own.dev === there.dev;
  }

  /** All blocks are there. */
  get isWhole(): boolean {
    return this.#hereCount === this.blockCount;
  }

  /** Blocks of `[first, end)` that are not there. Looks at what other processes have brought. */
  async missing(first: number, end: number): Promise<number[]> {
    let unknownFirst = first;
    while (unknownFirst < end && this.#isHere[unknownFirst] === 1) unknownFirst++;
    if (unknownFirst === end) return [];
    const stored = Buffer.alloc((end - unknownFirst) * CHECKSUM_BYTES);
    await this.#checksums.read(stored, 0, stored.length, unknownFirst * CHECKSUM_BYTES);
    const missing: number[] = [];
    for (let block = unknownFirst; block < end; block++) {
      if (this.#isHere[block] === 1) continue;
      const checksum = stored.readUInt32LE((block - unknownFirst) * CHECKSUM_BYTES);
      if (checksum !== 0 && checksumOf(await this.read(...this.#rangeOf(block, block + 1))) === checksum)
        this.#mark(block);
      else missing.push(block);
    }
    return missing;
  }

  /** Writes whole blocks from `first` on; only the last of the file may be short. */
  async write(first: number, data: Uint8Array): Promise<void> {
    const count = Math.ceil(data.length / this.blockBytes);
    const checksums = Buffer.alloc(count * CHECKSUM_BYTES);
    for (let i = 0; i < count; i++) {
      checksums.writeUInt32LE(
        checksumOf(data.subarray(i * this.blockBytes, (i + 1) * this.blockBytes)),
        i * CHECKSUM_BYTES,
      );
    }
    await writeAll(this.#bytes, data, first * this.blockBytes);
    await writeAll(this.#checksums, checksums, first * CHECKSUM_BYTES);
    for (let i = 0; i < count; i++) this.#mark(first + i);
  }

  /** Bytes of `[start, end)`, also where there are none yet. */
  async read(start: number, end: number): Promise<Uint8Array> {
    const data = new Uint8Array(end - start);
    const { bytesRead } = await this.#bytes.read(data, 0, data.length, start);
    return data.subarray(0, bytesRead);
  }

  /** Byte range of the blocks `[first, end)`. */
  #rangeOf(first: number, end: number): [start: number, end: number] {
    return [first * this.blockBytes, Math.min(end * this.blockBytes, this.sizeBytes)];
  }

  #mark(block: number): void {
    if (this.#isHere[block] === 0) this.#hereCount++;
    this.#isHere[block] = 1;
  }

  async close(): Promise<void> {
    await this.#bytes.close();
    await this.#checksums.close();
  }
}

/** 0 stands for a block that is not there. */
const checksumOf = (data: Uint8Array): number => crc32(data) || 1;

/** A disk that is nearly full takes a part, and says so at the next try only. */
const writeAll = async (file: FileHandle, data: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await file.write(data, done, data.length - done, position + done);
    done += bytesWritten;
  }
};

/** Made if need be, and never emptied. */
const openToWrite = async (path: string): Promise<FileHandle> => {
  await (await open(path, 'a')).close();
  return open(path, 'r+');
};
