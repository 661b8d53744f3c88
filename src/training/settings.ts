// What a training is: all that its losses depend on, with defaults filled in and looked at.

import {
  TWO_VIEW_NAMES,
  VIEW_RECIPE_NAMES,
  type ViewRecipe,
  type ViewRecipeName,
  viewRecipe,
} from '../augment/recipe.ts';
import type { ViewOptions } from '../augment/recipe-defaults.ts';
import { nearest } from '../base/nearest.ts';
import { invalidOption, requireNumber, requireWhole } from '../base/option-checks.ts';
import { METHODS, type MethodName } from '../learning/methods/methods.ts';
import { type ResNetOptions, resNetFeatures } from '../learning/network/resnet.ts';
import { requireTemperature } from '../learning/temperature.ts';
import type { ModelInput } from '../model/description.ts';

export type OptimizerName = 'sgd' | 'lars' | 'adamw';

export interface TrainingSettingsOptions {
  /** Default `simclr`. */
  readonly method?: MethodName | undefined;
  /** The network; default `resnet-18` of width 1 with Lightly's stem. */
  readonly backbone?: ResNetOptions['name'];
  /**
   * In place of a backbone a model as `embed` takes it, which stays as it is: a linear layer on top is trained, and
   * embeds.
   */
  readonly frozen?: string | undefined;
  /**
   * In place of a backbone a convolutional network as ONNX model, as `embed` takes it: it is trained on from the weights
   * that it has. A linear layer at its end, the classifier, is left out.
   */
  readonly fineTune?: string | undefined;
  /** What all its numbers of channels are multiplied by. Default 1. */
  readonly width?: number | undefined;
  /** Default `lightly`: for small pictures; `torchvision` for large ones. */
  readonly stem?: ResNetOptions['stem'];
  /** Width of embeddings (Lightly's `num_ftrs`): a linear layer more. Default what the backbone gives. */
  readonly features?: number | undefined;
  /** Width and height of a view, in pixels. Default 64. */
  readonly inputSize?: number | undefined;
  /** Pictures in a batch; all, where there are fewer. Default 64. */
  readonly batchSize?: number | undefined;
  /** How often all frames are gone through. Default 100. */
  readonly epochs?: number | undefined;
  /** Default `sgd`; for VICReg `lars`. */
  readonly optimizer?: OptimizerName | undefined;
  /** At its height. Default by method and optimiser, in proportion to the batch. */
  readonly learningRate?: number | undefined;
  /** Of SGD and LARS. Default 0.9. */
  readonly momentum?: number | undefined;
  /** Default 5e-4; of LARS 1e-6, of AdamW 0.01. */
  readonly weightDecay?: number | undefined;
  /** In which the learning rate rises. Default a tenth of all, 10 at most. */
  readonly warmupEpochs?: number | undefined;
  /** Of contrastive losses. Default 0.5; of MoCo 0.1. */
  readonly temperature?: number | undefined;
  /** Rows of earlier batches to tell those of this one from. Default 0; of MoCo 4096, half the frames at most. */
  readonly memoryBankSize?: number | undefined;
  /** How much an encoder that follows keeps of itself at first; rises to 1. Default 0.996. */
  readonly encoderMomentum?: number | undefined;
  /** Parts of a batch with statistics of their own, as on so many devices (Lightly's `num_splits`). Default 1. */
  readonly numSplits?: number | undefined;
  /** Width of a head's hidden layers; by the method where left out. */
  readonly hiddenWidth?: number | undefined;
  /** Width of what the loss sees (Lightly's `out_dim`); by the method where left out. */
  readonly outputWidth?: number | undefined;
  /** Which transform makes views. Default Lightly's for the method. */
  readonly transform?: ViewRecipeName | undefined;
  /** Its options, in place of its defaults. */
  readonly views?: Omit<ViewOptions, 'inputSize'> | undefined;
  /** The second view is of another frame, at most so many chosen frames away. Default 0: of the same. */
  readonly neighbourFrames?: number | undefined;
  /** Default 1, as Lightly's. */
  readonly seed?: number | undefined;
}

/** What a training depends on of a model that is trained on. */
export interface TunedSettings {
  readonly name: string;
  /** Changes when its file does. */
  readonly key: string;
  /** The value that is the embedding. */
  readonly output: string;
  /** What it wants to see. */
  readonly input: ModelInput;
}

/** Models that take the place of a backbone: one of them at most. */
export interface GivenModels {
  readonly frozen?: FrozenSettings | undefined;
  readonly tuned?: TunedSettings | undefined;
}

/** What a training depends on of a model that is not trained. */
export interface FrozenSettings {
  readonly name: string;
  /** Changes when its file does. */
  readonly key: string;
  readonly features: number;
  /** Width and height of pictures. */
  readonly inputSize: number;
}

