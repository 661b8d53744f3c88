// Lightly's custom metadata: one document for all frames.
import { basename } from 'node:path';
import { FramesiftError } from '../base/errors.ts';
import { checkDocument } from '../formats/document-check.ts';
import { isDictionary } from '../formats/python-json.ts';
import { frameKey } from '../frame/frame-key.ts';
import { aboutNone, type FrameValues, flatten } from './frame-values.ts';
import { readDocument } from './json-file.ts';

/** What {@link checkDocument} lets pass. */
interface Document {
  readonly images: readonly { readonly id: number; readonly file_name: string }[];
  readonly metadata: readonly Readonly<Record<string, unknown>>[];
}

/**
 * @returns by frame; undefined for one that it says nothing of
 * @throws ERR_NOT_FOUND, ERR_READ; ERR_METADATA for what is something else, malformed, or about none of the frames; the
 *   signal's reason
 */
export const readCustomMetadata = async (
  path: string,
  filenames: readonly string[],
  signal?: AbortSignal | undefined,
): Promise<(FrameValues | undefined)[]> => {
  const document = await readDocument(path);
  signal?.throwIfAborted();
  const report = checkDocument(document, basename(path));
  const [problem] = report?.problems ?? [];
  if (report?.kind !== 'custom metadata' || problem !== undefined) {
    const what =
      problem === undefined
        ? 'is no custom metadata of Lightly. It must hold the lists images and metadata'
        : `${problem.place} ${problem.message.replace(/\.$/, '')}`;
    throw new FramesiftError('ERR_METADATA', `${path}: ${what}.`, { facts: { path } });
  }
  const { images, metadata } = document as Document;
  const byId = new Map(metadata.map(({ image_id: id, ...values }) => [id, values]));
  const byName = new Map<string, FrameValues>();
  const nameOf = new Map<string, string>();
  for (const { id, file_name: name } of images) {
    const key = frameKey(name);
    const other = nameOf.get(key);
    if (other !== undefined)
      throw new FramesiftError(
        'ERR_METADATA',
        `${path}: ${other} and ${name} are the same frame. Keep one of them.`,
        { facts: { path } },
      );
    nameOf.set(key, name);
    const values = byId.get(id);
    if (!isDictionary(values)) continue;
    byName.set(name, flatten(values));
    byName.set(key, byName.get(name)!);
  }
  const found = filenames.map((name) => byName.get(name) ?? byName.get(frameKey(name)));
  if (filenames.length > 0 && found.every((values) => values === undefined)) {
    const [first] = images;
    const instead = first === undefined ? 'it has no images' : `its first image is ${first.file_name}`;
    throw aboutNone(path, filenames, instead);
  }
  return found;
};
