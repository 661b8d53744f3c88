// Options of every verb that runs a model.
import { POOLINGS, type Pooling } from '../model/description.ts';
import { WEIGHTS_TYPES } from '../model/weights-file.ts';
import { optional, toggle } from './option.ts';
import { oneOf, someText, wholeNumber } from './value-readers.ts';

const group = 'Model';
// As `model/device.ts` has them; not imported from there, since that would load ONNX Runtime for --help.
const DEVICES = ['auto', 'cpu', 'webgpu', 'cuda', 'tensorrt', 'coreml', 'dml'] as const;

const model = optional(
  {
    name: 'model',
    placeholder: 'MODEL',
    help: "mobilenet-v2 (built in, the default), an .onnx file, a folder in Hugging Face's layout, or hf:ORG/NAME[@REVISION], downloaded once",
    group,
    completes: 'file',
  },
  someText,
);

export const dtype = optional(
  {
    name: 'dtype',
    placeholder: 'TYPE',
    help: `which weights, where a model comes with several: ${WEIGHTS_TYPES.join(', ')} (default: the most exact)`,
    group,
    choices: WEIGHTS_TYPES,
  },
  oneOf(WEIGHTS_TYPES),
);

export const device = optional(
  {
    name: 'device',
    placeholder: 'DEVICE',
    help: `where the model runs: ${DEVICES.join(', ')} (default: auto, a graphics card if there is one)`,
    group,
    choices: DEVICES,
  },
  oneOf(DEVICES),
);

const batchSize = optional(
  {
    name: 'batch',
    placeholder: 'N',
    help: 'pictures that are computed together (default: 1 on a processor, 64 on a card)',
    group,
  },
  wholeNumber(1, 4096),
);

const output = optional(
  {
    name: 'output',
    placeholder: 'NAME',
    help: "the model's output that is the embedding (default: found by rule)",
    group,
  },
  someText,
);

const pooling = optional<Pooling>(
  {
    name: 'pool',
    placeholder: POOLINGS.join('|'),
    help: 'how the output becomes one vector: as it is, first token, mean of tokens, mean of a feature map',
    group,
    choices: POOLINGS,
  },
  oneOf(POOLINGS),
);

const normalize = toggle({ name: 'normalize', help: 'scale every embedding to length 1', group });

export const modelOptions = { model, dtype, device, output, pooling, normalize, batchSize };
