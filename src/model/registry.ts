// From what somebody writes after --model to a model's file and its description.
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FramesiftError, systemCodeOf } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { ModelDescription, ModelInput } from './description.ts';
import { fetchHubModel, type HubOptions } from './hub.ts';
import { isHubAddress, parseHubAddress } from './hub-address.ts';
import { parseDescription } from './parse-description.ts';
import { parsePreprocessorConfig } from './preprocessor-config.ts';
import { chooseWeights, type WeightsType } from './weights-file.ts';

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

/**
 * Finds a model: the name of one that is built in, an `.onnx` file (with a description of the same name and `.json`
 * beside it, if there is one), a folder in Hugging Face's layout, or `hf:org/name[@revision]` on Hugging Face's hub.
 *
 * @param options.dtype which weights, where a folder or a repository has several; the most exact when left out
 * @throws ERR_MODEL, ERR_NOT_FOUND, ERR_OPTION, ERR_HUB, ERR_WRITE, or the signal's reason
 */
export const findModel = async (spec: string, options: HubOptions = {}): Promise<ModelFile> => {
  if (isHubAddress(spec)) return onHub(spec, options);
  const kind = BUILT_IN.includes(spec) ? 'built in' : await kindOf(spec);
  if (kind === 'folder') return inFolder(spec, options.dtype);
  if (options.dtype !== undefined && kind !== undefined) {
    throw new FramesiftError(
      'ERR_OPTION',
      `dtype ${options.dtype}: ${spec} has one kind of weights. Choose among those of a folder in Hugging Face's layout, or of hf:org/name.`,
      { facts: { option: 'dtype', model: spec } },
    );
  }
  if (kind === 'built in') return builtIn(spec);
  if (kind === 'file') return fromFile(spec);
  const suggestion = nearest(spec, BUILT_IN);
  const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
  throw new FramesiftError(
    'ERR_NOT_FOUND',
    `${spec}: there is no such model: it is no file, no folder, and not ${BUILT_IN.join(' or ')}, which is built in.${hint || hubHint(spec)}`,
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

/** Somebody may have meant a model of the hub. */
const hubHint = (spec: string): string =>
  /^[\w.-]+\/[\w.-]+$/.test(spec)
    ? ` For the model of that name on Hugging Face's hub write hf:${spec}.`
    : '';

const onHub = async (spec: string, options: HubOptions): Promise<ModelFile> => {
  const address = parseHubAddress(spec);
  const { folder, file } = await fetchHubModel(address, options);
  return {
    ...(await describe(folder, file)),
    name: `${address.repository}/${file}`,
    path: join(folder, file),
  };
};

const inFolder = async (folder: string, dtype: WeightsType | undefined): Promise<ModelFile> => {
  const names = (below: string): Promise<string[]> => readdir(join(folder, below)).catch(() => []);
  const files = [...(await names('')), ...(await names('onnx')).map((name) => `onnx/${name}`)];
  const file = chooseWeights(files, dtype, folder);
  return { ...(await describe(folder, file)), name: `${basename(folder)}/${file}`, path: join(folder, file) };
};

/** A description beside the network goes before what the folder says. @throws ERR_MODEL */
const describe = async (folder: string, file: string): Promise<ModelDescription> => {
  const beside = join(folder, file.replace(/\.onnx$/, '.json'));
  const own = (await kindOf(beside)) === 'file' ? await readDescription(beside) : {};
  return { ...own, input: own.input ?? (await inputOf(folder)) };
};

/** What the folder's `preprocessor_config.json` says of pictures; undefined where there is none. @throws ERR_MODEL */
const inputOf = async (folder: string): Promise<ModelInput | undefined> => {
  const config = join(folder, 'preprocessor_config.json');
  const text = await readFile(config, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parsePreprocessorConfig(text, config);
};

/** @throws ERR_MODEL */
const readDescription = async (path: string): Promise<ModelDescription> =>
  parseDescription(await readFile(path, 'utf8'), path);
