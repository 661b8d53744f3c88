// What lies below an address: the keys of a bucket, or the links of a web server's pages.
import { shownAddress } from '../base/address.ts';
import { FramesiftError } from '../base/errors.ts';
import { readPage } from './http-source.ts';
import { withPatience } from './patience.ts';
import { RemoteTrouble } from './range-source.ts';
import { partsOfS3, translated } from './s3-source.ts';

export interface Listing {
  /** Paths below the folder, `/` between segments, in no order. */
  readonly files: readonly string[];
  /** What could not be looked at. */
  readonly problems: readonly { readonly path: string; readonly error: FramesiftError }[];
}

/**
 * The files below a folder's address.
 *
 * @param address ends with `/`
 * @param isLeftOut of files and folders that nobody wants: they are not looked at
 * @throws ERR_NOT_FOUND, ERR_REMOTE, ERR_MISSING_DEPENDENCY, or the signal's reason
 */
export const listFiles = (
  address: string,
  isLeftOut: (path: string) => boolean,
  signal?: AbortSignal,
): Promise<Listing> =>
  /^s3:/i.test(address) ? listBucket(address, signal) : listPages(address, isLeftOut, signal);

const listBucket = async (address: string, signal: AbortSignal | undefined): Promise<Listing> => {
  const { listKeys } = await import('../native/aws-s3.ts');
  const { bucket, key: prefix } = partsOfS3(address);
  const files: string[] = [];
  let next: string | undefined;
  do {
    const page = await withPatience(address, signal, (watch) =>
      translated(() => listKeys(bucket, prefix, next, watch.signal), watch.signal),
    );
    // Keys that end with `/` stand for folders in consoles.
    for (const key of page.keys) if (!key.endsWith('/')) files.push(key.slice(prefix.length));
    next = page.next;
  } while (next !== undefined);
  return { files, problems: [] };
};

/** A web server whose pages lead to more folders than this leads nowhere. */
const MOST_PAGES = 100_000;

/** By the lists of links that Apache, nginx, Caddy, Python and others make of folders. */
const listPages = async (
  address: string,
  isLeftOut: (path: string) => boolean,
  signal: AbortSignal | undefined,
): Promise<Listing> => {
  const root = new URL(address);
  const files = new Set<string>();
  const problems: { path: string; error: FramesiftError }[] = [];
  const seen = new Set([root.pathname]);
  const pending = [root.pathname];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const below = folder.slice(root.pathname.length);
    for (const link of await linksIn(folder)) {
      if (!link.pathname.startsWith(folder) || link.host !== root.host || seen.has(link.pathname)) continue;
      seen.add(link.pathname);
      const path = link.pathname.slice(root.pathname.length);
      const name = decodedPath(path);
      if (isLeftOut((name ?? path).replace(/\/$/, ''))) continue;
      if (link.pathname.endsWith('/')) pending.push(link.pathname);
      else if (name === undefined) problems.push({ path, error: unreadable(path) });
      else files.add(name);
    }
    if (pending.length > MOST_PAGES)
      throw new FramesiftError(
        'ERR_REMOTE',
        `${shownAddress(address)}: leads to more and more folders (now ${below}).`,
      );
  }
  return { files: [...files], problems };

  async function linksIn(folder: string): Promise<readonly URL[]> {
    const at = new URL(root.href);
    at.pathname = folder;
    try {
      return await linksOf(at, signal);
    } catch (error) {
      // One folder that may not be read does not hide the others.
      if (folder === root.pathname || !(error instanceof FramesiftError)) throw error;
      problems.push({ path: folder.slice(root.pathname.length), error });
      return [];
    }
  }
};

const unreadable = (path: string): FramesiftError =>
  new FramesiftError(
    'ERR_FRAME_NAME',
    `${path}: this name is not UTF-8, or holds a slash, and frames are named after it. Rename the file on the server.`,
    { facts: { path } },
  );

const linksOf = (folder: URL, signal: AbortSignal | undefined): Promise<URL[]> =>
  withPatience(shownAddress(folder.href), signal, async (watch) => {
    const { url, type, text } = await readPage(folder.href, watch);
    if (!/html/i.test(type))
      throw new RemoteTrouble('unlisted', 'the server sends no list of what is in this folder');
    const base = new URL(url);
    return [...text.matchAll(/<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi)].flatMap((match) => {
      const target = (match[1] ?? match[2] ?? match[3] ?? '').replaceAll('&amp;', '&');
      // Sorted otherwise, the folder would be listed again.
      return target.startsWith('?') || !URL.canParse(target, base.href) ? [] : new URL(target, base);
    });
  });

/** As a path of a file: percent signs stand for bytes of UTF-8. Undefined where they do not, or for slashes. */
export const decodedPath = (path: string): string | undefined => {
  try {
    const segments = path.split('/').map(decodeURIComponent);
    return segments.some((segment) => segment.includes('/')) ? undefined : segments.join('/');
  } catch {
    return undefined;
  }
};
