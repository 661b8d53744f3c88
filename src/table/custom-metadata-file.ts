// Lightly's custom metadata: one document for all frames.
import { FramesiftError } from '../base/errors.ts';
import { checkDocument } from '../formats/document-check.ts';
import { isDictionary } from '../formats/python-json.ts';
import { frameKey } from '../frame/frame-key.ts';
import { type FrameValues, flatten } from './frame-values.ts';
import { readJsonFile } from './json-file.ts';

/** What {@link checkDocument} lets pass. */
interface Document {
  readonly images: readonly { readonly id: number; readonly file_name: string }[];
  readonly metadata: readonly Readonly<Record<string, unknown>>[];
}

/** @throws ERR_NOT_FOUND, ERR_READ, ERR_METADATA for what is something else, or malformed */
export const readCustomMetadata = async (
  path: string,
  filenames: readonly string[],
): Promise<(FrameValues | undefined)[]> => {
  const document = await readJsonFile(path, 'ERR_METADATA');
  const report = checkDocument(document, path);
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
  for (const { id, file_name: name } of images) {
    const values = byId.get(id);
    if (!isDictionary(values)) continue;
    byName.set(name, flatten(values));
    byName.set(frameKey(name), byName.get(name)!);
  }
  return filenames.map((name) => byName.get(name) ?? byName.get(frameKey(name)));
};
