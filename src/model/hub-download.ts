// One file from the hub into the cache: continued where an earlier try stopped, and checked against its hash.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { constants, type FileHandle, open, rename, rm } from 'node:fs/promises';
import { causeOf, FramesiftError } from '../base/errors.ts';
import { writeError } from '../base/files.ts';
import { IdleWatch } from '../base/idle-watch.ts';
import type { HubFile } from '../native/huggingface-hub.ts';
import { authorization, HubStatusError, PATIENCE, pauseBefore } from './hub-transport.ts';
import { makeOnce } from './hub-turn.ts';

export interface Download {
  readonly url: string;
  readonly token: string | undefined;
  readonly file: HubFile;
  /** Where the content goes, under its hash. */
  readonly blob: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((receivedBytes: number) => void) | undefined;
}

/**
 * Downloads a file unless it is there. What has come is kept in `<blob>.framesift.incomplete` when the download is interrupted.
 *
 * @throws ERR_HUB when the hub refuses, fails for good, or sends something else than it announces; ERR_WRITE; the
 *   signal's reason
 */
export const downloadBlob = (download: Download): Promise<void> =>
  makeOnce(download.blob, download.signal, async () => {
    const { blob, file, signal } = download;
    const incomplete = `${blob}.framesift.incomplete`;
    for (let round = 1; ; round++) {
      await fetchWhole(download, incomplete);
      if (await hasContent(incomplete, file, signal)) break;
      await rm(incomplete, { force: true });
      if (round === 2) throw wrongContent(download);
    }
    await written(blob, rename(incomplete, blob));
  });

/** Tries until all bytes are there; the tries begin anew when bytes came. */
const fetchWhole = async (download: Download, incomplete: string): Promise<void> => {
  const { blob, file, signal } = download;
  const handle = await written(blob, open(incomplete, constants.O_RDWR | constants.O_CREAT));
  try {
    let attempt = 1;
    for (let before = (await handle.stat()).size; ; attempt++) {
      let failure: unknown;
      try {
        await fetchRest(download, handle);
        failure = new Error('the connection ended early');
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof FramesiftError) throw error;
        if (error instanceof HubStatusError && !error.isPassing) throw refused(download, error);
        failure = error;
      }
      const { size } = await handle.stat();
      if (size >= file.sizeBytes) return;
      if (size > before) attempt = 1;
      if (attempt >= PATIENCE.tries) throw unreachable(download, failure);
      before = size;
      await pauseBefore(attempt, signal);
    }
  } finally {
    await handle.close();
  }
};

/** One request for what is still missing. */
const fetchRest = async (download: Download, handle: FileHandle): Promise<void> => {
  const { url, token, file, blob, signal, onProgress } = download;
  let received = (await handle.stat()).size;
  const beginAnew = async (): Promise<void> => {
    await written(blob, handle.truncate(0));
    received = 0;
  };
  if (received > file.sizeBytes) await beginAnew();
  onProgress?.(received);
  if (received === file.sizeBytes) return;
  using watch = new IdleWatch(PATIENCE.idleMs, signal);
  const range = received > 0 ? { Range: `bytes=${received}-` } : {};
  const headers = { ...authorization(token), ...range, 'Accept-Encoding': 'identity' };
  const response = await fetch(url, { headers, signal: watch.signal });
  if (response.status === 416) return beginAnew();
  if (!response.ok) throw new HubStatusError(response);
  if (startOf(response) !== received) await beginAnew(); // it is the whole file
  for await (const chunk of response.body ?? []) {
    watch.reset();
    // At its place and not at the end: whoever else may write there writes the same.
    await written(blob, handle.write(chunk, 0, chunk.length, received));
    received += chunk.length;
    onProgress?.(received);
    if (received > file.sizeBytes) return; // its hash will tell
  }
};

/** Where the content of an answer begins. */
const startOf = ({ status, headers }: Response): number =>
  status === 206 ? Number(/^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1] ?? -1) : 0;

const hasContent = async (
  path: string,
  { sizeBytes, gitHash, sha256 }: HubFile,
  signal: AbortSignal | undefined,
): Promise<boolean> => {
  const hash = createHash(sha256 === undefined ? 'sha1' : 'sha256');
  // Git hashes a header before the content.
  if (sha256 === undefined) hash.update(`blob ${sizeBytes}\0`);
  for await (const chunk of createReadStream(path)) {
    signal?.throwIfAborted();
    hash.update(chunk as Uint8Array);
  }
  return hash.digest('hex') === (sha256 ?? gitHash);
};

const written = async <T>(path: string, step: Promise<T>): Promise<T> => {
  try {
    return await step;
  } catch (error) {
    throw writeError(path, error);
  }
};

const wrongContent = ({ url, file: { sha256, gitHash } }: Download): FramesiftError =>
  new FramesiftError(
    'ERR_HUB',
    `${url}: what came twice is not what the hub announces (its ${sha256 === undefined ? 'git hash' : 'SHA-256'} is another). Try again later; if a proxy stands between, ask whoever runs it.`,
    { facts: { url, expected: sha256 ?? gitHash } },
  );

const unreachable = ({ url }: Download, error: unknown): FramesiftError =>
  new FramesiftError(
    'ERR_HUB',
    `${url}: could not be downloaded (${causeOf(error)}). Run the same command again: it continues where it stopped.`,
    { facts: { url }, cause: error },
  );

const refused = ({ url }: Download, error: HubStatusError): FramesiftError =>
  new FramesiftError(
    'ERR_HUB',
    `${url}: the hub refuses it (${error.status}, ${error.message}). If the model asks for a licence to be accepted, do so on its page, and set HF_TOKEN.`,
    { facts: { url, status: error.status }, cause: error },
  );
