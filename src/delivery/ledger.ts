// What was pushed where: one file for each destination, a line before and after each batch.
import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCodeOf } from '../base/errors.ts';
import { readError } from '../base/file-chunks.ts';
import { makeFolder, writeError } from '../base/files.ts';

/** A batch about to be sent, sent, or not sent after all; or whether something may yet be done that seemed lost. */
interface BatchRecord {
  readonly status: 'sending' | 'there' | 'not sent' | 'doubtful' | 'settled';
  /** Keys of frames. */
  readonly frames: readonly string[];
  /** What they are called there. */
  readonly ids?: readonly (string | null)[] | undefined;
  readonly at: string;
}

export class PushLedger {
  /** Keys of frames that are there. */
  readonly there = new Set<string>();
  /** Batches whose answer nobody knows: the process died, or the connection. */
  readonly unanswered = new Map<string, readonly string[]>();
  readonly isNew: boolean;
  /** Whether answers were lost: what they were to may be done late, when nobody looks any more. */
  isDoubtful = false;
  readonly #path: string;
  #file: number | undefined;

  private constructor(path: string, text: string | undefined) {
    this.#path = path;
    this.isNew = text === undefined;
    for (const line of (text ?? '').split('\n')) {
      if (line === '') continue;
      try {
        this.#apply(JSON.parse(line) as Partial<BatchRecord>);
      } catch {
        // the half-written last line of a process that was killed
      }
    }
    if (text !== undefined && text !== '' && !text.endsWith('\n')) appendFileSync(path, '\n');
  }

  /** @param folder of all ledgers @throws ERR_READ */
  static async read(folder: string, target: string, address: string): Promise<PushLedger> {
    const path = PushLedger.pathOf(folder, target, address);
    return new PushLedger(path, await textOf(path));
  }

  static pathOf(folder: string, target: string, address: string): string {
    const key = createHash('sha256').update(address).digest('hex').slice(0, 12);
    return join(folder, `${target}-${key}.jsonl`);
  }

  sending(frames: readonly string[]): void {
    this.#append({ status: 'sending', frames, at: now() });
  }

  sent(frames: readonly string[], ids: readonly (string | undefined)[] | undefined): void {
    this.#append({ status: 'there', frames, ids: ids?.map((id) => id ?? null), at: now() });
  }

  doubtful(): void {
    if (!this.isDoubtful) this.#append({ status: 'doubtful', frames: [], at: now() });
  }

  settled(): void {
    this.#append({ status: 'settled', frames: [], at: now() });
  }

  notSent(frames: readonly string[]): void {
    this.#append({ status: 'not sent', frames, at: now() });
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** On the disk before anything else happens: what comes next cannot be taken back. */
  #append(record: BatchRecord): void {
    try {
      if (this.#file === undefined) {
        makeFolder(join(this.#path, '..'));
        this.#file = openSync(this.#path, 'a');
      }
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      for (let written = 0; written < line.length; ) written += writeSync(this.#file, line, written);
      fsyncSync(this.#file);
    } catch (error) {
      throw writeError(this.#path, error);
    }
    this.#apply(record);
  }

  #apply({ status, frames = [] }: Partial<BatchRecord>): void {
    if (status === 'doubtful' || status === 'settled') this.isDoubtful = status === 'doubtful';
    const key = batchId(frames);
    if (status === 'sending') this.unanswered.set(key, frames);
    if (status === 'not sent') this.unanswered.delete(key);
    if (status !== 'there') return;
    for (const frame of frames) this.there.add(frame);
    for (const [id, pending] of this.unanswered)
      if (pending.every((frame) => this.there.has(frame))) this.unanswered.delete(id);
  }
}

const textOf = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw readError(path, error);
  });

/** The number of a batch: the same frames, the same number. */
export const batchId = (frames: readonly string[]): string =>
  createHash('sha256').update(frames.join('\n')).digest('hex').slice(0, 32);

const now = (): string => new Date().toISOString();
