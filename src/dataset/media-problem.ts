import type { Dirent } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { FramesiftError, messageOf, systemCodeOf } from '../base/errors.ts';

/**
 * The real path of the folder that is to be searched.
 *
 * @throws ERR_NOT_FOUND when there is nothing of that name; ERR_OPTION when it is a file; ERR_NO_INPUT when the
 *   system does not let us look
 */
export const placeOfRoot = async (root: string): Promise<string> => {
  try {
    if ((await stat(root)).isDirectory()) return await realpath(root);
  } catch (error) {
    if (!isMissing(error)) throw folderError(root, error);
    throw problem('ERR_NOT_FOUND', root, 'there is no such folder. Check the path.', error);
  }
  throw problem('ERR_OPTION', root, 'this is a file, not a folder. Give the folder that it lies in.');
};

/** What it means that a folder cannot be read, and what to do. */
export const folderError = (path: string, error: unknown): FramesiftError =>
  problem(
    'ERR_NO_INPUT',
    path,
    `the folder cannot be read: ${reason(error)}. Allow reading it, or exclude it.`,
    error,
  );

/** What it means that a file or link cannot be looked at, and what to do. */
export const entryError = (path: string, entry: Dirent, error: unknown): FramesiftError => {
  if (!entry.isSymbolicLink()) {
    return isMissing(error) && entry.name.includes('\uFFFD')
      ? problem('ERR_NOT_FOUND', path, 'the name is not valid UTF-8. Rename the file or folder.', error)
      : problem(
          'ERR_NO_INPUT',
          path,
          `this cannot be looked at: ${reason(error)}. Allow it, or exclude it.`,
          error,
        );
  }
  return isMissing(error)
    ? problem(
        'ERR_NOT_FOUND',
        path,
        'the link leads nowhere. Restore what it points to, or remove it.',
        error,
      )
    : problem(
        'ERR_NO_INPUT',
        path,
        `the link cannot be followed: ${reason(error)}. Allow it, or exclude it.`,
        error,
      );
};

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemCodeOf(error) ?? '');

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'it has just been removed',
  ENAMETOOLONG: 'its path is too long',
  EMFILE: 'too many files are open',
};

const reason = (error: unknown): string => REASONS[systemCodeOf(error) ?? ''] ?? messageOf(error);

const problem = (
  code: 'ERR_NOT_FOUND' | 'ERR_OPTION' | 'ERR_NO_INPUT',
  path: string,
  sentence: string,
  cause?: unknown,
): FramesiftError =>
  new FramesiftError(code, `${path}: ${sentence}`, {
    facts: { path, system: systemCodeOf(cause) ?? null },
    cause,
  });