export interface TrainingSettings {
  readonly method: MethodName;
  readonly backbone: Required<{ readonly [K in keyof ResNetOptions]: NonNullable<ResNetOptions[K]> }>;
  /** Undefined where the backbone is trained. */
  readonly frozen: FrozenSettings | undefined;
  /** Undefined where the backbone is one of our own. */
  readonly tuned: TunedSettings | undefined;
  readonly features: number | undefined;
  readonly inputSize: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly optimizer: {
    readonly name: OptimizerName;
    readonly learningRate: number;
    readonly momentum: number;
    readonly weightDecay: number;
  };
  readonly warmupEpochs: number;
  readonly temperature: number;
  readonly memoryBankSize: number;
  readonly encoderMomentum: number;
  readonly numSplits: number;
  readonly hiddenWidth: number | undefined;
  readonly outputWidth: number | undefined;
  readonly transform: ViewRecipeName;
  readonly views: ViewRecipe;
  readonly neighbourFrames: number;
  readonly seed: number;
}

const TRANSFORMS: Readonly<Record<MethodName, ViewRecipeName>> = {
  simclr: 'SimCLRTransform',
  moco: 'MoCoV2Transform',
  simsiam: 'SimSiamTransform',
  byol: 'SimCLRTransform',
  barlowtwins: 'SimCLRTransform',
  vicreg: 'SimCLRTransform',
};

/** For batches of 128, as in Lightly's benchmarks; AdamW's does not depend on the batch. */
const LEARNING_RATES: Readonly<Record<OptimizerName, number>> = { sgd: 0.06, lars: 0.3, adamw: 1e-3 };
const WEIGHT_DECAYS: Readonly<Record<OptimizerName, number>> = { sgd: 5e-4, lars: 1e-6, adamw: 0.01 };

/**
 * @param frames how many there are; enough, when left out
 * @param given of the model in place of a backbone, where there is one
 * @throws ERR_OPTION, naming the option
 */
export const trainingSettings = (
  options: TrainingSettingsOptions,
  frames = Number.MAX_SAFE_INTEGER,
  { frozen, tuned }: GivenModels = {},
): TrainingSettings => {
  const { method = 'simclr', seed = 1, epochs = 100, numSplits = 1 } = options;
  const inputSize = frozen?.inputSize ?? tuned?.input.width ?? options.inputSize ?? 64;
  if (options.frozen !== undefined && options.fineTune !== undefined)
    throw invalidOption('fineTune', options.fineTune, `none beside frozen ${options.frozen}`);
  if (frozen !== undefined) refuseBesideModel(options, frozen.name, frozen.inputSize, 'frozen');
  if (tuned !== undefined) refuseBesideModel(options, tuned.name, tuned.input.width, 'fineTune');
  requireMethod(method);
  requireWhole('seed', seed, 0);
  requireWhole('inputSize', inputSize, 8);
  requireWhole('epochs', epochs, 1);
  const batchSize = checkedBatch(options.batchSize ?? 64, frames, numSplits);
  const temperature = options.temperature ?? (method === 'moco' ? 0.1 : 0.5);
  requireTemperature(temperature);
  // The loss alone allows it, as Lightly's does: it would draw frames together and push views apart.
  if (temperature < 0) throw invalidOption('temperature', temperature, 'a number above 0, such as 0.5');
  if (!COMPARES.has(method))
    refuseIdle('temperature', options.temperature, 0.5, `${method} compares with no other pictures`);
  const backbone = {
    name: options.backbone ?? 'resnet-18',
    width: options.width ?? 1,
    stem: options.stem ?? 'lightly',
  } as const;
  resNetFeatures(backbone);
  const transform = options.transform ?? TRANSFORMS[method];
  // Names that nobody knows are left to whoever knows all.
  if (VIEW_RECIPE_NAMES.includes(transform) && !TWO_VIEW_NAMES.some((name) => name === transform))
    throw invalidOption('transform', transform, `one of two views, such as ${TRANSFORMS[method]}`);
  const views = viewRecipe(transform, { ...options.views, inputSize });
  const memoryBankSize = options.memoryBankSize ?? (method === 'moco' ? usualBank(batchSize, frames) : 0);
  requireWhole('memoryBankSize', memoryBankSize, 0);
  if (memoryBankSize > 0 && !COMPARES.has(method)) {
    throw invalidOption(
      'memoryBankSize',
      memoryBankSize,
      `0 for ${method}, which compares with no other pictures`,
    );
  }
  const warmupEpochs = options.warmupEpochs ?? Math.min(10, Math.floor(epochs / 10));
  requireWhole('warmupEpochs', warmupEpochs, 0, epochs);
  const encoderMomentum = options.encoderMomentum ?? 0.996;
  requireNumber('encoderMomentum', encoderMomentum, 0, 1);
  if (!FOLLOWS.has(method))
    refuseIdle('encoderMomentum', options.encoderMomentum, 0.996, `${method} has no encoder that follows`);
  const neighbourFrames = options.neighbourFrames ?? 0;
  requireWhole('neighbourFrames', neighbourFrames, 0);
  for (const option of ['features', 'hiddenWidth', 'outputWidth'] as const)
    if (options[option] !== undefined) requireWhole(option, options[option], 1);
  return {
    method,
    backbone,
    frozen,
    tuned,
    features: options.features ?? frozen?.features,
    inputSize,
    batchSize,
    epochs,
    optimizer: optimizerSettings(options, method, batchSize),
    warmupEpochs,
    temperature,
    memoryBankSize,
    encoderMomentum,
    numSplits,
    hiddenWidth: options.hiddenWidth,
    outputWidth: options.outputWidth,
    transform,
    views,
    neighbourFrames,
    seed,
  };
};

