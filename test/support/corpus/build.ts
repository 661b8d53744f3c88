/**
 * Builds the corpus once for all test processes. Files are made in a folder of the maker's own and moved into
 * place when they are whole, so that nobody ever sees half a file, however many processes build at once.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { getFFmpegInfo } from 'node-av/lib';
import type { Clip } from './clip.ts';

const SUPPORT = dirname(dirname(fileURLToPath(import.meta.url)));
const REPOSITORY = dirname(dirname(SUPPORT));
const RECIPES = ['block-code.ts', 'streams.ts', 'encode.ts', 'mux.ts', 'damage.ts'];

/** No build takes this long; the number of a dead builder's process may have been given to another. */
const LOCK_LIFETIME = 300_000;

/** Makes the clips that are missing and answers with the folder that holds them all. */
export async function buildCorpus(clips: readonly Clip[]): Promise<string> {
  const directory = join(REPOSITORY, '.tmp', 'corpus', recipeHash());
  mkdirSync(directory, { recursive: true });
  const isMissing = (clip: Clip): boolean => !existsSync(join(directory, clip.name));
  if (!clips.some(isMissing)) return directory;
  const unlock = await lock(directory);
  try {
    for (const clip of clips.filter(isMissing)) {
      await makeWhole(clip, directory);
      await setImmediate(); // let the test runner breathe
    }
  } finally {
    unlock();
  }
  return directory;
}

async function makeWhole(clip: Clip, directory: string): Promise<void> {
  const workshop = mkdtempSync(join(directory, '.making-'));
  try {
    await clip.make(workshop);
    // The clip itself comes last: when it is there, what belongs to it is there too.
    const files = readdirSync(workshop).sort((a, b) => Number(a === clip.name) - Number(b === clip.name));
    for (const file of files) renameSync(join(workshop, file), join(directory, file));
  } catch (error) {
    throw new Error(`cannot make the test clip ${clip.name}`, { cause: error });
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/**
 * Waits for other builders. The lock only saves work: were it broken, two processes would make the same bytes and
 * move them to the same place.
 */
async function lock(directory: string): Promise<() => void> {
  const path = join(directory, '.lock');
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (isAbandoned(path)) rmSync(path, { force: true });
    await setTimeout(100);
  }
}

function isAbandoned(path: string): boolean {
  try {
    if (Date.now() - statSync(path).mtimeMs > LOCK_LIFETIME) return true;
    const pid = Number(readFileSync(path, 'utf8'));
    if (pid > 0) process.kill(pid, 0); // throws when there is no such process
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Changes whenever a recipe, the tools it is written with, or FFmpeg changes. */
function recipeHash(): string {
  const hash = createHash('sha1');
  hash.update(`${getFFmpegInfo().version} ${process.platform} ${process.arch}\n`);
  const families = readdirSync(join(SUPPORT, 'corpus')).sort();
  for (const file of [...RECIPES, ...families.map((name) => join('corpus', name))]) {
    hash.update(`${file}\n`).update(readFileSync(join(SUPPORT, file)));
  }
  return hash.digest('hex').slice(0, 16);
}
