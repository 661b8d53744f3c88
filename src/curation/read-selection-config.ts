// Lightly's selection_config from a file.
import { readFile } from 'node:fs/promises';
import { FramesiftError } from '../base/errors.ts';
import { readError } from '../base/file-chunks.ts';
import { jsonErrorOffset } from '../formats/json-error.ts';
import { parseSelectionConfig, type SelectionConfig } from '../selection/selection-config.ts';

/** @throws ERR_NOT_FOUND, ERR_READ; ERR_CONFIG for what is no JSON, with its line, and as {@link parseSelectionConfig} */
export const readSelectionConfig = async (path: string): Promise<SelectionConfig> => {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw readError(path, error);
  });
  return parseSelectionConfig(parseJson(text.replace(/^\uFEFF/, ''), path), path);
};

const parseJson = (text: string, path: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    const line = text.slice(0, jsonErrorOffset(text)).split('\n').length;
    throw new FramesiftError('ERR_CONFIG', `${path}, line ${line}: this is not JSON. Correct it.`, {
      facts: { path, line },
      cause: error,
    });
  }
};
