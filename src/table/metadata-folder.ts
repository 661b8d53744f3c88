// Metadata as Lightly's worker has it: a schema, and one document for each frame or for all frames of a video.
import { join } from 'node:path';
import { forEachConcurrent } from '../base/concurrency.ts';
import { FramesiftError } from '../base/errors.ts';
import { isDictionary } from '../formats/python-json.ts';
import { frameRefOf } from '../frame/frame-key.ts';
import { type FrameValues, flatten } from './frame-values.ts';
import { folderWith, readJsonFile, readJsonFileIfThere } from './json-file.ts';

const FILES_AT_ONCE = 16;

/**
 * Values of a frame go before those of its video, and these before the schema's defaults.
 *
 * @throws ERR_NOT_FOUND for a folder without schema, ERR_READ, ERR_METADATA for what is malformed; the signal's reason
 */
export const readMetadataFolder = async (
  path: string,
  filenames: readonly string[],
  signal?: AbortSignal | undefined,
): Promise<(FrameValues | undefined)[]> => {
  const places = [path, join(path, 'metadata'), join(path, '.lightly', 'metadata')];
  const folder = await folderWith('schema.json', places);
  if (folder === undefined)
    throw new FramesiftError(
      'ERR_NOT_FOUND',
      `${path}: there is no schema.json of metadata in this folder. Give the folder metadata that Lightly's worker reads.`,
      { facts: { path } },
    );
  const defaults = defaultsIn(await readJsonFile(join(folder, 'schema.json'), 'ERR_METADATA'), folder);
  const documents = new Map<string, FrameValues | undefined>();
  for (const filename of filenames) for (const name of namesOf(filename)) documents.set(name, undefined);
  await forEachConcurrent(documents.keys(), FILES_AT_ONCE, async (name) => {
    signal?.throwIfAborted();
    const file = join(folder, name);
    const document = await readJsonFileIfThere(file, 'ERR_METADATA');
    if (document !== undefined) documents.set(name, valuesIn(document, file));
  });
  return filenames.map((filename) => {
    const found = namesOf(filename).flatMap((name) => documents.get(name) ?? []);
    return found.length === 0 ? undefined : new Map([defaults, ...found].flatMap((values) => [...values]));
  });
};

/** Of the documents about a frame, the weaker first. Names that would lead out of the folder have none. */
const namesOf = (filename: string): string[] => {
  const ref = frameRefOf(filename);
  const names = ref === undefined ? [filename] : [ref.video, filename];
  return names.filter(isInside).map((name) => `${name.replace(/\.[^./\\]*$/, '')}.json`);
};

const isInside = (name: string): boolean =>
  name !== '' && !/\0|^[a-z]:|^[/\\]|(?:^|[/\\])\.\.(?:[/\\]|$)/i.test(name);

const defaultsIn = (schema: unknown, folder: string): FrameValues => {
  const path = join(folder, 'schema.json');
  if (!Array.isArray(schema)) throw malformed(path, 'must be a list of entries with path and defaultValue');
  return new Map(
    schema.flatMap((entry: unknown) => {
      const { path: key, defaultValue } = isDictionary(entry)
        ? (entry as Readonly<Record<string, unknown>>)
        : {};
      if (typeof key !== 'string') throw malformed(path, 'has an entry without a path');
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