/** Methods whose loss tells a picture from others. */
const COMPARES: ReadonlySet<MethodName> = new Set(['simclr', 'moco']);
/** Methods with an encoder whose weights follow the trained one's. */
const FOLLOWS: ReadonlySet<MethodName> = new Set(['moco', 'byol']);

/** What would change nothing is a slip; files of options that spell out defaults are none. @throws ERR_OPTION */
const refuseIdle = (option: string, value: number | undefined, usual: number, why: string): void => {
  if (value !== undefined && value !== usual) throw invalidOption(option, value, `none, as ${why}`);
};

const MOST_BANK = 4096;

/** Whole batches of at most half the frames: in a larger bank frames would meet themselves. */
const usualBank = (batchSize: number, frames: number): number => {
  const rows = Math.min(MOST_BANK, Math.max(batchSize, Math.floor(frames / 2)));
  return rows - (rows % batchSize);
};

/** A model has a network and a size of its own. */
const refuseBesideModel = (
  options: TrainingSettingsOptions,
  name: string,
  inputSize: number,
  why: 'frozen' | 'fineTune',
): void => {
  for (const option of ['backbone', 'width', 'stem'] as const)
    if (options[option] !== undefined)
      throw invalidOption(option, options[option], `none, as ${name} takes its place (${why})`);
  if (options.inputSize !== undefined && options.inputSize !== inputSize)
    throw invalidOption('inputSize', options.inputSize, `${inputSize}, which ${name} takes`);
};

const optimizerSettings = (
  options: TrainingSettingsOptions,
  method: MethodName,
  batchSize: number,
): TrainingSettings['optimizer'] => {
  const name = options.optimizer ?? (method === 'vicreg' ? 'lars' : 'sgd');
  if (!Object.hasOwn(LEARNING_RATES, name))
    throw invalidOption('optimizer', name, Object.keys(LEARNING_RATES).join(', '));
  const share = name === 'adamw' ? 1 : batchSize / 128;
  const learningRate = options.learningRate ?? LEARNING_RATES[name] * share;
  if (!(learningRate > 0 && Number.isFinite(learningRate)))
    throw invalidOption('learningRate', learningRate, 'a number above 0');
  const momentum = options.momentum ?? 0.9;
  requireNumber('momentum', momentum, 0, 1);
  if (momentum === 1) throw invalidOption('momentum', momentum, 'a number below 1, such as 0.9');
  if (name === 'adamw') refuseIdle('momentum', options.momentum, 0.9, 'adamw has moments of its own');
  const weightDecay = options.weightDecay ?? WEIGHT_DECAYS[name];
  requireNumber('weightDecay', weightDecay, 0);
  return { name, learningRate, momentum, weightDecay };
};

const requireMethod = (method: string): void => {
  const known = Object.keys(METHODS);
  if (known.includes(method)) return;
  const suggestion = nearest(method, known);
  const hint = suggestion === undefined ? `one of ${known.join(', ')}` : `${suggestion}`;
  throw invalidOption('method', method, hint);
};

/** All frames, where there are fewer than a batch; a multiple of its parts. */
const checkedBatch = (wanted: number, frames: number, numSplits: number): number => {
  requireWhole('batchSize', wanted, 2);
  requireWhole('numSplits', numSplits, 1);
  const batchSize = Math.min(wanted, frames);
  const fitting = batchSize - (batchSize % numSplits);
  // A part of one picture has no statistics.
  if (fitting / numSplits < 2)
    throw invalidOption(
      'numSplits',
      numSplits,
      `at most ${Math.floor(batchSize / 2)}, for batches of ${batchSize}`,
    );
  return fitting;
};
