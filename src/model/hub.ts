// Models of Hugging Face's hub: downloaded once into the cache that is shared with Python, then read from there.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, posix } from 'node:path';
import { FramesiftError } from '../base/errors.ts';
import type { Progress } from '../base/progress.ts';
import type { HubFile, HubRequest } from '../native/huggingface-hub.ts';
import { readModelOutline } from '../onnx/model-outline.ts';
import { type HubAddress, isCommit } from './hub-address.ts';
import { CachedRepository } from './hub-cache.ts';
import { chooseWeights, type WeightsType } from './weights-file.ts';

export interface HubOptions {
  readonly dtype?: WeightsType | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A file is coming. */
  readonly onDownload?: ((download: DownloadProgress) => void) | undefined;
  /** The hub could not be asked, and what was downloaded earlier is used. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

export interface DownloadProgress {
  readonly file: string;
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

/** For whoever shows it, in megabytes. */
export const progressOf = ({ file, receivedBytes, totalBytes }: DownloadProgress): Progress => {
  const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
  return {
    stage: 'downloading',
    done: megabytes(receivedBytes),
    total: megabytes(totalBytes),
    failed: 0,
    unit: 'MB',
    item: file,
  };
};

/** A model in the cache. */
export interface HubModel {
  /** The folder of its commit, in Hugging Face's layout. */
  readonly folder: string;
  /** Of the network, below the folder. */
  readonly file: string;
  readonly commit: string;
}

const PREPROCESSOR = 'preprocessor_config.json';

/**
 * A model of the hub, downloaded unless it is in the cache. The hub is asked for what a branch stands for now; when it
 * cannot be reached, what it stood for last is taken, and that is said. With `HF_HUB_OFFLINE=1`, and for a commit that
 * is there, nobody is asked.
 *
 * Environment: `HF_HUB_CACHE`, `HF_HOME`, `HF_ENDPOINT`, `HF_TOKEN`, `HF_TOKEN_PATH`, `HF_HUB_OFFLINE`, as Python's
 * huggingface_hub takes them.
 *
 * @throws ERR_HUB, ERR_MODEL when it has no such network, ERR_WRITE, or the signal's reason
 */
export const fetchHubModel = async (address: HubAddress, options: HubOptions = {}): Promise<HubModel> => {
  const { hubCacheFolder } = await import('../native/huggingface-hub.ts');
  const cache = new CachedRepository(hubCacheFolder(), address);
  const request = {
    ...address,
    endpoint: (process.env['HF_ENDPOINT'] ?? 'https://huggingface.co').replace(/\/+$/, ''),
    token: await readToken(),
    signal: options.signal,
  };
  const commit = await resolveRevision(cache, request, options);
  const here = await cachedModel(cache, commit, options.dtype);
  if (here !== undefined) return here;
  if (isOffline()) throw notCached(address);
  return download(cache, { ...request, revision: commit }, options);
};

const isOffline = (): boolean => /^(1|on|yes|true)$/i.test(process.env['HF_HUB_OFFLINE'] ?? '');

const readToken = async (): Promise<string | undefined> => {
  const { HF_TOKEN, HF_TOKEN_PATH, HF_HOME, XDG_CACHE_HOME } = process.env;
  if (HF_TOKEN !== undefined && HF_TOKEN !== '') return HF_TOKEN;
  const home = HF_HOME || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  const text = await readFile(HF_TOKEN_PATH || join(home, 'token'), 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
};

const resolveRevision = async (
  cache: CachedRepository,
  request: HubRequest,
  { onNotice }: HubOptions,
): Promise<string> => {
  const { repository, revision } = request;
  if (isCommit(revision)) return revision;
  const known = await cache.ref(revision);
  if (isOffline()) {
    if (known !== undefined) return known;
    throw notCached(request);
  }
  try {
    const { commitOf } = await import('../native/huggingface-hub.ts');
    const commit = await commitOf(request);
    if (commit !== known) await cache.writeRef(revision, commit);
    return commit;
  } catch (error) {
    request.signal?.throwIfAborted();
    const failure = await hubError(request, error);
    const isDown = failure.facts['status'] === undefined || Number(failure.facts['status']) >= 500;
    if (known === undefined || !isDown) throw failure;
    onNotice?.(
      `${failure.message} Going on with what was downloaded of hf:${repository} before (commit ${known.slice(0, 7)}).`,
    );
    return known;
  }
};

/** What an earlier download, by framesift or by Python, left of a commit, if that is a whole model. */
const cachedModel = async (
  cache: CachedRepository,
  commit: string,
  dtype: WeightsType | undefined,
): Promise<HubModel | undefined> => {
  const folder = cache.snapshot(commit);
  const files = await filesBelow(folder);
  try {
    const file = chooseWeights(files, dtype, folder);
    const isWhole = files.includes(PREPROCESSOR) && (await missingWeights(folder, file)).length === 0;
    return isWhole ? { folder, file, commit } : undefined;
  } catch (error) {
    if (error instanceof FramesiftError && error.code === 'ERR_MODEL') return undefined;
    throw error;
  }
};

/** Files that hold weights of a network and are not there, as paths below the folder. */
const missingWeights = async (folder: string, file: string): Promise<string[]> => {
  const path = join(folder, file);
  const { externalFiles } = readModelOutline(await readFile(path), path);
  return externalFiles
    .map((external) => posix.join(posix.dirname(file), external))
    .filter((external) => !existsSync(join(folder, external)));
};

const filesBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  return entries
    .map((entry) => entry.replaceAll('\\', '/'))
    .filter((entry) => existsSync(join(folder, entry)));
};

const download = async (
  cache: CachedRepository,
  request: HubRequest,
  options: HubOptions,
): Promise<HubModel> => {
  const { filesOf } = await import('../native/huggingface-hub.ts');
  const listed = await filesOf(request).catch(async (error: unknown) => {
    request.signal?.throwIfAborted();
    throw await hubError(request, error);
  });
  const { repository, revision: commit } = request;
  const folder = cache.snapshot(commit);
  const file = chooseWeights(
    listed.map(({ path }) => path),
    options.dtype,
    `hf:${repository}`,
  );
  const get = async (path: string): Promise<void> => {
    const found = listed.find((each) => each.path === path);
    if (found !== undefined) await fetchFile(cache, request, found, options);
  };
  await get(PREPROCESSOR);
  await get(file);
  for (const external of await missingWeights(folder, file)) await get(external);
  return { folder, file, commit };
};

const fetchFile = async (
  cache: CachedRepository,
  { endpoint, repository, revision: commit, token, signal }: HubRequest,
  file: HubFile,
  { onDownload }: HubOptions,
): Promise<void> => {
  const { downloadBlob } = await import('./hub-download.ts');
  const { hex } = file.digest;
  if (!/^[0-9a-f]{40,64}$/.test(hex) || !isBelow(file.path)) {
    throw new FramesiftError(
      'ERR_HUB',
      `hf:${repository}: the hub lists a file that cannot be: ${file.path}.`,
    );
  }
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const { sizeBytes: totalBytes } = file;
  await downloadBlob({
    url: `${endpoint}/${repository}/resolve/${commit}/${path}`,
    token,
    file,
    blob: cache.blob(hex),
    signal,
    onProgress: (receivedBytes) => onDownload?.({ file: file.path, receivedBytes, totalBytes }),
  });
  await cache.place(hex, commit, file.path);
};

/** Names from a server are data from strangers. */
const isBelow = (path: string): boolean =>
  !path.includes('\\') && !path.includes('\0') && path.split('/').every((part) => !/^\.{0,2}$/.test(part));

const notCached = ({ repository, revision }: HubAddress): FramesiftError =>
  new FramesiftError(
    'ERR_HUB',
    `hf:${repository}@${revision}: is not in the cache, and HF_HUB_OFFLINE says not to ask the hub. Run the command once without it.`,
    { facts: { repository, revision } },
  );

/** What to do about the answer of a hub, or about none. */
const hubError = async (
  { repository, revision, endpoint, token }: HubRequest,
  error: unknown,
): Promise<FramesiftError> => {
  if (error instanceof FramesiftError) return error;
  const { HubStatusError } = await import('../native/huggingface-hub.ts');
  const { causeOf } = await import('./hub-download.ts');
  const refuse = (why: string, status?: number): FramesiftError =>
    new FramesiftError('ERR_HUB', `hf:${repository}: ${why}`, {
      facts: { repository, revision, ...(status === undefined ? {} : { status }) },
      cause: error,
    });
  if (!(error instanceof HubStatusError)) return refuse(`${endpoint} cannot be reached (${causeOf(error)}).`);
  const { status } = error;
  const withToken =
    token === undefined
      ? 'Set HF_TOKEN to a token of an account that may read it'
      : 'The token in use may not read it';
  if (status === 401 || status === 403) {
    return refuse(
      `the hub keeps it from you (${status}). ${withToken}, and accept its licence on ${endpoint}/${repository} if it asks for that. The hub answers the same for a name that does not exist.`,
      status,
    );
  }
  if (status === 404)
    return refuse(`there is no such model on ${endpoint}, or it has no revision ${revision}.`, status);
  return refuse(`${endpoint} answers ${status} (${error.message.split('\n')[0]}).`, status);
};
