// The folder where models of Hugging Face's hub are kept: laid out as Python's huggingface_hub does, and shared with it.
import { existsSync } from 'node:fs';
import { copyFile, link, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { makeFolder, temporaryPath, writeAtomic, writeError } from '../base/files.ts';
import type { HubFile } from '../native/huggingface-hub.ts';
import { type HubAddress, isCommit } from './hub-address.ts';
import { formatTree, parseTree } from './hub-tree.ts';

/** A repository's part of the cache: `models--org--name/{blobs,refs,snapshots,trees}`. */
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
    const text = (await readFile(this.#refPath(revision), 'utf8').catch(() => '')).trim();
    return isCommit(text) ? text : undefined;
  }

  async writeRef(revision: string, commit: string): Promise<void> {
    await writeAtomic(this.#refPath(revision), commit);
  }

  /** Which files a commit has, those included that were not downloaded: as the hub said once. */
  async tree(commit: string): Promise<readonly HubFile[] | undefined> {
    return parseTree(await readFile(this.#treePath(commit), 'utf8').catch(() => ''));
  }

  async writeTree(commit: string, files: readonly HubFile[]): Promise<void> {
    await writeAtomic(this.#treePath(commit), formatTree(files));
  }

  /** Paths of a commit's files that are here. */
  async pathsHere(commit: string): Promise<string[]> {
    const folder = this.snapshot(commit);
    const paths = await readdir(folder, { recursive: true }).catch(() => []);
    return paths.filter((path) => existsSync(join(folder, path))).map((path) => path.replaceAll('\\', '/'));
  }

  /**
   * Gives a blob its name in a snapshot: by a link, or by a copy where links are not allowed.
   *
   * @throws ERR_WRITE
   */
  async place(hash: string, commit: string, path: string): Promise<void> {
    const pointer = join(this.snapshot(commit), path);
    const blob = this.blob(hash);
    const fresh = temporaryPath(pointer);
    try {
      makeFolder(dirname(pointer));
      await symlink(relative(dirname(pointer), blob), fresh).catch(() =>
        link(blob, fresh).catch(() => copyFile(blob, fresh)),
      );
      await rename(fresh, pointer);
    } catch (error) {
      await rm(fresh, { force: true }).catch(() => undefined);
      throw writeError(pointer, error);
    }
  }

  #refPath(revision: string): string {
    return join(this.folder, 'refs', ...revision.split('/'));
  }

  #treePath(commit: string): string {
    return join(this.folder, 'trees', `${commit}.json`);
  }
}
