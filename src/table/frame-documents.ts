// Which documents of a folder are about which frames: they are called like them, with `.json` for the image extension.
import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { forEachConcurrent } from '../base/concurrency.ts';
import { systemCodeOf } from '../base/errors.ts';
import { readError } from '../base/file-chunks.ts';
import { isInside } from '../base/files.ts';
import { frameKey, frameRefOf } from '../frame/frame-key.ts';
import { normalizeFrameName } from '../frame/name.ts';

/** Paths of documents; undefined where there is none. */
export interface FrameDocuments {
  /** By its exact name, else by that of the frame with another padding. */
  ofFrame(filename: string): string | undefined;
  /** About all frames of the frame's video: named like the video, without its extension. */
  ofVideo(filename: string): string | undefined;
}

const FOLDERS_AT_ONCE = 16;

/**
 * Lists the folders that documents of the frames would be in, each once. Names that would lead out of `root` have none.
 *
 * @throws ERR_READ; the signal's reason
 */
export const findFrameDocuments = async (
  root: string,
  filenames: readonly string[],
  signal?: AbortSignal | undefined,
): Promise<FrameDocuments> => {
  const byName = new Map<string, string>();
  const byFrame = new Map<string, string>();
  const folders = new Set(filenames.filter(isInside).map((name) => posix.dirname(stemOf(name))));
  await forEachConcurrent(folders, FOLDERS_AT_ONCE, async (folder) => {
    signal?.throwIfAborted();
    for (const file of await namesIn(join(root, folder))) {
      if (!file.endsWith('.json')) continue;
      const path = join(root, folder, file);
      const stem = `${folder === '.' ? '' : `${folder}/`}${file.slice(0, -'.json'.length)}`;
      byName.set(stem, path);
      const frame = frameKey(`${stem}.png`);
      if (!byFrame.has(frame)) byFrame.set(frame, path);
    }
  });
  return {
    ofFrame: (filename) => {
      const stem = stemOf(filename);
      return byName.get(stem) ?? byFrame.get(frameKey(`${stem}.png`));
    },
    ofVideo: (filename) =>
      frameRefOf(filename) === undefined ? undefined : byName.get(stemOf(filename).replace(FRAME_PART, '')),
  };
};

/** Where the document of a frame is looked for first. */
export const documentPath = (root: string, filename: string): string =>
  join(root, `${stemOf(filename)}.json`);

/** `-0042-mp4` */
const FRAME_PART = /-[0-9]+-[^-./\\]*$/;

const stemOf = (filename: string): string => normalizeFrameName(filename).replace(/\.[^./\\]*$/, '');

/** In order, so that of several documents about a frame always the same is taken. */
const namesIn = async (folder: string): Promise<string[]> => {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') return [];
    throw readError(folder, error);
  }
};
