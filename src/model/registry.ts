// From what somebody writes after --model to a model's file and its description.
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FramesiftError, systemCodeOf } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { ModelDescription } from './description.ts';
import { parseDescription } from './parse-description.ts';
import { parsePreprocessorConfig } from './preprocessor-config.ts';

/** A model on disk, before it is opened. */
export interface ModelFile extends ModelDescription {
  /** For people and for keys of results. */
  readonly name: string;
  readonly path: string;
}

const MODELS = fileURLToPath(new URL('../../models/', import.meta.url));

export const DEFAULT_MODEL = 'mobilenet-v2';

const BUILT_IN = [DEFAULT_MODEL];

/** The models that come with framesift. */
export const builtInModels = async (): Promise<
  readonly {
    readonly name: string;
    readonly dimensions: number;
    readonly sizeBytes: number;
    readonly goodFor: string;
  }[]
> => [
  {
    name: DEFAULT_MODEL,
    dimensions: 1280,
    sizeBytes: (await stat(join(MODELS, `${DEFAULT_MODEL}.onnx`))).size,
    goodFor: 'a quick first look, on a processor',
  },
];

/** Files of a folder in Hugging Face's layout that may hold the network, best first. */
const ONNX_FILES = [
  'onnx/vision_model.onnx',
  'onnx/model.onnx',
  'vision_model.onnx',
  'model.onnx',
  'onnx/model_fp16.onnx',
  'onnx/model_quantized.onnx',
];

/**
 * Finds a model: the name of one that is built in, an `.onnx` file (with a description of the same name and `.json`
 * beside it, if there is one), or a folder in Hugging Face's layout.
 *
 * @throws ERR_MODEL, ERR_NOT_FOUND
 */
export const findModel = async (spec: string): Promise<ModelFile> => {
  if (BUILT_IN.includes(spec)) return builtIn(spec);
  const kind = await kindOf(spec);
  if (kind === 'folder') return inFolder(spec);
  if (kind === 'file') return fromFile(spec);
  const suggestion = nearest(spec, BUILT_IN);
  const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
  throw new FramesiftError(
    'ERR_NOT_FOUND',
    `${spec}: there is no such model: it is no file, no folder, and not ${BUILT_IN.join(' or ')}, which is built in.${hint}`,
    { facts: { model: spec } },
  );
};

const kindOf = async (path: string): Promise<'file' | 'folder' | undefined> => {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new FramesiftError('ERR_MODEL', `${path}: cannot be read (${code}).`, { facts: { path } });
  }
};

const builtIn = async (name: string): Promise<ModelFile> => {
  const path = join(MODELS, `${name}.onnx`);
  const description = await readDescription(join(MODELS, `${name}.json`));
  return { ...description, name, path };
};

const fromFile = async (path: string): Promise<ModelFile> => {
  const name = basename(path).replace(/\.onnx$/i, '');
  const besides = join(dirname(path), `${name}.json`);
  const description = (await kindOf(besides)) === 'file' ? await readDescription(besides) : {};
  return { ...description, name, path };
};

const inFolder = async (folder: string): Promise<ModelFile> => {
  const config = join(folder, 'preprocessor_config.json');
  const text = await readFile(config, 'utf8').catch(() => undefined);
  const input = text === undefined ? undefined : parsePreprocessorConfig(text, config);
  for (const file of ONNX_FILES) {
    const path = join(folder, file);
    if ((await kindOf(path)) === 'file') return { name: basename(folder), path, input };
  }
  throw new FramesiftError(
    'ERR_MODEL',
    `${folder}: holds no model: expected ${ONNX_FILES.slice(0, 2).join(' or ')}. Export it to ONNX first (optimum-cli export onnx).`,
    { facts: { folder } },
  );
};

/** @throws ERR_MODEL */
const readDescription = async (path: string): Promise<ModelDescription> =>
  parseDescription(await readFile(path, 'utf8'), path);
