// What a path on the command line stands for: a folder of videos or images, or a single file.
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FramesiftError, systemCodeOf } from '../base/errors.ts';
import { type FindMediaOptions, findMedia, type MediaProblem } from './find-media.ts';
import { isImagePath } from './media-type.ts';

/** Where frames come from: a root folder and files below it. */
export interface Source {
  readonly root: string;
  readonly kind: 'videos' | 'images';
  /** Paths below the root, `/` between segments, sorted by code point. */
  readonly files: readonly string[];
  /** Places that could not be looked at. */
  readonly problems: readonly MediaProblem[];
}

/**
 * Finds the videos (or images) of a folder, or takes a single file as a source of its own.
 *
 * @throws ERR_NOT_FOUND, ERR_NO_INPUT when there is neither video nor image, ERR_OPTION for a bad glob or for a file
 *   that can only be a list of names
 */
export const openSource = async (path: string, options: FindMediaOptions = {}): Promise<Source> => {
  if (await isFile(path)) {
    if (LIST_ENDING.test(path)) throw listError(path);
    const kind = isImagePath(path) ? 'images' : 'videos';
    return { root: dirname(path), kind, files: [basename(path)], problems: [] };
  }
  const { kind, files, problems, skipped } = await findMedia(path, options);
  if (kind !== 'empty') return { root: path, kind, files, problems };
  const why =
    skipped.filtered > 0
      ? `--include and --exclude leave out all of its ${skipped.filtered} videos and images`
      : skipped.other > 0
        ? `none of its ${skipped.other} files has the extension of a video or an image`
        : skipped.hidden + skipped.notVideo > 0
          ? 'all that is in it is hidden or no video'
          : 'it is empty';
  throw new FramesiftError('ERR_NO_INPUT', `${path}: holds no videos and no images: ${why}.`, {
    facts: { path, ...skipped },
  });
};

const LIST_ENDING = /\.(txt|csv|tsv|json|jsonl)$/i;

const listError = (path: string): FramesiftError =>
  new FramesiftError(
    'ERR_OPTION',
    `${path}: is no video and no image. If it names frames, give the folder of their videos, and the list with --filenames.`,
    { facts: { path } },
  );

/** The place of a source's file on disk. */
export const pathOf = (source: Source, file: string): string => join(source.root, file);

const isFile = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') return false;
    throw new FramesiftError('ERR_NOT_FOUND', `${path}: no such file or folder.`, {
      facts: { path },
      cause: error,
    });
  }
};
