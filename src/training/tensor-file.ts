// Tensors from a file, one after the other: a checkpoint may be larger than what can be read at once.
import { type FileHandle, open } from 'node:fs/promises';
import { systemCodeOf } from '../base/errors.ts';
import { readError } from '../base/file-chunks.ts';
import {
  type FloatTensor,
  headerLength,
  LENGTH_BYTES,
  readHeader,
  type SafeTensors,
  safeTensorsError,
} from '../formats/safetensors.ts';

/**
 * @returns undefined where there is no such file
 * @throws ERR_CHECKPOINT for what is no such file, is cut short, or holds something else than float32; ERR_READ
 */
export const readTensorFile = async (path: string): Promise<SafeTensors | undefined> => {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw readError(path, error);
  }
  try {
    return await tensorsOf(file);
  } catch (error) {
    throw systemCodeOf(error) === undefined ? safeTensorsError(path, error) : readError(path, error);
  } finally {
    await file.close();
  }
};

const tensorsOf = async (file: FileHandle): Promise<SafeTensors> => {
  const { size } = await file.stat();
  const headerBytes = size < LENGTH_BYTES ? 0 : headerLength(await bytesAt(file, 0, LENGTH_BYTES), size);
  const start = LENGTH_BYTES + headerBytes;
  const header = await bytesAt(file, LENGTH_BYTES, headerBytes);
  const { places, metadata } = readHeader(header, size - start, false);
  const tensors = new Map<string, FloatTensor>();
  for (const [name, { shape, begin, end }] of places) {
    const bytes = await bytesAt(file, start + begin, end - begin);
    tensors.set(name, { shape, data: new Float32Array(bytes.buffer) });
  }
  return { tensors, metadata };
};

const bytesAt = async (file: FileHandle, position: number, length: number): Promise<Uint8Array> => {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new Error('it is cut short');
    filled += bytesRead;
  }
  return bytes;
};
