import type { Dirent, Stats } from 'node:fs';
import { lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compareCodePoints } from '../base/code-points.ts';
import { type FramesiftError, systemCodeOf } from '../base/errors.ts';
import { entryError, folderError, placeOfRoot } from './media-problem.ts';
import {
  isAmbiguousPath,
  isImagePath,
  isTransportStream,
  isVideoPath,
  TRANSPORT_STREAM_HEAD_BYTES,
} from './media-type.ts';
import { pathFilter } from './path-filter.ts';

export interface FindMediaOptions {
  /** Globs as {@link pathFilter} reads them; only files that match are found. None: all are. */
  readonly include?: readonly string[] | undefined;
  /** Globs; files that match and folders that match, with all in them, are left out, whatever `include` says. */
  readonly exclude?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a folder holds. Paths are below the root, with `/`, and sorted by code point (= by their UTF-8 bytes). */
export interface FoundMedia {
  /** Videos if there is any, else images. */
  readonly kind: 'videos' | 'images' | 'empty';
  readonly files: readonly string[];
  /** How much was passed over, and why. */
  readonly skipped: {
    /** Files and folders whose name starts with a dot. */
    readonly hidden: number;
    /** Media files and folders that `include` and `exclude` leave out. */
    readonly filtered: number;
    /** Images in a folder of videos. */
    readonly images: number;
    /** Files called like a video that are none: TypeScript's `.ts`. */
    readonly notVideo: number;
    /** All other files. */
    readonly other: number;
    /** Links to folders that were found already. */
    readonly repeated: number;
  };
  /** What could not be looked at: broken links, folders that may not be read. */
  readonly problems: readonly MediaProblem[];
}

export interface MediaProblem {
  readonly path: string;
  readonly error: FramesiftError;
}

/**
 * Finds the videos of a folder and of all folders in it or, where there is none, the still images (Lightly's rule).
 * Hidden files and folders are passed over; links are followed. A folder that is reached in several ways is listed
 * once: under its own place if that is below the root, else under the first link by path.
 *
 * @param root path of a folder
 * @throws ERR_NOT_FOUND when `root` does not exist; ERR_NO_INPUT when it cannot be read; ERR_OPTION when it is no
 *   folder or a glob is malformed; the signal's reason
 */
export const findMedia = async (root: string, options: FindMediaOptions = {}): Promise<FoundMedia> => {
  const walk = new Walk(options);
  await walk.run(await placeOfRoot(root));
  return walk.result();
};

/** A folder still to be read. */
interface Folder {
  /** Below the root; '' for the root. */
  readonly path: string;
  /** Its real path. */
  readonly place: string;
}

class Walk {
  readonly #signal: AbortSignal | undefined;
  readonly #isIncluded: (path: string) => boolean;
  readonly #isExcluded: (path: string) => boolean;
  readonly #videos: string[] = [];
  readonly #images: string[] = [];
  readonly #problems: MediaProblem[] = [];
  readonly #skipped = { hidden: 0, filtered: 0, notVideo: 0, other: 0, repeated: 0 };
  /** Real paths of the folders that were read. */
  readonly #visited = new Set<string>();
  #links: Folder[] = [];

  constructor({ include = [], exclude = [], signal }: FindMediaOptions) {
    this.#signal = signal;
    this.#isIncluded = include.length === 0 ? () => true : pathFilter(include);
    this.#isExcluded = pathFilter(exclude);
  }

  async run(root: string): Promise<void> {
    this.#links = [{ path: '', place: root }];
    // Links wait until all that lies below the root has been read, so that a folder's own place comes first.
    while (this.#links.length > 0) {
      const round = this.#links.sort((a, b) => compareCodePoints(a.path, b.path));
      this.#links = [];
      for (const folder of round) await this.#readTree(folder);
    }
  }

  result(): FoundMedia {
    const { kind, files }: Pick<FoundMedia, 'kind' | 'files'> =
      this.#videos.length > 0
        ? { kind: 'videos', files: this.#videos }
        : { kind: this.#images.length > 0 ? 'images' : 'empty', files: this.#images };
    return {
      kind,
      files: files.toSorted(compareCodePoints),
      skipped: { ...this.#skipped, images: kind === 'videos' ? this.#images.length : 0 },
      problems: this.#problems.toSorted((a, b) => compareCodePoints(a.path, b.path)),
    };
  }

  async #readTree(top: Folder): Promise<void> {
    const pending = [top];
    for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
      this.#signal?.throwIfAborted();
      if (this.#visited.has(folder.place)) {
        this.#skipped.repeated++;
        continue;
      }
      this.#visited.add(folder.place);
      for (const entry of await this.#readFolder(folder)) {
        const below = await this.#takeEntry(folder, entry);
        if (below !== undefined) pending.push(below);
      }
    }
  }

  async #readFolder({ path, place }: Folder): Promise<readonly Dirent[]> {
    try {
      return await readdir(place, { withFileTypes: true });
    } catch (error) {
      if (path === '') throw folderError(place, error);
      this.#problems.push({ path, error: folderError(path, error) });
      return [];
    }
  }

  /** Notes a file or a link to a folder; returns a folder. */
  async #takeEntry(parent: Folder, entry: Dirent): Promise<Folder | undefined> {
    if (entry.name.startsWith('.')) {
      this.#skipped.hidden++;
      return undefined;
    }
    const path = parent.path === '' ? entry.name : `${parent.path}/${entry.name}`;
    const place = join(parent.place, entry.name);
    if (this.#isExcluded(path)) {
      this.#skipped[entry.isFile() && !isMediaPath(path) ? 'other' : 'filtered']++;
      return undefined;
    }
    try {
      const type = entry.isSymbolicLink() ? await stat(place) : await typeOf(entry, place);
      if (!type.isDirectory()) await this.#takeFile(path, place, type.isFile());
      else if (!entry.isSymbolicLink()) return { path, place };
      else this.#links.push({ path, place: await realpath(place) });
    } catch (error) {
      if (systemCodeOf(error) === undefined) throw error;
      if (!isMediaPath(path) || this.#isIncluded(path)) {
        this.#problems.push({ path, error: entryError(path, entry, error) });
      }
    }
    return undefined;
  }

  async #takeFile(path: string, place: string, isFile: boolean): Promise<void> {
    if (!isFile || !isMediaPath(path)) this.#skipped.other++;
    else if (!this.#isIncluded(path)) this.#skipped.filtered++;
    else if (isImagePath(path)) this.#images.push(path);
    else if (isAmbiguousPath(path) && (await isOtherContent(place))) this.#skipped.notVideo++;
    else this.#videos.push(path);
  }
}

const isMediaPath = (path: string): boolean => isVideoPath(path) || isImagePath(path);

// Names that are not UTF-8 arrive with replacement characters in them, and no file answers to that name.
const typeOf = (entry: Dirent, place: string): Dirent | Promise<Stats> =>
  entry.name.includes('\uFFFD') ? lstat(place) : entry;

/** Whether a file is certainly no transport stream; one that cannot be read is left to whoever opens it. */
const isOtherContent = async (place: string): Promise<boolean> => {
  try {
    await using file = await open(place);
    const head = new Uint8Array(TRANSPORT_STREAM_HEAD_BYTES);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return !isTransportStream(head.subarray(0, bytesRead));
  } catch {
    return false;
  }
};
