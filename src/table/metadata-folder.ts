// Metadata as Lightly's worker has it: a schema, and one document for each frame or for all frames of a video.
import { join } from 'node:path';
import { forEachConcurrent } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import { isDictionary } from '../formats/python-json.ts';
import { documentPath, findFrameDocuments } from './frame-documents.ts';
import { aboutNone, type FrameValues, flatten } from './frame-values.ts';
import { folderWith, readDocument } from './json-file.ts';

const FILES_AT_ONCE = 16;

/**
 * Values of a frame go before those of its video, and these before the schema's defaults, which frames without any
 * document have, too.
 *
 * @throws ERR_NOT_FOUND for a folder without schema, ERR_READ; ERR_METADATA for what is malformed, or without a document
 *   about any of the frames; the signal's reason
 */
export const readMetadataFolder = async (
  path: string,
  filenames: readonly string[],
  signal?: AbortSignal | undefined,
): Promise<FrameValues[]> => {
  const places = [path, join(path, 'metadata'), join(path, '.lightly', 'metadata')];
  const folder = await folderWith('schema.json', places);
  if (folder === undefined)
    throw new FramesiftError(
      'ERR_NOT_FOUND',
      `${path}: there is no schema.json of metadata in this folder. Give the folder metadata that Lightly's worker reads.`,
      { facts: { path } },
    );
  const schema = join(folder, 'schema.json');
  const defaults = defaultsIn(await readDocument(schema), schema);
  const documents = await findFrameDocuments(folder, filenames, signal);
  // The weaker first.
  const filesOf = filenames.map((name) =>
    [documents.ofVideo(name), documents.ofFrame(name)].filter((file) => file !== undefined),
  );
  const valuesOf = new Map<string, FrameValues>();
  await forEachConcurrent(new Set(filesOf.flat()), FILES_AT_ONCE, async (file) => {
    signal?.throwIfAborted();
    valuesOf.set(file, valuesIn(await readDocument(file), file));
  });
  if (valuesOf.size === 0 && filenames.length > 0)
    throw aboutNone(path, filenames, `there is no ${documentPath(folder, filenames[0]!)}`);
  return filesOf.map(
    (files) => new Map([defaults, ...files.map((file) => valuesOf.get(file)!)].flatMap((each) => [...each])),
  );
};

const defaultsIn = (schema: unknown, path: string): FrameValues => {
  if (!Array.isArray(schema)) throw malformed(path, 'must be a list of entries with path and defaultValue');
  return new Map(
    schema.flatMap((entry: unknown, i) => {
      const { path: key, defaultValue } = isDictionary(entry)
        ? (entry as Readonly<Record<string, unknown>>)
        : {};
      if (typeof key !== 'string' || key === '')
        throw malformed(path, `[${i}].path must be the path of a value: keys with dots between`);
      return defaultValue === null || defaultValue === undefined ? [] : [[key, defaultValue] as const];
    }),
  );
};

const valuesIn = (document: unknown, file: string): FrameValues => {
  const metadata = isDictionary(document)
    ? (document as Readonly<Record<string, unknown>>)['metadata']
    : undefined;
  if (!isDictionary(metadata)) throw malformed(file, 'must hold an object metadata');
  return flatten(metadata as Readonly<Record<string, unknown>>);
};

const malformed = (path: string, problem: string): FramesiftError =>
  new FramesiftError('ERR_METADATA', `${path}: ${problem}. Correct it.`, { facts: { path } });
