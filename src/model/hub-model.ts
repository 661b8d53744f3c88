// One model of the hub, from its address to its files in the cache.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { FramesiftError } from '../base/errors.ts';
import { commitOf, filesOf, type HubFile, hubCacheFolder } from '../native/huggingface-hub.ts';
import { readModelOutline } from '../onnx/model-outline.ts';
import type { HubModel, HubOptions } from './hub.ts';
import { type HubAddress, isCommit } from './hub-address.ts';
import { CachedRepository } from './hub-cache.ts';
import { downloadBlob } from './hub-download.ts';
import { absence, type HubAsked, hubError, isHubAway } from './hub-errors.ts';
import { hubEndpoint, hubFetch, isOffline, PATIENCE, readToken } from './hub-transport.ts';
import { chooseWeights } from './weights-file.ts';

const PREPROCESSOR = 'preprocessor_config.json';

/** Files of a commit by path; what the hub says of one is undefined where only the cache was asked. */
type Listing = ReadonlyMap<string, HubFile | undefined>;

/** @throws as `fetchHubModel` */
export const bringModel = async (address: HubAddress, options: HubOptions): Promise<HubModel> => {
  const cache = new CachedRepository(hubCacheFolder(), address);
  const asked = { ...address, endpoint: hubEndpoint(), token: await readToken() };
  const commit = await findCommit(cache, asked, options);
  const listing = await findFiles(cache, { ...asked, revision: commit }, options);
  const folder = cache.snapshot(commit);
  const file = chooseWeights([...listing.keys()], options.dtype, `hf:${address.repository}`);
  const bring = (path: string): Promise<void> =>
    bringFile(cache, { ...asked, revision: commit }, path, listing, options);
  await bring(PREPROCESSOR);
  await bring(file.replace(/\.onnx$/, '.json'));
  await bring(file);
  for (const path of await weightsBeside(folder, file, listing)) await bring(path);
  return { folder, file, commit };
};

/** The commit that a revision stands for: as the hub says, or where it cannot be had, as it said last. */
const findCommit = async (
  cache: CachedRepository,
  asked: HubAsked,
  { signal, onNotice }: HubOptions,
): Promise<string> => {
  const { repository, revision, endpoint, token } = asked;
  if (isCommit(revision)) return revision;
  const known = await cache.ref(revision);
  if (isOffline()) {
    if (known === undefined) throw notCached(asked, 'the commit');
    return known;
  }
  let commit: string;
  try {
    const ask = hubFetch(token, signal, known === undefined ? PATIENCE.tries : 1);
    commit = await commitOf({ repository, revision, endpoint, fetch: ask });
  } catch (error) {
    signal?.throwIfAborted();
    if (known === undefined || !isHubAway(error)) throw hubError(asked, error);
    onNotice?.(
      `hf:${repository}: ${absence(asked, error)} Going on with what ${revision} was before (commit ${known.slice(0, 7)}).`,
    );
    return known;
  }
  if (!isCommit(commit)) throw hubError(asked, new Error('it does not answer as a hub does'));
  if (commit !== known) await cache.writeRef(revision, commit);
  return commit;
};

/** A commit's files: from the cache if the hub listed them before, since they never change. */
const findFiles = async (
  cache: CachedRepository,
  asked: HubAsked,
  { signal, onNotice }: HubOptions,
): Promise<Listing> => {
  const { repository, revision: commit, endpoint, token } = asked;
  const listed = await cache.tree(commit);
  if (listed !== undefined) return listingOf(listed);
  const here = await cache.pathsHere(commit);
  const asIs: Listing = new Map(here.map((path) => [path, undefined]));
  if (isOffline()) {
    if (here.length === 0) throw notCached(asked, 'anything of it');
    return asIs;
  }
  try {
    const ask = hubFetch(token, signal, here.length === 0 ? PATIENCE.tries : 1);
    const files = await filesOf({ repository, revision: commit, endpoint, fetch: ask });
    await cache.writeTree(commit, files);
    return listingOf(files);
  } catch (error) {
    signal?.throwIfAborted();
    if (here.length === 0 || !isHubAway(error)) throw hubError(asked, error);
    onNotice?.(`hf:${repository}: ${absence(asked, error)} Going on with the files that are in the cache.`);
    return asIs;
  }
};

/** Names from a server are data from strangers: those that no download could have are not there. */
const listingOf = (files: readonly HubFile[]): Listing =>
  new Map(files.filter(({ path }) => isBelow(path)).map((file) => [file.path, file]));

const isBelow = (path: string): boolean =>
  !/[\\:\p{Cc}]/u.test(path) && path.split('/').every((part) => !/^\.{0,2}$/.test(part));

const bringFile = async (
  cache: CachedRepository,
  { repository, revision: commit, endpoint, token }: HubAsked,
  path: string,
  listing: Listing,
  { signal, onDownload }: HubOptions,
): Promise<void> => {
  const file = listing.get(path);
  if (file === undefined || existsSync(join(cache.snapshot(commit), path))) return;
  if (isOffline()) throw notCached({ repository, revision: commit }, path);
  const hash = file.sha256 ?? file.gitHash;
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(hash)) {
    throw new FramesiftError(
      'ERR_HUB',
      `hf:${repository}: ${endpoint} gives no hash of ${path}, by which it could be checked. Is HF_ENDPOINT a hub?`,
      { facts: { repository, path } },
    );
  }
  await downloadBlob({
    url: `${endpoint}/${repository}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`,
    token,
    file,
    blob: cache.blob(hash),
    signal,
    onProgress: (receivedBytes) => onDownload?.({ file: path, receivedBytes, totalBytes: file.sizeBytes }),
  });
  await cache.place(hash, commit, path);
};

/** Files that the network keeps weights in; what the repository does not have, opening the network will miss. */
const weightsBeside = async (folder: string, file: string, listing: Listing): Promise<string[]> => {
  // Models are large; most have nothing beside them that could be weights, and then need not be read.
  const beside = posix.join(posix.dirname(file), '/');
  const isPossible = (path: string): boolean =>
    (beside === './' || path.startsWith(beside)) && !/\.(?:onnx|json|txt|md)$/.test(path);
  if (![...listing.keys()].some(isPossible)) return [];
  const path = join(folder, file);
  const { externalFiles } = readModelOutline(await readFile(path), path);
  return externalFiles.map((name) => posix.join(posix.dirname(file), name));
};

const notCached = ({ repository, revision }: HubAddress, what: string): FramesiftError =>
  new FramesiftError(
    'ERR_HUB',
    `hf:${repository}@${revision}: ${what} is not in the cache, and HF_HUB_OFFLINE says not to ask the hub. Run the command once without it.`,
    { facts: { repository, revision } },
  );
