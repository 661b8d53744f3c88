// What a path on the command line stands for: a folder of videos or images, or a single file.
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isAddress } from '../base/address.ts';
import { FramesiftError, systemCodeOf } from '../base/errors.ts';
import type { Failure } from '../base/outcome.ts';
import type { FrameChoice } from './choice.ts';
import { type FindMediaOptions, findMedia, type MediaProblem } from './find-media.ts';
import { isImagePath } from './media-type.ts';

/** Where frames come from: a root folder and files below it. */
export interface Source {
  /** A folder's path, or its address with `/` at the end. */
  readonly root: string;
  readonly kind: 'videos' | 'images';
  /** Paths below the root, `/` between segments, sorted by code point. */
  readonly files: readonly string[];
  /** Places that could not be looked at. */
  readonly problems: readonly MediaProblem[];
  /**
   * What is asked for on a server, where it is more than {@link root}, which may be shown: the folder with a login, or the
   * only file with its signature.
   */
  readonly address?: string | undefined;
}

export interface OpenSourceOptions extends FindMediaOptions {
  /** Where a server does not list its folders, the videos that are named here are all that is known of them. */
  readonly choice?: FrameChoice | undefined;
}

/**
 * Finds the videos (or images) of a folder, or takes a single file as a source of its own.
 *
 * @param path of a folder or file, or the address of one: `https://…`, `s3://…`
 * @throws ERR_REMOTE, ERR_MISSING_DEPENDENCY of a server; ERR_NOT_FOUND, ERR_NO_INPUT when there is neither video nor image, ERR_OPTION for a bad glob or for a file
 *   that can only be a list of names
 */
export const openSource = async (path: string, options: OpenSourceOptions = {}): Promise<Source> => {
  if (isAddress(path)) return (await import('./remote-source.ts')).openRemoteSource(path, options);
  if (await isFile(path)) {
    if (isListPath(path)) throw listError(path);
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

/** Whether a path is that of a list of names rather than of media. */
export const isListPath = (path: string): boolean => LIST_ENDING.test(path);

export const listError = (path: string): FramesiftError =>
  new FramesiftError(
    'ERR_OPTION',
    `${path}: is no video and no image. If it names frames, give the folder of their videos, and the list with --filenames.`,
    { facts: { path } },
  );

/** What could not be looked at, as failures of whoever wants the same of all files: a list of names does without them. */
export const problemsOf = ({ problems }: Source, choice?: FrameChoice): Failure[] =>
  choice?.kind === 'names' ? [] : problems.map(({ path, error }) => ({ item: path, error }));

/** The path of a source's file, or its address. */
export const pathOf = ({ root, address = root }: Source, file: string): string => {
  if (!isAddress(root)) return join(root, file);
  if (address !== root && !new URL(address).pathname.endsWith('/')) return address;
  // Keys of a bucket are texts; addresses of web servers are not.
  return `${address}${/^s3:/i.test(root) ? file : file.split('/').map(encodeURIComponent).join('/')}`;
};

const unknownScheme = (path: string): FramesiftError =>
  new FramesiftError(
    'ERR_OPTION',
    `${path}: is no address that framesift reads: these begin with https://, http:// or s3://. Give files of this machine by their path.`,
    { facts: { path } },
  );

const isFile = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') return false;
    if (/^[a-z][a-z0-9+.-]*:\/\/?/i.test(path)) throw unknownScheme(path);
    throw new FramesiftError('ERR_NOT_FOUND', `${path}: no such file or folder.`, {
      facts: { path },
      cause: error,
    });
  }
};
