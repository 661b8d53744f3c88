// JSON documents from files.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorCode, FramesiftError } from '../base/errors.ts';
import { readError } from '../base/file-chunks.ts';
import { isThere } from '../base/files.ts';
import { jsonErrorOffset } from '../formats/json-error.ts';
import { parsePythonJson } from '../formats/python-json.ts';

/**
 * @param code of the error for what is no JSON
 * @throws ERR_NOT_FOUND, ERR_READ, or an error with the code and the line
 */
export const readJsonFile = (path: string, code: ErrorCode): Promise<unknown> =>
  readParsed(path, code, JSON.parse);

/**
 * One of Lightly's documents, as Python writes it: `NaN` and `Infinity` come out as null.
 *
 * @throws ERR_NOT_FOUND, ERR_READ; ERR_METADATA with the line
 */
export const readDocument = (path: string): Promise<unknown> =>
  readParsed(path, 'ERR_METADATA', parsePythonJson);

/** The first of several folders that holds a file. */
export const folderWith = async (file: string, folders: readonly string[]): Promise<string | undefined> => {
  for (const folder of folders) {
    if (await isThere(join(folder, file))) return folder;
  }
  return undefined;
};

const readParsed = async (
  path: string,
  code: ErrorCode,
  parse: (text: string) => unknown,
): Promise<unknown> => {
  const file = await readFile(path, 'utf8').catch((error: unknown) => {
    throw readError(path, error);
  });
  const text = file.replace(/^\uFEFF/, '');
  try {
    return parse(text);
  } catch (error) {
    const line = text.slice(0, jsonErrorOffset(text)).split('\n').length;
    throw new FramesiftError(code, `${path}, line ${line}: this is not JSON. Correct it.`, {
      facts: { path, line },
      cause: error,
    });
  }
};
