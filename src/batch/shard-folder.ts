// Where a shard's request and what comes of it lie: in a folder that submitters and workers share.
import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FramesiftError, systemCodeOf } from '../base/errors.ts';
import { isThere, writeAtomic, writeError } from '../base/files.ts';
import type { FolderRequest } from './jobs.ts';

export class ShardFolder {
  readonly id: string;
  readonly #path: string;

  /** @param folder of all shards of a run */
  constructor(folder: string, id: string) {
    this.id = id;
    this.#path = join(folder, id);
  }

  /** What was made of it; there as a whole, or not at all. */
  get done(): string {
    return join(this.#path, 'done');
  }

  isDone(): Promise<boolean> {
    return isThere(this.done);
  }

  /** @throws ERR_WRITE */
  async request(request: FolderRequest): Promise<void> {
    await writeAtomic(join(this.#path, 'request.json'), JSON.stringify(request));
  }

  /** @throws ERR_NOT_FOUND where the folder is not shared with this machine */
  async readRequest(): Promise<FolderRequest> {
    const path = join(this.#path, 'request.json');
    try {
      return JSON.parse(await readFile(path, 'utf8')) as FolderRequest;
    } catch (error) {
      throw new FramesiftError(
        'ERR_NOT_FOUND',
        `${path}: is not there: the folder of the run is not shared with this machine, under the same path (${systemCodeOf(error) ?? 'not JSON'}).`,
        { facts: { path }, cause: error },
      );
    }
  }

  /**
   * Does the work in a folder that nobody else has, which then gets its name. Of two workers that come to it, because one
   * seemed dead, one is first, and both have made the same.
   *
   * @throws ERR_WRITE, and what `work` throws
   */
  async make(work: (folder: string) => Promise<void>): Promise<void> {
    const own = join(this.#path, `at-${randomUUID()}`);
    try {
      mkdirSync(own);
    } catch (error) {
      throw writeError(own, error);
    }
    try {
      await work(own);
      try {
        renameSync(own, this.done);
      } catch (error) {
        if (!(await this.isDone())) throw writeError(this.done, error);
      }
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
  }

  /** Removes all of it. */
  remove(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}
