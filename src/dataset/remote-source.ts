// What an address stands for: a video on a server, or a folder of them.
import { isAddress, shownAddress } from '../base/address.ts';
import { compareCodePoints } from '../base/code-points.ts';
import { FramesiftError } from '../base/errors.ts';
import { isSafePath, parseFrameName } from '../frame/name.ts';
import { decodedPath, listFiles } from '../remote/listing.ts';
import { namesOf } from './choice.ts';
import type { MediaProblem } from './find-media.ts';
import { isImagePath, isVideoPath } from './media-type.ts';
import { pathFilter } from './path-filter.ts';
import { isListPath, listError, type OpenSourceOptions, pathOf, type Source } from './source.ts';

/**
 * A single video, or all below a folder's address, which ends with `/` (of a bucket: or has no extension of a video).
 * Where a server does not list its folders, the videos whose frames are named.
 *
 * @throws ERR_NOT_FOUND, ERR_NO_INPUT, ERR_OPTION, ERR_REMOTE, ERR_MISSING_DEPENDENCY, or the signal's reason
 */
export const openRemoteSource = async (address: string, options: OpenSourceOptions): Promise<Source> => {
  const { place, suffix } = cutAddress(address);
  if (isListPath(place)) throw listError(shownAddress(address));
  if (isImagePath(place)) throw onlyVideos(shownAddress(address), 'is an image');
  const isFolder = place.endsWith('/') || (/^s3:/i.test(place) && !isVideoPath(place));
  if (isFolder) return openFolder(place.endsWith('/') ? place : `${place}/`, options);
  const root = place.slice(0, place.lastIndexOf('/') + 1);
  const name = nameOf(place);
  if (!isSafePath(name)) throw unsafe(name);
  const source: Source = { root: shownAddress(root), kind: 'videos', files: [name], problems: [] };
  const asked = `${place}${suffix}`;
  return pathOf(source, name) === asked ? source : { ...source, address: asked };
};

/** @throws ERR_OPTION for what is no address */
const cutAddress = (address: string): { readonly place: string; readonly suffix: string } => {
  if (/^s3:/i.test(address)) {
    if (/^s3:\/\/[^/]/i.test(address))
      return { place: address.replace(/^(s3:\/\/[^/]+)$/i, '$1/'), suffix: '' };
  } else if (URL.canParse(address) && isAddress(address)) {
    const { origin, username, password, pathname, search } = new URL(address);
    const login = username === '' && password === '' ? '' : `${username}:${password}@`;
    return { place: `${origin.replace('://', () => `://${login}`)}${pathname}`, suffix: search };
  }
  throw new FramesiftError(
    'ERR_OPTION',
    `${address}: is no address. Expected https://server/path/video.mp4, or s3://bucket/path/video.mp4.`,
    { facts: { address } },
  );
};

/** A name that is no UTF-8 stays as it stands in the address. */
const nameOf = (place: string): string => {
  const name = place.slice(place.lastIndexOf('/') + 1);
  return /^s3:/i.test(place) ? name : (decodedPath(name) ?? name);
};

const onlyVideos = (shown: string, what: string): FramesiftError =>
  new FramesiftError(
    'ERR_NO_INPUT',
    `${shown}: ${what}. From servers framesift reads videos; copy images to this machine first.`,
    { facts: { path: shown } },
  );

const openFolder = async (root: string, options: OpenSourceOptions): Promise<Source> => {
  const shown = shownAddress(root);
  const place = { root: shown, ...(shown !== root && { address: root }) };
  let found: readonly string[];
  let unread: readonly MediaProblem[] = [];
  try {
    const isExcluded = pathFilter(options.exclude ?? []);
    const isLeftOut = (path: string): boolean => isHidden(path) || isExcluded(path);
    ({ files: found, problems: unread } = await listFiles(root, isLeftOut, options.signal));
  } catch (error) {
    const named = namedVideos(options);
    if (!(error instanceof FramesiftError) || error.code === 'ERR_MISSING_DEPENDENCY') throw error;
    if (named.length === 0) throw unlisted(error);
    found = named;
  }
  const { files, problems: unsafePaths, images, filtered } = sift(found, options);
  // Names that are no text matter only where they are those of videos.
  const unreadMedia = unread.filter(({ path }) => path.endsWith('/') || isVideoPath(path));
  const problems = [...unreadMedia, ...unsafePaths].sort((a, b) => compareCodePoints(a.path, b.path));
  if (files.length > 0) return { ...place, kind: 'videos', files, problems };
  // A page that lists nothing may be no list at all.
  const named = sift(namedVideos(options), options).files;
  if (found.length === 0 && named.length > 0) return { ...place, kind: 'videos', files: named, problems };
  if (images > 0) throw onlyVideos(shown, `holds images and no videos`);
  const why =
    filtered > 0
      ? `--include and --exclude leave out all of its ${filtered} videos`
      : found.length > 0
        ? `none of its ${found.length} files has the extension of a video`
        : 'nothing is listed there';
  throw new FramesiftError('ERR_NO_INPUT', `${shown}: holds no videos: ${why}.`, { facts: { path: shown } });
};

/** Videos of a folder, by the rules of a folder on disk. */
const sift = (
  paths: readonly string[],
  { include = [], exclude = [] }: OpenSourceOptions,
): {
  readonly files: readonly string[];
  readonly problems: readonly MediaProblem[];
  readonly images: number;
  readonly filtered: number;
} => {
  const isIncluded = include.length === 0 ? () => true : pathFilter(include);
  const isExcluded = pathFilter(exclude);
  const files: string[] = [];
  const problems: MediaProblem[] = [];
  let [images, filtered] = [0, 0];
  for (const path of paths) {
    if (isHidden(path)) continue;
    if (isImagePath(path)) images++;
    if (!isVideoPath(path)) continue;
    if (!isIncluded(path) || placesOf(path).some(isExcluded)) filtered++;
    else if (isSafePath(path)) files.push(path);
    else problems.push({ path, error: unsafe(path) });
  }
  return { files: files.sort(compareCodePoints), problems, images, filtered };
};

const isHidden = (path: string): boolean =>
  path.split('/').some((segment) => segment.startsWith('.') && !/^\.+$/.test(segment));

/** A path and the folders that it lies in. */
const placesOf = (path: string): string[] =>
  path.split('/').map((_, i, segments) => segments.slice(0, i + 1).join('/'));

const unsafe = (path: string): FramesiftError =>
  new FramesiftError(
    'ERR_FRAME_NAME',
    `${path}: no file on a disk can have this path, and frames are named after it. Rename it on the server.`,
    { facts: { path } },
  );

const namedVideos = ({ choice }: OpenSourceOptions): string[] => {
  if (choice?.kind !== 'names') return [];
  const videos = new Set<string>();
  for (const { name } of namesOf(choice.list)) {
    try {
      videos.add(parseFrameName(name).video);
    } catch (error) {
      // Whoever looks the names up says so.
      if (!(error instanceof FramesiftError)) throw error;
    }
  }
  return [...videos];
};

/** Whoever may not list a folder may still read what is in it. */
const unlisted = (error: FramesiftError): FramesiftError => {
  const { code, message, facts } = error;
  if (facts['trouble'] !== 'refused' && facts['trouble'] !== 'unlisted') return error;
  const advice = 'Or give the address of one video, or name frames with --filenames: then nothing is listed.';
  return new FramesiftError(code, `${message} ${advice}`, { facts });
};
