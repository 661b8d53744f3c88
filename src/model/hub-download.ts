// One file from the hub into the cache: continued where an earlier try stopped, and checked against its hash.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FramesiftError, messageOf, systemCodeOf } from '../base/errors.ts';
import { makeFolder, writeError } from '../base/files.ts';
import { takeLock } from '../base/run-folder.ts';
import { authorization, type HubFile, HubStatusError } from '../native/huggingface-hub.ts';

export interface Download {
  readonly url: string;
  readonly token: string | undefined;
  readonly file: HubFile;
  /** Where the content goes, under its hash. */
  readonly blob: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((receivedBytes: number) => void) | undefined;
}

/** How patient a download is; shorter in tests. */
export const PATIENCE = { idleMs: 30_000, tries: 6, firstPauseMs: 500, lockPauseMs: 500 };

/**
 * Downloads a file unless it is there. What has come is kept in `<blob>.incomplete` when the download is interrupted.
 *
 * @throws ERR_HUB when the hub refuses, fails for good, or sends something else than it announces; ERR_WRITE; the
 *   signal's reason
 */
export const downloadBlob = (download: Download): Promise<void> => {
  const { blob } = download;
  const underway = UNDERWAY.get(blob) ?? fetchBlob(download).finally(() => UNDERWAY.delete(blob));
  UNDERWAY.set(blob, underway);
  return underway;
};

/** Within this process by where they go; a lock file tells processes apart. */
const UNDERWAY = new Map<string, Promise<void>>();

const fetchBlob = async (download: Download): Promise<void> => {
  const { blob } = download;
  makeFolder(dirname(blob));
  const lock = await lockOf(blob, download.signal);
  try {
    for (let isSecond = false; !existsSync(blob); isSecond = true) {
      await fetchWhole(download);
      const incomplete = incompleteOf(blob);
      if (await hasDigest(incomplete, download.file)) await rename(incomplete, blob);
      else {
        await rm(incomplete, { force: true });
        if (isSecond) throw wrongContent(download);
      }
    }
  } catch (error) {
    download.signal?.throwIfAborted();
    throw systemCodeOf(error) === undefined || error instanceof FramesiftError
      ? error
      : writeError(blob, error);
  } finally {
    await rm(lock, { force: true });
  }
};

const incompleteOf = (blob: string): string => `${blob}.incomplete`;

/** Of several processes that want a file one gets it, and the others wait. */
const lockOf = async (blob: string, signal: AbortSignal | undefined): Promise<string> => {
  const lock = `${blob}.lock`;
  for (;;) {
    try {
      await takeLock(lock, blob);
      return lock;
    } catch (error) {
      if (!(error instanceof FramesiftError)) throw writeError(lock, error);
      await sleep(PATIENCE.lockPauseMs, undefined, { signal });
    }
  }
};

/** Tries until all bytes are there. */
const fetchWhole = async (download: Download): Promise<void> => {
  const { signal } = download;
  let pauseMs = PATIENCE.firstPauseMs;
  for (let attempt = 1; ; attempt++) {
    try {
      if (await fetchRest(download)) return;
      throw new Error('the connection ended early');
    } catch (error) {
      signal?.throwIfAborted();
      if (!isWorthAnotherTry(error)) throw error instanceof HubStatusError ? refused(download, error) : error;
      if (attempt >= PATIENCE.tries) throw unreachable(download, error);
    }
    await sleep(pauseMs, undefined, { signal });
    pauseMs *= 2;
  }
};

/** A file system that fails, or a hub that says no, will do so again. */
const isWorthAnotherTry = (error: unknown): boolean => {
  if (error instanceof FramesiftError) return false;
  if (error instanceof HubStatusError) return error.status === 429 || error.status >= 500;
  return !FILE_SYSTEM_CODES.has(systemCodeOf(error) ?? '');
};

