// Options of every verb that trains a network.

import { TWO_VIEW_NAMES } from '../augment/recipe.ts';
import type { ViewOptions } from '../augment/recipe-defaults.ts';
import { METHOD_NAMES, OPTIMIZER_NAMES, RESNET_NAMES, STEMS } from '../training/names.ts';
import type { ValueFlag } from './flag.ts';
import { type CliOption, optional, readGiven, toggle } from './option.ts';
import {
  byteCount,
  numberFromZero,
  oneOf,
  oneOrTwoNumbers,
  positiveNumber,
  positiveRate,
  rateFromZero,
  share,
  someText,
  twoNumbers,
  wholeNumber,
} from './value-readers.ts';

const learning = 'How to learn';
const network = 'Network';
const seeing = 'Views';
const work = 'How to work';

const value =
  (group: string) =>
  <V>(
    name: string,
    placeholder: string,
    help: string,
    parse: (text: string) => V,
  ): CliOption<V | undefined> =>
    optional({ name, placeholder, help, group }, parse);

const choice = <const W extends string>(
  group: string,
  name: string,
  words: readonly W[],
  help: string,
): CliOption<W | undefined> =>
  optional({ name, placeholder: name.toUpperCase(), help, group, choices: words }, oneOf(words));

const learningValue = value(learning);
const networkValue = value(network);

/** Lightly's names of what is done to views, and how each is read. */
const VIEW_FLAGS: Readonly<
  Record<
    Exclude<keyof ViewOptions, 'inputSize' | 'kernelSize'>,
    readonly [ValueFlag, (text: string) => number | readonly [number, number]]
  >
> = {
  minScale: [flag('min-scale', 'SHARE', 'least share of a picture that a view shows'), share],
  cjProb: [flag('cj-prob', 'P', 'probability of colour jitter'), share],
  cjStrength: [
    flag('cj-strength', 'X', 'what the amounts of colour jitter are multiplied by'),
    numberFromZero,
  ],
  cjBright: [flag('cj-bright', 'X', 'amount of jitter of brightness'), numberFromZero],
  cjContrast: [flag('cj-contrast', 'X', 'amount of jitter of contrast'), numberFromZero],
  cjSat: [flag('cj-sat', 'X', 'amount of jitter of saturation'), numberFromZero],
  cjHue: [flag('cj-hue', 'X', 'amount of jitter of hue, at most 0.5'), numberFromZero],
  randomGrayScale: [flag('random-gray-scale', 'P', 'probability of losing all colour'), share],
  gaussianBlur: [flag('gaussian-blur', 'P', 'probability of blur'), share],
  sigmas: [flag('sigmas', 'LOW,HIGH', 'standard deviations of the blur, in pixels'), twoNumbers],
  hfProb: [flag('hf-prob', 'P', 'probability of exchanging left and right'), share],
  vfProb: [flag('vf-prob', 'P', 'probability of exchanging top and bottom'), share],
  rrProb: [flag('rr-prob', 'P', 'probability of a rotation'), share],
  rrDegrees: [flag('rr-degrees', 'D|LOW,HIGH', 'its angle (default: always 90 degrees)'), oneOrTwoNumbers],
};

function flag(name: string, placeholder: string, help: string): ValueFlag {
  return { kind: 'value', name, placeholder, help, group: seeing };
}

const views: CliOption<Omit<ViewOptions, 'inputSize'> | undefined> = {
  flags: Object.values(VIEW_FLAGS).map(([each]) => each),
  read: ({ flags }) => {
    const given = Object.entries(VIEW_FLAGS).flatMap(([option, [{ name }, parse]]) => {
      const read = readGiven(flags.get(name), parse);
      return read === undefined ? [] : [[option, read] as const];
    });
    return given.length === 0 ? undefined : (Object.fromEntries(given) as Omit<ViewOptions, 'inputSize'>);
  },
};

