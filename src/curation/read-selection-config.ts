// Lightly's selection_config from a file.
import { parseSelectionConfig, type SelectionConfig } from '../selection/selection-config.ts';
import { readJsonFile } from '../table/json-file.ts';

/** @throws ERR_NOT_FOUND, ERR_READ; ERR_CONFIG for what is no JSON, with its line, and as {@link parseSelectionConfig} */
export const readSelectionConfig = async (path: string): Promise<SelectionConfig> =>
  parseSelectionConfig(await readJsonFile(path, 'ERR_CONFIG'), path);
