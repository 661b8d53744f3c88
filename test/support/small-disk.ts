/** A file system that is soon full. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where it can be tried at all; mounting may still be refused. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** Mounts some memory at a new folder for as long as the work takes; false where that is not allowed. */
export const onSmallDisk = async (
  folder: string,
  work: () => Promise<void>,
  sizeMiB = 1,
): Promise<boolean> => {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return false;
  }
  try {
    await work();
  } finally {
    execFileSync('umount', [folder]);
  }
  return true;
};

/** Makes room on a disk of {@link onSmallDisk}. */
export const growDisk = (folder: string, sizeMiB: number): void => {
  execFileSync('mount', ['-o', `remount,size=${sizeMiB}m`, folder]);
};

/** Takes all room that is left there; the file that does is to be removed to have it back. */
export const fillDisk = (folder: string): string => {
  const ballast = join(folder, 'ballast');
  try {
    for (;;) appendFileSync(ballast, new Uint8Array(4096));
  } catch {
    return ballast;
  }
};
