// What makes a run over many files restartable: a lock, a ledger of what is done, and a place for unfinished files.
import { appendFileSync, closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { mkdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FramesiftError, systemCodeOf } from './errors.ts';
import { makeFolder, writeError } from './files.ts';

/** Name of the folder inside an output folder that holds what framesift needs to continue there. */
export const RUN_FOLDER = '.framesift';

/**
 * The bookkeeping of an output folder. A record is written before the file that it announces gets its name, so
 * a run that is killed at any moment leaves either no file, or a file that its record vouches for.
 */
export class RunFolder<T> {
  /** Unfinished files go here: on the same file system as the finished ones, so that a rename finishes them. */
  readonly unfinished: string;
  readonly #lock: string;
  readonly #ledger: number;
  readonly #records: Map<string, T>;
  #isTorn = false;

  private constructor(unfinished: string, lock: string, ledger: number, records: Map<string, T>) {
    this.unfinished = unfinished;
    this.#lock = lock;
    this.#ledger = ledger;
    this.#records = records;
  }

  /**
   * Opens, or makes, the bookkeeping of `outDir` for one verb.
   *
   * @param parse turns a record of the ledger back; undefined for a record that is not to be used
   * @throws ERR_WRITE when the folder cannot be written to, ERR_OUTPUT_BUSY while another run writes there
   */
  static async open<T>(
    outDir: string,
    verb: string,
    parse: (record: unknown) => readonly [key: string, value: T] | undefined,
  ): Promise<RunFolder<T>> {
    const folder = join(outDir, RUN_FOLDER);
    const unfinished = join(folder, 'unfinished');
    const ledgerPath = join(folder, `${verb}.jsonl`);
    const lock = join(folder, 'lock');
    try {
      makeFolder(folder);
      await takeLock(lock, outDir);
      await rm(unfinished, { recursive: true, force: true });
      await mkdir(unfinished);
      const text = await readFile(ledgerPath, 'utf8').catch(() => '');
      // A line that the last run could not finish would run into the first of this one.
      if (text !== '' && !text.endsWith('\n')) appendFileSync(ledgerPath, '\n');
      return new RunFolder(unfinished, lock, openSync(ledgerPath, 'a'), readRecords(text, parse));
    } catch (error) {
      if (error instanceof FramesiftError) throw error;
      throw writeError(outDir, error);
    }
  }

  /** What earlier runs recorded, by key; the last record of a key counts. */
  get records(): ReadonlyMap<string, T> {
    return this.#records;
  }

  /** Records `value`, then moves an unfinished file to its name. @throws ERR_WRITE */
  commit(record: T & object, from: string, to: string): void {
    try {
      this.#append(Buffer.from(`${JSON.stringify(record)}\n`));
      renameSync(from, to);
    } catch (error) {
      throw writeError(to, error);
    }
  }

  /** A full disk takes part of a line before it refuses the rest: nothing may follow a line that was cut short. */
  #append(line: Uint8Array): void {
    if (this.#isTorn) throw Object.assign(new Error('the ledger could not be written'), { code: 'ENOSPC' });
    this.#isTorn = true;
    for (let written = 0; written < line.length; ) written += writeSync(this.#ledger, line, written);
    this.#isTorn = false;
  }

  async close(): Promise<void> {
    try {
      fsyncSync(this.#ledger);
    } finally {
      closeSync(this.#ledger);
      await rm(this.unfinished, { recursive: true, force: true });
      await unlink(this.#lock).catch(() => undefined);
    }
  }
}

/** What runs of a verb recorded in an output folder, by key; nothing where there was none. @throws the system's error */
export const readLedger = async <T>(
  outDir: string,
  verb: string,
  parse: (record: unknown) => readonly [key: string, value: T] | undefined,
): Promise<ReadonlyMap<string, T>> => {
  const text = await readFile(join(outDir, RUN_FOLDER, `${verb}.jsonl`), 'utf8').catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') return '';
    throw error;
  });
  return readRecords(text, parse);
};

const readRecords = <T>(
  text: string,
  parse: (record: unknown) => readonly [string, T] | undefined,
): Map<string, T> => {
  const records = new Map<string, T>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      const entry = parse(JSON.parse(line));
      if (entry !== undefined) records.set(...entry);
    } catch {
      // the half-written last line of a run that was killed
    }
  }
  return records;
};

/**
 * Takes a lock file, which its holder deletes at the end; that of a process which is no more is taken over.
 *
 * @throws ERR_OUTPUT_BUSY
 */
export const takeLock = async (lock: string, outDir: string): Promise<void> => {
  let holder = 0;
  for (let tries = 0; tries < 3; ) {
    try {
      await writeFile(lock, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (systemCodeOf(error) !== 'EEXIST') throw error;
    }
    holder = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (holder === 0 && (await isFresh(lock))) {
      // Somebody is writing it just now, or was killed doing so: which of both is soon clear.
      await sleep(FRESH_MS / 20);
      continue;
    }
    if (isAlive(holder)) break;
    await unlink(lock).catch(() => undefined);
    tries++;
  }
  throw new FramesiftError(
    'ERR_OUTPUT_BUSY',
    `${outDir}: another framesift (process ${holder}) is writing to this folder. Wait for it, or choose another folder; if there is none, delete ${lock}.`,
    { facts: { outDir, process: holder } },
  );
};

/**
 * Does something while nobody else does with the same folder, which is made if need be.
 *
 * @throws ERR_OUTPUT_BUSY, ERR_WRITE, and what `work` throws
 */
export const holdingLock = async <T>(lock: string, outDir: string, work: () => Promise<T>): Promise<T> => {
  try {
    makeFolder(dirname(lock));
    await takeLock(lock, outDir);
  } catch (error) {
    throw error instanceof FramesiftError ? error : writeError(outDir, error);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
};

export const isAlive = (pid: number): boolean => {
  if (!(pid > 0) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) === 'EPERM';
  }
};

const FRESH_MS = 2000;

/** A lock without a number yet belongs to somebody who is writing it just now. */
const isFresh = async (lock: string): Promise<boolean> =>
  stat(lock).then(
    ({ mtimeMs }) => Date.now() - mtimeMs < FRESH_MS,
    () => false,
  );
