// Indexes on disk, so that a video is scanned once. A file's key changes when its content does.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, writeAtomic } from '../base/files.ts';
import { ffmpegVersions } from '../native/libav.ts';
import { decodeIndex, encodeIndex, INDEX_FORMAT } from './index-file.ts';
import { indexVideo } from './index-video.ts';
import { mediaContentKey } from './media-file.ts';
import type { IndexedVideo, ScanOptions } from './scan.ts';

export interface IndexOptions extends ScanOptions {
  /**
   * Cache folder for the index; `false` for none; the user's cache folder when left out. What comes from servers is in
   * the user's cache folder (or `FRAMESIFT_CACHE`) always.
   */
  readonly cache?: string | false | undefined;
}

/** The index of a video if it was made before and the file has not changed since. Takes milliseconds. */
export const cachedIndex = async (
  path: string,
  options: IndexOptions = {},
): Promise<IndexedVideo | undefined> => {
  const file = await cacheFile(path, options);
  if (file === undefined) return undefined;
  try {
    return decodeIndex(await readFile(file));
  } catch {
    return undefined; // not there, or not readable: made anew
  }
};

/**
 * The index of a video, from the cache or by scanning the file. A cache that cannot be written is no reason to
 * fail: the index is made anew the next time.
 *
 * @throws the errors of {@link indexVideo}
 */
export const loadIndex = async (path: string, options: IndexOptions = {}): Promise<IndexedVideo> => {
  const cached = options.doubt !== undefined ? undefined : await cachedIndex(path, options);
  if (cached !== undefined) return cached;
  const before = await cacheFile(path, options);
  const video = await indexVideo(path, options);
  // A file that grew or was replaced meanwhile has another key now, and this index belongs to neither.
  if (before !== undefined && before === (await cacheFile(path, options))) {
    await writeAtomic(before, encodeIndex(video)).catch(() => undefined);
  }
  return video;
};

/** Where the index of a file belongs; undefined without a cache or when the file cannot be read (opening will say why). */
const cacheFile = async (
  path: string,
  { cache, stream, signal }: IndexOptions,
): Promise<string | undefined> => {
  if (cache === false) return undefined;
  const content = await mediaContentKey(path, signal);
  if (content === '') return undefined;
  const { version, libraries } = ffmpegVersions();
  const makers = [INDEX_FORMAT, version, libraries['avcodec'], libraries['avformat'], stream ?? 'best'];
  const key = createHash('sha256')
    .update(`${content} ${makers.join(' ')}`)
    .digest('hex');
  return join(cache ?? cacheDirectory(), 'index', key.slice(0, 2), `${key.slice(2, 40)}.fsix`);
};
