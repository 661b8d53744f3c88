// Which of the networks in a folder of Hugging Face's layout is meant: they differ in what they look at, and in the type
// of their weights. Pure.
import { FramesiftError } from '../base/errors.ts';

/** Types of weights, by Transformers.js's names: each has an ending of its own in file names. */
const ENDINGS = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
} as const;

export type WeightsType = keyof typeof ENDINGS;

/** From the most exact to the smallest. */
export const WEIGHTS_TYPES = Object.keys(ENDINGS) as WeightsType[];

/** The part for pictures alone before the whole model, which may want a text as well; last what `train` writes. */
const NETWORKS = ['vision_model', 'model', 'encoder'] as const;

/** The folder of exports before the root. */
const FOLDERS = ['onnx/', ''] as const;

/** All that may be run, best first: of one network, by type. */
export const weightsIn = (
  files: readonly string[],
): { readonly type: WeightsType; readonly file: string }[] => {
  const there = new Set(files);
  for (const network of NETWORKS) {
    const found = WEIGHTS_TYPES.flatMap((type) => {
      const names = FOLDERS.map((folder) => `${folder}${network}${ENDINGS[type]}.onnx`);
      const file = names.find((name) => there.has(name));
      return file === undefined ? [] : [{ type, file }];
    });
    if (found.length > 0) return found;
  }
  return [];
};

/**
 * The file to take: of the type asked for, else the most exact that is there.
 *
 * @param files paths below the folder, with forward slashes
 * @param where for messages
 * @throws ERR_MODEL when there is none, naming what there is
 */
export const chooseWeights = (
  files: readonly string[],
  type: WeightsType | undefined,
  where: string,
): string => {
  const found = weightsIn(files);
  const chosen = type === undefined ? found[0] : found.find((each) => each.type === type);
  if (chosen !== undefined) return chosen.file;
  const networks = files.filter((file) => file.endsWith('.onnx'));
  throw new FramesiftError('ERR_MODEL', `${where}: ${whyNone(found, networks, type)}`, {
    facts: { where, files: networks },
  });
};

const MOST_NAMED = 10;

const whyNone = (
  found: readonly { readonly type: WeightsType; readonly file: string }[],
  networks: readonly string[],
  type: WeightsType | undefined,
): string => {
  if (found.length > 0) {
    const types = found.map((each) => `${each.type} (${each.file})`).join(', ');
    return `has no ${type} weights; it has ${types}. Choose one of these with --dtype.`;
  }
  const expected = 'holds no model: expected onnx/vision_model.onnx or onnx/model.onnx';
  if (networks.length === 0) return `${expected}. Export it to ONNX first (optimum-cli export onnx).`;
  const more = networks.length > MOST_NAMED ? ` and ${networks.length - MOST_NAMED} more` : '';
  return `${expected}; it has ${networks.slice(0, MOST_NAMED).join(', ')}${more}. Give --model the path of one.`;
};
