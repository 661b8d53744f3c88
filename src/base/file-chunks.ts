// Files that are read and written piece by piece, because they may not fit the memory.
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FramesiftError, messageOf, systemCodeOf } from './errors.ts';
import { makeFolder, temporaryPath, writeError } from './files.ts';

const CHUNK_BYTES = 1024 * 1024;

/**
 * The bytes of a file, in chunks that are never written to again.
 *
 * @throws ERR_NOT_FOUND, ERR_READ with the system's reason
 */
export async function* readChunks(path: string): AsyncGenerator<Uint8Array, void> {
  try {
    yield* createReadStream(path, { highWaterMark: CHUNK_BYTES });
  } catch (error) {
    throw readError(path, error);
  }
}

/** What a failed read means and what to do about it; an error of the reader's own passes. */
export const readError = (path: string, error: unknown): unknown => {
  const system = systemCodeOf(error);
  if (error instanceof FramesiftError || system === undefined || !/^E[A-Z0-9]+$/.test(system)) return error;
  const options = { facts: { path, system }, cause: error };
  if (system === 'ENOENT') {
    return new FramesiftError('ERR_NOT_FOUND', `${path}: there is no such file. Check the path.`, options);
  }
  if (system === 'EISDIR') {
    return new FramesiftError('ERR_READ', `${path}: this is a folder. Name a file in it.`, options);
  }
  return new FramesiftError(
    'ERR_READ',
    `${path}: cannot be read: ${messageOf(error)}. Check who may read it.`,
    options,
  );
};

/**
 * Writes a file of many pieces so that its name never shows half of it: beside, then renamed. Makes the folder.
 * What making the pieces throws passes, and leaves no trace.
 *
 * @throws ERR_WRITE with the system's reason
 */
export const writeChunksAtomic = async (
  path: string,
  chunks: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<void> => {
  const part = temporaryPath(path);
  let file: FileHandle | undefined;
  try {
    for await (const chunk of chunks) {
      file ??= await create(part, path);
      await written(path, file.writeFile(chunk));
    }
    file ??= await create(part, path);
    await written(path, file.close());
    await written(path, rename(part, path));
  } catch (error) {
    await file?.close().catch(() => undefined);
    await rm(part, { force: true }).catch(() => undefined);
    throw error;
  }
};

const create = (part: string, path: string): Promise<FileHandle> =>
  written(
    path,
    Promise.resolve().then(() => {
      makeFolder(dirname(path));
      return open(part, 'w');
    }),
  );

const written = async <T>(path: string, step: Promise<T>): Promise<T> => {
  try {
    return await step;
  } catch (error) {
    throw writeError(path, error);
  }
};
