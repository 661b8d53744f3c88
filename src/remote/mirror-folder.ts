// Where mirrors lie on the disk, who uses them, and which have to go when there are too many.
import { createHash } from 'node:crypto';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { FramesiftError, systemCodeOf } from '../base/errors.ts';
import { cacheDirectory, makeFolder, temporaryPath, writeError } from '../base/files.ts';
import { isAlive } from '../base/run-folder.ts';
import { RemoteTrouble } from './range-source.ts';

/** Gigabytes of mirrors that are kept, where `FRAMESIFT_REMOTE_CACHE_GB` does not say otherwise. */
const USUAL_GIGABYTES = 10;
/** Another machine that shares the cache has crashed when it has not been heard of for so long. */
const LONGEST_USE_MS = 24 * 3600 * 1000;

/** The folder of one mirror. A file in it for each process that uses it says that it must stay. */
export class MirrorFolder {
  readonly path: string;
  readonly #user: string;

  private constructor(path: string, user: string) {
    this.path = path;
    this.#user = user;
  }

  /** @param key what the mirror is of @throws ERR_WRITE */
  static async open(key: string): Promise<MirrorFolder> {
    const root = join(cacheDirectory(), 'remote');
    const path = join(root, createHash('sha256').update(key).digest('hex').slice(0, 40));
    const user = join(path, `user-${hostname()}-${process.ppid}-${process.pid}-${useCount++}`);
    const limit = mostBytes();
    try {
      await removeLeastUsed(root, path, limit);
      makeFolder(path);
      await forgetDeadUsers(path);
      await writeFile(user, '');
      await utimes(path, new Date(), new Date());
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') throw beingCleared();
      throw cacheError(root, error);
    }
    return new MirrorFolder(path, user);
  }

  /** This process uses it no more. */
  async leave(): Promise<void> {
    await rm(this.#user, { force: true }).catch(() => undefined);
    if (mostBytes() === 0) await removeUnlessUsed(this.path);
  }

  /** The same at the end of the process. */
  leaveSync(): void {
    try {
      rmSync(this.#user, { force: true });
      if (mostBytes() > 0 || readdirSync(this.path).some(isKeptBy)) return;
      const doomed = temporaryPath(this.path);
      renameSync(this.path, doomed);
      if (readdirSync(doomed).some(isKeptBy)) renameSync(doomed, this.path);
      else rmSync(doomed, { recursive: true, force: true });
    } catch {
      // Removed by somebody else, or not to be removed: the next one sees to it.
    }
  }
}

let useCount = 0;

/** Whoever clears the cache has been here between two steps. */
export const beingCleared = (): RemoteTrouble => new RemoteTrouble('passing', 'the cache was being cleared');

const cacheError = (root: string, error: unknown): FramesiftError => {
  const { code, message, facts } = writeError(root, error);
  return new FramesiftError(
    code,
    `${message} This is where what comes from servers is kept: --cache or FRAMESIFT_CACHE name another place.`,
    { facts, cause: error },
  );
};

/** @throws ERR_OPTION */
const mostBytes = (): number => {
  const text = process.env['FRAMESIFT_REMOTE_CACHE_GB']?.trim();
  const gigabytes = text ? Number(text) : USUAL_GIGABYTES;
  if (gigabytes >= 0) return gigabytes * 1e9;
  throw new FramesiftError(
    'ERR_OPTION',
    `FRAMESIFT_REMOTE_CACHE_GB ${text}: expected a number of gigabytes, such as 10 or 0.5.`,
    { facts: { value: text ?? '' } },
  );
};

/** Looking at more mirrors than this takes a while: then it is done now and then. */
const MANY_MIRRORS = 200;
const PAUSE_MS = 10_000;
let lookedMs = 0;

const removeLeastUsed = async (root: string, except: string, limit: number): Promise<void> => {
  // Whatever else lies in a folder of this name is not ours to remove.
  const names = (await readdir(root).catch(() => [])).filter((name) =>
    /^[0-9a-f]{40}(?:\.\d+-\d+\.part)*$/.test(name),
  );
  if (names.length > MANY_MIRRORS && Date.now() - lookedMs < PAUSE_MS) return;
  lookedMs = Date.now();
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(root, name);
      const [folder, bytes] = await Promise.all([stat(path), stat(join(path, 'bytes'))]).catch(() => []);
      return { path, usedMs: folder?.mtimeMs ?? 0, sizeBytes: (bytes?.blocks ?? 0) * 512 };
    }),
  );
  let total = found.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  for (const { path, sizeBytes } of found.sort((a, b) => a.usedMs - b.usedMs)) {
    if (total <= limit && !path.endsWith('.part')) continue;
    if (path !== except && (await removeUnlessUsed(path))) total -= sizeBytes;
  }
};

const isUser = (name: string): boolean => name.startsWith('user-');

/** Workers are killed when their work is done. */
const forgetDeadUsers = async (path: string): Promise<void> => {
  for (const name of (await readdir(path)).filter(isUser))
    if (!(await isUsed(join(path, name), name))) await rm(join(path, name), { force: true });
};

const hasUser = async (path: string): Promise<boolean> => {
  for (const name of (await readdir(path).catch(() => [])).filter(isUser))
    if (await isUsed(join(path, name), name)) return true;
  return false;
};

/** By another name first: whoever comes meanwhile makes a folder of its own, or is seen to have come. */
const removeUnlessUsed = async (path: string): Promise<boolean> => {
  if (await hasUser(path)) return false;
  // Half removed by somebody who may still be at it.
  const [, remover] = /\.(\d+)-\d+\.part$/.exec(path) ?? [];
  if (remover !== undefined && isAlive(Number(remover))) return false;
  const doomed = temporaryPath(path);
  try {
    await rename(path, doomed);
    if (await hasUser(doomed)) {
      await rename(doomed, path);
      return false;
    }
    await rm(doomed, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
};

const isUsed = async (file: string, name: string): Promise<boolean> => {
  const own = ownUser(name);
  if (own !== undefined) return own.pid === process.pid || isAlive(own.pid);
  const age = await stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    (error: unknown) => (systemCodeOf(error) === 'ENOENT' ? Number.POSITIVE_INFINITY : 0),
  );
  return age < LONGEST_USE_MS;
};

/** Whether a file of a mirror's folder says that somebody will still use it when this process has ended. */
const isKeptBy = (name: string): boolean => {
  if (!isUser(name)) return false;
  const own = ownUser(name);
  if (own === undefined) return true;
  // Processes that this one has started end with it.
  return own.parent !== process.pid && (own.pid === process.pid || isAlive(own.pid));
};

/** A use by a process of this machine; undefined for those of others. */
const ownUser = (name: string): { readonly parent: number; readonly pid: number } | undefined => {
  const prefix = `user-${hostname()}-`;
  const [, parent, pid] =
    (name.startsWith(prefix) && /^(\d+)-(\d+)-\d+$/.exec(name.slice(prefix.length))) || [];
  return parent === undefined ? undefined : { parent: Number(parent), pid: Number(pid) };
};
