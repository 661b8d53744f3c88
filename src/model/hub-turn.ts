// Of all who want the same file at once, one gets it; the others wait for that.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FramesiftError } from '../base/errors.ts';
import { makeFolder, writeError } from '../base/files.ts';
import { takeLock } from '../base/run-folder.ts';
import { PATIENCE } from './hub-transport.ts';

/** Within this process, by the path; a lock file tells processes apart. */
const UNDER_WAY = new Map<string, Promise<void>>();

/**
 * Does the work that makes a file, unless the file is there or comes while somebody else works on it.
 *
 * @throws ERR_WRITE, the signal's reason, or what the work throws
 */
export const makeOnce = async (
  path: string,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> => {
  while (!existsSync(path)) {
    signal?.throwIfAborted();
    const other = UNDER_WAY.get(path);
    if (other === undefined) {
      const own = withLock(path, signal, work).finally(() => UNDER_WAY.delete(path));
      UNDER_WAY.set(path, own);
      return own;
    }
    // Should the other one fail, or be stopped by its own caller, it is this one's turn.
    await endOf(other, signal);
  }
};

const withLock = async (
  path: string,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> => {
  const lock = `${path}.lock`;
  while (!(await isTaken(lock, path))) {
    await sleep(PATIENCE.lockPauseMs, undefined, signal && { signal }).catch(() => undefined);
    signal?.throwIfAborted();
  }
  try {
    if (!existsSync(path)) await work();
  } finally {
    await rm(lock, { force: true }).catch(() => undefined);
  }
};

/** @throws ERR_WRITE */
const isTaken = async (lock: string, path: string): Promise<boolean> => {
  try {
    makeFolder(dirname(lock));
    await takeLock(lock, path);
    return true;
  } catch (error) {
    if (error instanceof FramesiftError && error.code === 'ERR_OUTPUT_BUSY') return false;
    throw error instanceof FramesiftError ? error : writeError(path, error);
  }
};

/** Until work has ended, well or not, or the signal is aborted. */
const endOf = (work: Promise<void>, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      signal?.removeEventListener('abort', end);
      resolve();
    };
    signal?.addEventListener('abort', end);
    work.then(end, end);
  });
