// Where a video's bytes are: in a file of this machine, or on a server, of which FFmpeg then reads a mirror.
import { stat } from 'node:fs/promises';
import { isAddress, shownAddress } from '../base/address.ts';
import { FramesiftError, systemCodeOf } from '../base/errors.ts';
import { contentKey } from '../base/files.ts';
import type { Mirror } from '../remote/mirror.ts';

export interface MediaFile extends Disposable {
  /** As it may be shown. */
  readonly path: string;
  /** What FFmpeg opens. */
  readonly place: string;
  readonly sizeBytes: number;
  /** Brings what is needed into {@link place}; undefined for a file of this machine. */
  readonly mirror: Mirror | undefined;
}

/**
 * @param path of a file, or the address of one
 * @throws ERR_NOT_FOUND, ERR_VIDEO_OPEN; of a server also ERR_REMOTE, ERR_WRITE, ERR_MISSING_DEPENDENCY
 */
export const openMediaFile = async (path: string, signal?: AbortSignal): Promise<MediaFile> => {
  if (!isAddress(path)) {
    const sizeBytes = await fileSize(path);
    return { path, place: path, sizeBytes, mirror: undefined, [Symbol.dispose]: () => undefined };
  }
  const { useMirror } = await import('../remote/open-mirrors.ts');
  const use = await useMirror(path, signal);
  const { mirror } = use;
  const { place, sizeBytes } = mirror;
  return {
    path: shownAddress(path),
    place,
    sizeBytes,
    mirror,
    [Symbol.dispose]: () => use[Symbol.dispose](),
  };
};

/**
 * A key that changes when the content does; '' for a file of this machine that cannot be read: opening it says why.
 *
 * @throws of a server as {@link openMediaFile}
 */
export const mediaContentKey = async (path: string, signal?: AbortSignal): Promise<string> => {
  if (!isAddress(path)) return contentKey(path).catch(() => '');
  const { remoteContentKey } = await import('../remote/open-mirrors.ts');
  return remoteContentKey(path, signal);
};

const fileSize = async (path: string): Promise<number> => {
  let problem = 'is a folder, not a video.';
  try {
    const status = await stat(path);
    if (status.isFile() && status.size > 0) return status.size;
    if (status.isFile()) problem = 'is empty (0 bytes).';
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') {
      throw new FramesiftError('ERR_NOT_FOUND', `${path}: no such file.`, { facts: { path }, cause: error });
    }
    problem = `cannot be read (${systemCodeOf(error)}).`;
  }
  throw new FramesiftError('ERR_VIDEO_OPEN', `${path}: ${problem}`, { facts: { path } });
};
