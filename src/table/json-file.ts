// JSON documents from files.
import { constants } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
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
  readParsed(path, code, false);

/**
 * One of Lightly's documents, as Python writes it: `NaN` and `Infinity` come out as null.
 *
 * @throws ERR_NOT_FOUND, ERR_READ; ERR_METADATA with the line
 */
export const readDocument = (path: string): Promise<unknown> => readParsed(path, 'ERR_METADATA', true);

/** The first of several folders that holds a file. */
export const folderWith = async (file: string, folders: readonly string[]): Promise<string | undefined> => {
  for (const folder of folders) {
    if (await isThere(join(folder, file))) return folder;
  }
  return undefined;
};

/**
 * The text of a document, whole.
 *
 * @param code of the error for one that is larger than a text may be
 * @throws ERR_NOT_FOUND, ERR_READ, or an error with the code
 */
export const readWholeText = async (path: string, code: ErrorCode): Promise<string> => {
  try {
    const { size: sizeBytes } = await stat(path);
    if (sizeBytes <= constants.MAX_STRING_LENGTH) return await readFile(path, 'utf8');
    throw new FramesiftError(
      code,
      `${path}: the file has ${sizeBytes} bytes, and no more than ${constants.MAX_STRING_LENGTH} can be read at once. Split it.`,
      { facts: { path, sizeBytes } },
    );
  } catch (error) {
    throw error instanceof FramesiftError ? error : readError(path, error);
  }
};

/** The value of a text. @throws an error with the code and the line */
export const parseJsonText = (text: string, path: string, code: ErrorCode): unknown =>
  parseText(text, path, code, false);

const readParsed = async (path: string, code: ErrorCode, isPython: boolean): Promise<unknown> =>
  parseText(await readWholeText(path, code), path, code, isPython);

const parseText = (whole: string, path: string, code: ErrorCode, isPython: boolean): unknown => {
  const text = whole.replace(/^\uFEFF/, '');
  try {
    return isPython ? parsePythonJson(text) : JSON.parse(text);
  } catch (error) {
    const offset = jsonErrorOffset(text, isPython);
    const line = text.slice(0, offset).split('\n').length;
    throw new FramesiftError(code, `${path}, line ${line}: this is not JSON. Correct it.`, {
      facts: { path, line },
      cause: error,
    });
  }
};
