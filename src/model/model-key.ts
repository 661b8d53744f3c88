// What tells one model from another, wherever its files are and whenever they were put there.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { contentKey } from '../base/files.ts';
import { readModelOutline } from '../onnx/model-outline.ts';

/**
 * A key that changes when a model does: of the whole network, and of weights that lie in files of their own. A network
 * that is copied or installed anew keeps its key.
 *
 * @param path of an `.onnx` file that can be read
 */
export const modelKey = async (path: string): Promise<string> => {
  const network = await readFile(path);
  const hash = createHash('sha256').update(network);
  for (const file of readModelOutline(network, path).externalFiles)
    hash.update(await contentKey(join(dirname(path), file)));
  return hash.digest('hex');
};
