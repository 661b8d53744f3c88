// Hugging Face's hub: where its cache is, and what a repository holds. Loads and narrows; no policy.
import type * as hub from '@huggingface/hub';
import { loadNative } from './load.ts';

const { getHFHubCachePath, listFiles, modelInfo, HubApiError } = await loadNative(
  '@huggingface/hub',
  import('@huggingface/hub') as Promise<typeof hub>,
);

/** The cache that is shared with Python's `huggingface_hub`, from `HF_HUB_CACHE`, `HF_HOME`, `XDG_CACHE_HOME`. */
export const hubCacheFolder = (): string => getHFHubCachePath();

export interface HubRequest {
  readonly repository: string;
  readonly revision: string;
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A file of a repository. */
export interface HubFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256 of a large file's content; of others the hash that git has for it. Both in hexadecimal digits. */
  readonly digest: { readonly kind: 'sha256' | 'git'; readonly hex: string };
}

/** The commit that a branch, a tag or a commit's hash stands for. @throws HubStatusError, or fetch's error */
export const commitOf = async (request: HubRequest): Promise<string> => {
  const { sha } = await translated(
    modelInfo({ name: request.repository, additionalFields: ['sha'], ...parametersOf(request) }),
  );
  return sha;
};

/** All files of a repository. @throws as {@link commitOf} */
export const filesOf = async (request: HubRequest): Promise<readonly HubFile[]> => {
  const files: HubFile[] = [];
  const listing = listFiles({ repo: request.repository, recursive: true, ...parametersOf(request) });
  for (;;) {
    const { done, value } = await translated(listing.next());
    if (done) return files;
    if (value.type !== 'file') continue;
    const digest =
      value.lfs === undefined
        ? ({ kind: 'git', hex: value.oid ?? '' } as const)
        : ({ kind: 'sha256', hex: value.lfs.oid } as const);
    files.push({ path: value.path, sizeBytes: value.size, digest });
  }
};

/** The hub answered, and not with what was asked for. */
export class HubStatusError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const parametersOf = ({ revision, endpoint, token, signal }: HubRequest) => ({
  revision,
  hubUrl: endpoint,
  // Not as the package's own parameter, which refuses the tokens of mirrors.
  fetch: (url: Parameters<typeof fetch>[0], init?: RequestInit) =>
    fetch(url, {
      ...init,
      headers: { ...(init?.headers as Record<string, string> | undefined), ...authorization(token) },
      ...(signal === undefined ? {} : { signal }),
    }),
});

/** The header that a token goes into. */
export const authorization = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { Authorization: `Bearer ${token}` };

const translated = <T>(answer: Promise<T>): Promise<T> =>
  answer.catch((error: unknown) => {
    throw error instanceof HubApiError ? new HubStatusError(error.statusCode, error.message) : error;
  });
