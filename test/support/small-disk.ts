/** A file system that is soon full. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** Mounts some memory at a new folder for as long as the work takes; skips the test where that is not allowed. */
export const onSmallDisk = async (
  skip: (reason: string) => never,
  folder: string,
  work: () => Promise<void>,
  sizeMiB = 1,
): Promise<void> => {
  if (!canMount) skip('a small disk takes Linux and its superuser');
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    skip('this sandbox may not mount a small disk');
  }
  try {
    await work();
  } finally {
    execFileSync('umount', [folder]);
  }
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