/** What losses depend on. */
export const settingsOptions = {
  method: choice(learning, 'method', METHOD_NAMES, `${METHOD_NAMES.join(', ')} (default: simclr)`),
  epochs: learningValue(
    'epochs',
    'N',
    'how often all frames are gone through (default: 100)',
    wholeNumber(1),
  ),
  batchSize: learningValue('batch-size', 'N', 'frames in a batch (default: 64)', wholeNumber(2)),
  optimizer: choice(
    learning,
    'optimizer',
    OPTIMIZER_NAMES,
    `${OPTIMIZER_NAMES.join(', ')} (default: sgd; of vicreg: lars)`,
  ),
  learningRate: learningValue(
    'learning-rate',
    'X',
    'at its height (default: by method and optimizer, in proportion to the batch)',
    positiveRate,
  ),
  momentum: learningValue('momentum', 'X', 'of sgd and lars (default: 0.9)', share),
  weightDecay: learningValue(
    'weight-decay',
    'X',
    'of parameters (default: 5e-4; of lars 1e-6, of adamw 0.01)',
    rateFromZero,
  ),
  warmupEpochs: learningValue(
    'warmup-epochs',
    'N',
    'epochs in which the learning rate rises (default: a tenth, 10 at most)',
    wholeNumber(0),
  ),
  temperature: learningValue(
    'temperature',
    'T',
    'of contrastive losses: the lower, the more the nearest count (default: 0.5; of moco 0.1)',
    positiveNumber,
  ),
  memoryBankSize: learningValue(
    'memory-bank',
    'N',
    'frames of earlier batches to tell those of this one from (default: 0; of moco 4096, half the frames at most)',
    wholeNumber(0),
  ),
  encoderMomentum: learningValue(
    'encoder-momentum',
    'M',
    'how much the second encoder of moco and byol keeps of itself at first (default: 0.996)',
    share,
  ),
  seed: learningValue('seed', 'N', 'of all that is random (default: 1)', wholeNumber(0)),
  backbone: choice(network, 'backbone', RESNET_NAMES, `${RESNET_NAMES.join(', ')} (default: resnet-18)`),
  frozen: optional(
    {
      name: 'frozen',
      placeholder: 'MODEL',
      help: 'in place of a backbone a model that embed takes, which stays as it is: only a linear layer on top is trained',
      group: network,
      completes: 'file',
    },
    someText,
  ),
  fineTune: optional(
    {
      name: 'fine-tune',
      placeholder: 'MODEL',
      help: 'in place of a backbone a convolutional network as ONNX model, which is trained on from the weights that it has',
      group: network,
      completes: 'file',
    },
    someText,
  ),
  width: networkValue(
    'width',
    'X',
    'what its numbers of channels are multiplied by (default: 1)',
    positiveNumber,
  ),
  stem: choice(
    network,
    'stem',
    STEMS,
    'lightly (the default), for small pictures, or torchvision, for those of 128 pixels and more',
  ),
  inputSize: networkValue(
    'input-size',
    'PIXELS',
    'width and height of views (default: 64; of a model its own)',
    wholeNumber(8),
  ),
  features: networkValue(
    'features',
    'N',
    "width of embeddings (Lightly's num_ftrs; default: by the backbone, 512 for resnet-18)",
    wholeNumber(1),
  ),
  hiddenWidth: networkValue(
    'hidden-dim',
    'N',
    "width of a head's hidden layers (default: by the method)",
    wholeNumber(1),
  ),
  outputWidth: networkValue(
    'out-dim',
    'N',
    'width of what the loss sees (default: by the method)',
    wholeNumber(1),
  ),
  numSplits: networkValue(
    'num-splits',
    'N',
    'parts of a batch with statistics of their own, as on so many devices (default: 1)',
    wholeNumber(1),
  ),
  transform: choice(
    seeing,
    'transform',
    TWO_VIEW_NAMES,
    "what makes views (default: Lightly's for the method)",
  ),
  views,
  neighbourFrames: value(seeing)(
    'neighbours',
    'N',
    'the second view is of another frame, at most N chosen frames away (default: 0, of the same)',
    wholeNumber(0),
  ),
};

/** What only the work depends on. */
export const trainingWorkOptions = {
  startFrom: optional(
    {
      name: 'start-from',
      placeholder: 'FILE',
      help: 'begin with these weights: last.safetensors or encoder.onnx of an earlier training, or another .safetensors file with the names of PyTorch',
      group: network,
      completes: 'file',
    },
    someText,
  ),
  labels: optional(
    {
      name: 'labels',
      placeholder: 'video|folder|FILE',
      help: 'measure after each epoch how well neighbours tell these labels: the video, the folder, or those of a CSV file',
      group: 'Measuring',
      completes: 'file',
    },
    someText,
  ),
  evaluateEvery: value('Measuring')(
    'evaluate-every',
    'N',
    'measure after every N-th epoch (default: 1)',
    wholeNumber(1),
  ),
  shortSide: value(work)(
    'short-side',
    'PIXELS',
    'pictures are kept with a shorter side of so many pixels (default: twice the input size)',
    wholeNumber(8),
  ),
  cacheBytes: value(work)(
    'picture-memory',
    'SIZE',
    'for pictures in memory, such as 2GB (default: a quarter of it, 4GB at most)',
    byteCount,
  ),
  threads: value(work)(
    'threads',
    'N',
    "threads of the network's arithmetic (default: one for each processor)",
    wholeNumber(1),
  ),
  force: toggle({
    name: 'force',
    help: 'forget the training that is in --out, and begin anew',
    group: 'Writing',
  }),
};
