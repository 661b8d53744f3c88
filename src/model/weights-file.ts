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

/** The part for pictures alone before the whole model, and the folder of exports before the root. */
const STEMS = ['onnx/vision_model', 'onnx/model', 'vision_model', 'model'];

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
  const there = new Set(files);
  for (const wanted of type === undefined ? WEIGHTS_TYPES : [type]) {
    const found = STEMS.map((stem) => `${stem}${ENDINGS[wanted]}.onnx`).find((path) => there.has(path));
    if (found !== undefined) return found;
  }
  const others = files.filter((file) => file.endsWith('.onnx'));
  const why =
    others.length === 0
      ? `holds no model in ONNX: expected ${STEMS[0]}.onnx or ${STEMS[1]}.onnx. Export it first (optimum-cli export onnx)`
      : `holds no ${type === undefined ? '' : `${type} `}weights under a name that framesift knows; it has ${others.join(', ')}${type === undefined ? '. Give --model the path of one' : '. Choose another --dtype'}`;
  throw new FramesiftError('ERR_MODEL', `${where}: ${why}.`, { facts: { where, files: others } });
};
