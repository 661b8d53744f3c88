import { createHash } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { FramesiftError, systemCodeOf } from './errors.ts';

/**
 * Makes a folder and those above it. (`mkdir` with `recursive` never ends in places like /proc, where folders
 * cannot be made and the system says that they do not exist.)
 *
 * @throws the system's error
 */
export const makeFolder = (path: string): void => {
  if (/^(?:https?|s3):\//i.test(path))
    throw new FramesiftError(
      'ERR_OPTION',
      `${path}: results are written to the disks of this machine. Give a path here, and copy what was written.`,
      { facts: { path } },
    );
  try {
    makeUnlessThere(path);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    makeUnlessThere(path);
  }
};

/** Somebody else may be making the same folder just now. */
const makeUnlessThere = (path: string): void => {
  try {
    mkdirSync(path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST' || !statSync(path).isDirectory()) throw error;
  }
};

/** Whether there is something of this name. */
export const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

let temporaryCount = 0;

/** A name beside `path` that no other writer uses. */
export const temporaryPath = (path: string): string => `${path}.${process.pid}-${temporaryCount++}.part`;

/**
 * Removes what writers that were killed have left beside their files. Nobody else may be writing there.
 *
 * @param paths of the files
 */
export const removeUnfinished = async (paths: readonly string[]): Promise<void> => {
  for (const folder of new Set(paths.map(dirname))) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names) {
      const path = /^(?<path>.*)\.\d+-\d+\.part$/s.exec(join(folder, name))?.groups?.['path'];
      if (path !== undefined && paths.includes(path)) await rm(join(folder, name), { force: true });
    }
  }
};

/**
 * Writes a file so that its name never shows half of it: beside, then renamed. Makes the folder.
 *
 * @throws ERR_WRITE with the system's reason
 */
export const writeAtomic = async (path: string, data: string | Uint8Array): Promise<void> => {
  const part = temporaryPath(path);
  try {
    makeFolder(dirname(path));
    await writeFile(part, data);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw writeError(path, error);
  }
};

const WRITE_REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full. Free some space and run the same command again: it continues where it was.',
  EDQUOT:
    'your disk quota is used up. Free some space and run the same command again: it continues where it was.',
  EACCES: 'permission denied. Choose another folder, or allow writing to this one.',
  EPERM: 'permission denied. Choose another folder, or allow writing to this one.',
  EROFS: 'the file system is read-only. Choose another folder.',
  ENOTDIR: 'a part of the path is a file, not a folder. Choose another folder.',
  EEXIST: 'a file is where a folder is needed. Choose another folder.',
  ENOENT: 'no folder can be made there. Choose another folder.',
  EISDIR: 'a folder has this name. Choose another folder, or move that one away.',
  ENAMETOOLONG: 'the name is too long for this file system. Choose a shorter output folder.',
  EMFILE: 'too many files are open. Use a smaller --jobs, or raise the limit (ulimit -n).',
};

/** What a failed write means and what to do about it. */
export const writeError = (path: string, error: unknown): FramesiftError => {
  if (error instanceof FramesiftError) return error;
  const system = systemCodeOf(error) ?? 'unknown';
  const reason = WRITE_REASONS[system] ?? `${error instanceof Error ? error.message : String(error)}.`;
  return new FramesiftError('ERR_WRITE', `${path}: cannot be written: ${reason}`, {
    facts: { path, system },
    cause: error,
  });
};

const END_BYTES = 256 * 1024;

/**
 * A key that changes when the file's content does: its size, its time of modification, and a SHA-256 over
 * its first and last 256 KiB. Independent of the file's name, so that a moved file keeps its key.
 *
 * @returns 64 hexadecimal digits
 * @throws the system's error when the file cannot be read
 */
export const contentKey = async (path: string): Promise<string> => {
  const file = await open(path);
  try {
    const { size, mtimeNs } = await file.stat({ bigint: true });
    const hash = createHash('sha256').update(`${size} ${mtimeNs}\n`);
    const head = Buffer.alloc(Math.min(Number(size), END_BYTES));
    await file.read(head, 0, head.length, 0);
    hash.update(head);
    if (size > END_BYTES) {
      const tail = Buffer.alloc(END_BYTES);
      await file.read(tail, 0, END_BYTES, Number(size) - END_BYTES);
      hash.update(tail);
    }
    return hash.digest('hex');
  } finally {
    await file.close();
  }
};

/**
 * Nothing is there, or an empty folder.
 *
 * @param problem of a folder with something in it: `is not empty`
 * @throws ERR_OUTPUT_EXISTS
 */
export const requireEmpty = async (folder: string, problem: string): Promise<void> => {
  const names = await readdir(folder).catch(() => []);
  if (names.length === 0) return;
  throw new FramesiftError(
    'ERR_OUTPUT_EXISTS',
    `${folder}: ${problem}. Choose another --out, or write into it with --force.`,
    { facts: { path: folder } },
  );
};

/** Where caches live: `FRAMESIFT_CACHE`, or the platform's place for them. */
export const cacheDirectory = (): string => {
  const { FRAMESIFT_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (FRAMESIFT_CACHE) return FRAMESIFT_CACHE;
  if (process.platform === 'win32')
    return join(LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'framesift');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'framesift');
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'framesift');
};

/** Whether a path, of a stranger's, stays in the folder that it is looked up in. */
export const isInside = (path: string): boolean =>
  path !== '' && !/\0|^[a-z]:|^[/\\]|(?:^|[/\\])\.\.(?:[/\\]|$)/i.test(path);
