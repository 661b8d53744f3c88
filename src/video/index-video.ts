import { indexTables } from './container-tables.ts';
import { openMediaFile } from './media-file.ts';
import { type IndexedVideo, type ScanOptions, scanVideo } from './scan.ts';

/**
 * Numbers the frames of a video: one pass over its packets, and a decoding pass only where these cannot tell the order of
 * the frames. Of a file on a server, what its container's tables say is taken where they say enough, so that pictures
 * need not be brought; they are held against the tables when they are read.
 *
 * @param path of a file, or the address of one
 * @throws ERR_NOT_FOUND, ERR_VIDEO_OPEN, ERR_NO_VIDEO_STREAM, ERR_ENCRYPTED, ERR_NO_DECODER, ERR_NO_FRAMES; of a server
 *   also ERR_REMOTE, ERR_FILE_CHANGED, ERR_WRITE, ERR_MISSING_DEPENDENCY
 */
export const indexVideo = async (path: string, options: ScanOptions = {}): Promise<IndexedVideo> => {
  using file = await openMediaFile(path, options.signal);
  const { mirror } = file;
  if (mirror === undefined) return scanVideo(file, options);
  const indexed = options.doubt !== undefined ? undefined : await indexTables(file, mirror, options);
  if (indexed !== undefined) return indexed;
  await mirror.needAll(options);
  return scanVideo(file, options);
};
