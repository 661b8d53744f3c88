// JSON documents from files.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorCode, FramesiftError, systemCodeOf } from '../base/errors.ts';
import { readError } from '../base/file-chunks.ts';
import { isThere } from '../base/files.ts';
import { jsonErrorOffset } from '../formats/json-error.ts';

/**
 * @param code of the error for what is no JSON
 * @throws ERR_NOT_FOUND, ERR_READ, or an error with the code and the line
 */
export const readJsonFile = async (path: string, code: ErrorCode): Promise<unknown> => {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw readError(path, error);
  });
  return parseJson(text.replace(/^\uFEFF/, ''), path, code);
};

/** The same; undefined where there is no such file. */
export const readJsonFileIfThere = async (path: string, code: ErrorCode): Promise<unknown> => {
  try {
    return parseJson(await readFile(path, 'utf8'), path, code);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') return undefined;
    throw readError(path, error);
  }
};

/** The first of several folders that holds a file. */
export const folderWith = async (file: string, folders: readonly string[]): Promise<string | undefined> => {
  for (const folder of folders) {
    if (await isThere(join(folder, file))) return folder;
  }
  return undefined;
};

const parseJson = (text: string, path: string, code: ErrorCode): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    const line = text.slice(0, jsonErrorOffset(text)).split('\n').length;
    throw new FramesiftError(code, `${path}, line ${line}: this is not JSON. Correct it.`, {
      facts: { path, line },
      cause: error,
    });
  }
};
