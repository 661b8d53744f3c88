// Where mirrors lie on the disk, who uses them, and which have to go when there are too many.
import { createHash } from 'node:crypto';
import { readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemCodeOf } from '../base/errors.ts';
import { cacheDirectory, makeFolder, writeError } from '../base/files.ts';
import { isAlive } from '../base/run-folder.ts';

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
    const user = join(path, `user-${hostname()}-${process.pid}`);
    try {
      await removeLeastUsed(root, path);
      makeFolder(path);
      await forgetDeadUsers(path);
      await writeFile(user, '');
      await utimes(path, new Date(), new Date());
    } catch (error) {
      throw writeError(path, error);
    }
    return new MirrorFolder(path, user);
  }

  /** This process uses it no more. */
  async leave(): Promise<void> {
    await rm(this.#user, { force: true }).catch(() => undefined);
    if (mostBytes() === 0) await removeUnlessUsed(this.path);
  }
}

/** @throws ERR_OPTION */
const mostBytes = (): number => {
  const text = process.env['FRAMESIFT_REMOTE_CACHE_GB']?.trim();
  const gigabytes = text ? Number(text) : USUAL_GIGABYTES;
  return (gigabytes >= 0 ? gigabytes : USUAL_GIGABYTES) * 1e9;
};

/** Looking at more mirrors than this takes a while: then it is done now and then. */
const MANY_MIRRORS = 200;
const PAUSE_MS = 10_000;
let lookedMs = 0;

const removeLeastUsed = async (root: string, except: string): Promise<void> => {
  // Whatever else lies in a folder of this name is not ours to remove.
  const names = (await readdir(root).catch(() => [])).filter((name) => /^[0-9a-f]{40}$/.test(name));
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
    if (total <= mostBytes()) return;
    if (path !== except && (await removeUnlessUsed(path))) total -= sizeBytes;
  }
};

const usersOf = async (path: string): Promise<readonly string[]> =>
  (await readdir(path).catch(() => [])).filter((name) => name.startsWith('user-'));

/** Workers are killed when their work is done. */
const forgetDeadUsers = async (path: string): Promise<void> => {
  for (const name of await usersOf(path))
    if (!(await isUsed(join(path, name), name))) await rm(join(path, name), { force: true });
};

const removeUnlessUsed = async (path: string): Promise<boolean> => {
  for (const name of await usersOf(path)) if (await isUsed(join(path, name), name)) return false;
  return rm(path, { recursive: true, force: true }).then(
    () => true,
    () => false,
  );
};

const isUsed = async (file: string, name: string): Promise<boolean> => {
  const pid = Number(name.slice(name.lastIndexOf('-') + 1));
  if (name === `user-${hostname()}-${pid}`) return pid === process.pid || isAlive(pid);
  const age = await stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    (error: unknown) => (systemCodeOf(error) === 'ENOENT' ? Number.POSITIVE_INFINITY : 0),
  );
  return age < LONGEST_USE_MS;
};
