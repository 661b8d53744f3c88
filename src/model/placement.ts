// Whether a model is small enough for every worker to have one of its own.
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { memoryBytes } from '../base/memory.ts';
import { readModelOutline } from '../onnx/model-outline.ts';

/** ONNX Runtime keeps weights as they are, and once more in the order that its kernels like. */
const COPIES_OF_WEIGHTS = 2;

/** What a session and the values on their way through the network take besides. */
const SESSION_BYTES = 128 * 1024 * 1024;

/** Whether a session in each of `workers` processes takes at most half of the memory that this one may have. */
export const fitsWorkers = async (path: string, workers: number): Promise<boolean> => {
  const fits = (weightBytes: number): boolean =>
    workers * (COPIES_OF_WEIGHTS * weightBytes + SESSION_BYTES) <= memoryBytes() / 2;
  const { size } = await stat(path);
  // A file that is too large by itself need not be read for what it says of others.
  return fits(size) && fits(size + (await externalBytes(path)));
};

/** Of the files that hold weights for the model's own. */
const externalBytes = async (path: string): Promise<number> => {
  const { externalFiles } = readModelOutline(await readFile(path), path);
  const sizes = await Promise.all(externalFiles.map((file) => stat(join(dirname(path), file))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
};
