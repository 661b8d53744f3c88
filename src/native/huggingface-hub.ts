// Hugging Face's hub: where its cache is, and what a repository holds. Loads and narrows; no policy.
import { getHFHubCachePath, listFiles, modelInfo } from '@huggingface/hub';

/** The cache that is shared with Python's `huggingface_hub`, from `HF_HUB_CACHE`, `HF_HOME`, `XDG_CACHE_HOME`. */
export const hubCacheFolder = (): string => getHFHubCachePath();

export interface HubRequest {
  readonly repository: string;
  readonly revision: string;
  readonly endpoint: string;
  /** Makes the requests; what it throws passes. */
  readonly fetch: typeof fetch;
}

/** A file of a repository. */
export interface HubFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** The hash that git has for it: of the content, or for a large file of a note that stands for it. 40 hexadecimal digits. */
  readonly gitHash: string;
  /** Of a large file's content, 64 hexadecimal digits. */
  readonly sha256?: string | undefined;
  /** Of a large file, under which another way of downloading knows it. */
  readonly xetHash?: string | undefined;
}

/** The commit that a branch, a tag or a commit's hash stands for. */
export const commitOf = async ({ repository, endpoint, ...request }: HubRequest): Promise<string> => {
  const asked = { name: repository, hubUrl: endpoint, ...request, additionalFields: ['sha' as const] };
  return (await modelInfo(asked)).sha;
};

/** All files of a repository. */
export const filesOf = async ({ repository, endpoint, ...request }: HubRequest): Promise<HubFile[]> => {
  const files: HubFile[] = [];
  const asked = { repo: repository, hubUrl: endpoint, ...request, recursive: true };
  for await (const { type, path, size: sizeBytes, oid: gitHash = '', lfs, xetHash } of listFiles(asked))
    if (type === 'file') files.push({ path, sizeBytes, gitHash, sha256: lfs?.oid, xetHash });
  return files;
};
