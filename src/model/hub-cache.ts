// The folder where models of Hugging Face's hub are kept: laid out as Python's huggingface_hub does, and shared with it.
import { existsSync } from 'node:fs';
import { copyFile, readFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { makeFolder, temporaryPath, writeAtomic } from '../base/files.ts';
import type { HubAddress } from './hub-address.ts';

/** A repository's part of the cache: `models--org--name/{blobs,refs,snapshots}`. */
export class CachedRepository {
  readonly folder: string;

  constructor(cacheFolder: string, { repository }: HubAddress) {
    this.folder = join(cacheFolder, `models--${repository.replaceAll('/', '--')}`);
  }

  /** Where the files of a commit are, under their own names. */
  snapshot(commit: string): string {
    return join(this.folder, 'snapshots', commit);
  }

  /** Where a file's content is, under its hash. */
  blob(hash: string): string {
    return join(this.folder, 'blobs', hash);
  }

  /** The commit that a branch or tag stood for when the hub was last asked. */
  async ref(revision: string): Promise<string | undefined> {
    const text = await readFile(this.#refPath(revision), 'utf8').catch(() => '');
    return text.trim() === '' ? undefined : text.trim();
  }

  async writeRef(revision: string, commit: string): Promise<void> {
    const path = this.#refPath(revision);
    makeFolder(dirname(path));
    await writeAtomic(path, commit);
  }

  /** Gives a blob its name in a snapshot: by a link, or by a copy where links are not allowed. */
  async place(hash: string, commit: string, path: string): Promise<string> {
    const pointer = join(this.snapshot(commit), path);
    if (existsSync(pointer)) return pointer;
    makeFolder(dirname(pointer));
    await rm(pointer, { force: true }); // a link to a blob that was deleted
    const blob = this.blob(hash);
    try {
      await symlink(relative(dirname(pointer), blob), pointer);
    } catch {
      if (existsSync(pointer)) return pointer; // somebody else was faster
      const copy = temporaryPath(pointer);
      await copyFile(blob, copy);
      await rename(copy, pointer);
    }
    return pointer;
  }

  #refPath(revision: string): string {
    return join(this.folder, 'refs', ...revision.split('/'));
  }
}
