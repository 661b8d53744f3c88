// What lies below an address: the keys of a bucket, or the links of a web server's pages.
import { withoutSecrets } from '../base/address.ts';
import { readPage } from './http-source.ts';
import { withPatience } from './patience.ts';
import { RemoteTrouble } from './range-source.ts';
import { partsOfS3, translated } from './s3-source.ts';

/**
 * Paths of the files below a folder's address, `/` between segments, in no order.
 *
 * @param address ends with `/`
 * @throws ERR_NOT_FOUND, ERR_REMOTE, ERR_MISSING_DEPENDENCY, or the signal's reason
 */
export const listFiles = (address: string, signal?: AbortSignal): Promise<readonly string[]> =>
  /^s3:/i.test(address) ? listBucket(address, signal) : listPages(address, signal);

const listBucket = async (address: string, signal: AbortSignal | undefined): Promise<readonly string[]> => {
  const { listKeys } = await import('../native/aws-s3.ts');
  const { bucket, key: prefix } = partsOfS3(address);
  const files: string[] = [];
  let next: string | undefined;
  do {
    const page = await withPatience(address, signal, (watch) =>
      translated(listKeys(bucket, prefix, next, watch.signal), watch.signal),
    );
    // Keys that end with `/` stand for folders in consoles.
    for (const key of page.keys) if (!key.endsWith('/')) files.push(key.slice(prefix.length));
    next = page.next;
  } while (next !== undefined);
  return files;
};

/** A web server whose pages lead to more folders than this leads nowhere. */
const MOST_PAGES = 10_000;

/** By the lists of links that Apache, nginx, Caddy, Python and others make of folders. */
const listPages = async (address: string, signal: AbortSignal | undefined): Promise<readonly string[]> => {
  const root = new URL(address);
  const files = new Set<string>();
  const seen = new Set([root.pathname]);
  const pending = [root];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const at = folder;
    for (const link of await linksOf(at, signal)) {
      if (!link.pathname.startsWith(root.pathname) || link.host !== root.host || seen.has(link.pathname))
        continue;
      seen.add(link.pathname);
      const isBelow = link.pathname.startsWith(at.pathname);
      if (!link.pathname.endsWith('/')) files.add(decoded(link.pathname.slice(root.pathname.length)));
      else if (isBelow && seen.size < MOST_PAGES) {
        const below = new URL(root.href);
        below.pathname = link.pathname;
        pending.push(below);
      }
    }
  }
  return [...files];
};

const linksOf = (folder: URL, signal: AbortSignal | undefined): Promise<URL[]> =>
  withPatience(withoutSecrets(folder.href), signal, async (watch) => {
    const { url, type, text } = await readPage(folder.href, watch.signal);
    if (!/html/i.test(type))
      throw new RemoteTrouble('unlisted', 'the server sends no list of what is in this folder');
    const base = new URL(url);
    return [...text.matchAll(/<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi)].flatMap((match) => {
      const target = (match[1] ?? match[2] ?? match[3] ?? '').replaceAll('&amp;', '&');
      // Sorted otherwise, the folder would be listed again.
      return target.startsWith('?') || !URL.canParse(target, base.href) ? [] : new URL(target, base);
    });
  });

/** As a name of a file: percent signs stand for bytes of UTF-8. */
export const decoded = (path: string): string => {
  try {
    return path
      .split('/')
      .map((segment) => {
        const text = decodeURIComponent(segment);
        return text.includes('/') ? segment : text;
      })
      .join('/');
  } catch {
    return path;
  }
};