const FILE_SYSTEM_CODES = new Set([
  'ENOSPC',
  'EDQUOT',
  'EACCES',
  'EPERM',
  'EROFS',
  'EIO',
  'ENOENT',
  'EISDIR',
]);

/** One request for what is still missing. @returns whether everything is there now */
const fetchRest = async ({ url, token, file, blob, signal, onProgress }: Download): Promise<boolean> => {
  const handle = await open(incompleteOf(blob), 'a+');
  try {
    let received = (await handle.stat()).size;
    if (received > file.sizeBytes) {
      await handle.truncate(0);
      received = 0;
    }
    onProgress?.(received);
    if (received === file.sizeBytes) return true;
    const idle = new AbortController();
    const watch = new IdleWatch(idle);
    try {
      const response = await fetch(url, {
        headers: { ...authorization(token), ...(received > 0 ? { Range: `bytes=${received}-` } : {}) },
        signal: signal === undefined ? idle.signal : AbortSignal.any([signal, idle.signal]),
      });
      if (response.status === 416) {
        await handle.truncate(0);
        return false;
      }
      if (!response.ok) throw new HubStatusError(response.status, response.statusText);
      if (received > 0 && startOf(response) !== received) {
        await handle.truncate(0); // the answer is the whole file
        received = 0;
      }
      received = await append(handle, response, received, watch, onProgress);
      return received >= file.sizeBytes;
    } finally {
      watch.stop();
    }
  } finally {
    await handle.close();
  }
};

/** Where the content of a partial answer begins; 0 for a whole one. */
const startOf = (response: Response): number =>
  response.status === 206
    ? Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? -1)
    : 0;

const append = async (
  handle: FileHandle,
  response: Response,
  start: number,
  watch: IdleWatch,
  onProgress: ((receivedBytes: number) => void) | undefined,
): Promise<number> => {
  let received = start;
  for await (const chunk of response.body ?? []) {
    watch.reset();
    await handle.appendFile(chunk);
    received += chunk.length;
    onProgress?.(received);
  }
  return received;
};

/** Gives a transfer up when nothing comes for a while. */
class IdleWatch {
  readonly #controller: AbortController;
  #timer: NodeJS.Timeout | undefined;

  constructor(controller: AbortController) {
    this.#controller = controller;
    this.reset();
  }

  reset(): void {
    clearTimeout(this.#timer);
    const seconds = PATIENCE.idleMs / 1000;
    const giveUp = (): void => this.#controller.abort(new Error(`nothing came for ${seconds} s`));
    this.#timer = setTimeout(giveUp, PATIENCE.idleMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

const hasDigest = async (path: string, { digest }: HubFile): Promise<boolean> => {
  const hash = createHash(digest.kind === 'sha256' ? 'sha256' : 'sha1');
  // Git hashes a header before the content.
  if (digest.kind === 'git') hash.update(`blob ${(await stat(path)).size}\0`);
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex') === digest.hex;
};

const wrongContent = ({ url, file }: Download): FramesiftError =>
  new FramesiftError(
    'ERR_HUB',
    `${url}: what came twice is not what the hub announces (its ${file.digest.kind === 'git' ? 'git hash' : 'SHA-256'} is another). Try again later; if a proxy stands between, ask whoever runs it.`,
    { facts: { url, expected: file.digest.hex } },
  );

const unreachable = ({ url }: Download, error: unknown): FramesiftError =>
  new FramesiftError(
    'ERR_HUB',
    `${url}: could not be downloaded (${causeOf(error)}). Run the same command again: it continues where it stopped.`,
    { facts: { url }, cause: error },
  );

const refused = ({ url }: Download, { status, message }: HubStatusError): FramesiftError =>
  new FramesiftError('ERR_HUB', `${url}: the hub refuses it (${status} ${message}).`, {
    facts: { url, status },
  });

/** `fetch failed` says nothing; what it was caused by does. */
export const causeOf = (error: unknown): string => {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined
    ? messageOf(error)
    : messageOf(cause) || (systemCodeOf(cause) ?? messageOf(error));
};
