// Weights to begin with, from a file: of an earlier training, or of a network that others trained.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { FramesiftError, messageOf, systemCodeOf } from '../base/errors.ts';
import { readError } from '../base/file-chunks.ts';
import { decodeSafeTensors } from '../formats/safetensors.ts';
import type { Weight, Weights } from '../learning/network/weights.ts';
import { readFloatInitializers } from '../onnx/initializers.ts';

export interface StartWeights {
  readonly path: string;
  /** Changes when the file's content does. */
  readonly key: string;
  /** By the names that the file has. */
  readonly weights: Weights;
}

/**
 * @param path `.safetensors` or `.onnx`
 * @throws ERR_NOT_FOUND, ERR_READ; ERR_CHECKPOINT for another kind of file
 */
export const readStartWeights = async (path: string): Promise<StartWeights> => {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT')
      throw new FramesiftError(
        'ERR_NOT_FOUND',
        `${path}: there is no such file of weights. Check the path.`,
        {
          facts: { path },
        },
      );
    if (systemCodeOf(error) === 'ERR_FS_FILE_TOO_LARGE')
      throw new FramesiftError(
        'ERR_CHECKPOINT',
        `${path}: is larger than 2 GB, which cannot be read. Save it without what an optimiser keeps.`,
        {
          facts: { path },
        },
      );
    throw readError(path, error);
  });
  return { path, key: createHash('sha256').update(bytes).digest('hex'), weights: weightsIn(bytes, path) };
};

const weightsIn = (bytes: Uint8Array, path: string): Weights => {
  if (!/\.onnx$/i.test(path)) return decodeSafeTensors(bytes, path, { skipOthers: true }).tensors;
  try {
    return readFloatInitializers(bytes);
  } catch (error) {
    throw new FramesiftError(
      'ERR_CHECKPOINT',
      `${path}: is no ONNX model (${messageOf(error)}). Give a .safetensors or an .onnx file.`,
      { facts: { path }, cause: error },
    );
  }
};

/**
 * The state of a training with the file's weights in it: all of the backbone's, and of the heads' what fits. Networks that
 * follow begin as those that they follow. What a library calls `conv1.weight`, a training calls `backbone.conv1.weight`.
 *
 * @param model the name of the model that is trained on, where there is one
 * @throws ERR_CHECKPOINT when the backbone is another one, naming the first that does not fit
 */
export const withStartWeights = (
  state: Weights,
  { path, weights }: StartWeights,
  model?: string,
): Weights => {
  const next = new Map(state);
  const missing: string[] = [];
  for (const [name, weight] of state) {
    // The optimiser begins anew.
    if (name.includes(' of ')) continue;
    const plain = name.replace(/^(\w+)_momentum\./, '$1.');
    const found = [plain, plain.replace(/^backbone\./, '')].flatMap((each) => weights.get(each) ?? [])[0];
    if (found !== undefined && isSameShape(found, weight))
      next.set(name, { ...weight, data: found.data.slice() });
    else if (plain.startsWith('backbone.') && !ADDED_LAYER.has(plain))
      missing.push(problemOf(plain, weight, found));
  }
  if (missing.length === 0) return next;
  const others = missing.length === 1 ? '' : ` (and ${missing.length - 1} more)`;
  throw new FramesiftError(
    'ERR_CHECKPOINT',
    `${path}: is of another network: ${missing[0]}${others}. ${model === undefined ? 'Give the --backbone, --width and --stem that it has.' : `Give a file of ${model}, or begin with the weights that it has.`}`,
    { facts: { path, missing: missing.length } },
  );
};

/** A layer that is put behind the backbone is new where the file has none. */
const ADDED_LAYER: ReadonlySet<string> = new Set(['backbone.features.weight', 'backbone.features.bias']);

const isSameShape = (a: Weight, b: Weight): boolean => a.shape.join() === b.shape.join();

const problemOf = (name: string, { shape }: Weight, found: Weight | undefined): string =>
  found === undefined
    ? `it has no ${name}`
    : `${name} is [${found.shape.join(', ')}], not [${shape.join(', ')}]`;
