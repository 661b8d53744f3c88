// `trees/<commit>.json` of the cache: which files a commit has. The format is that of Python's huggingface_hub. Pure.
import type { HubFile } from '../native/huggingface-hub.ts';

const VERSION = 1;

export const formatTree = (files: readonly HubFile[]): string => {
  const entries = files.map(({ path, sizeBytes, gitHash, sha256, xetHash }) => [
    path,
    {
      size: sizeBytes,
      blob_id: gitHash,
      ...(sha256 === undefined ? {} : { lfs_sha256: sha256, lfs_size: sizeBytes }),
      ...(xetHash === undefined ? {} : { xet_hash: xetHash }),
    },
  ]);
  return JSON.stringify({ format_version: VERSION, files: Object.fromEntries(entries) }, undefined, 1);
};

/** @returns undefined for what is no such file, or one of another version: the hub knows it, too */
export const parseTree = (text: string): readonly HubFile[] | undefined => {
  const { format_version: version, files } = record(parseJson(text)) ?? {};
  const entries = record(files);
  if (version !== VERSION || entries === undefined) return undefined;
  const parsed = Object.entries(entries).flatMap(([path, entry]) => readEntry(path, record(entry)) ?? []);
  return parsed.length === Object.keys(entries).length ? parsed : undefined;
};

const readEntry = (
  path: string,
  entry: Readonly<Record<string, unknown>> | undefined,
): HubFile | undefined => {
  const { size, blob_id: gitHash, lfs_sha256: sha256, xet_hash: xetHash } = entry ?? {};
  if (typeof size !== 'number' || typeof gitHash !== 'string') return undefined;
  return { path, sizeBytes: size, gitHash, sha256: textOf(sha256), xetHash: textOf(xetHash) };
};

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const record = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
