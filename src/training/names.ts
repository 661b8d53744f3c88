// Names that the command line offers. Nothing is loaded for them.
import type { MethodName } from '../learning/methods/methods.ts';
import type { ResNetName, ResNetOptions } from '../learning/network/resnet.ts';
import type { OptimizerName } from './settings.ts';

/** A list in which none is forgotten. */
const all = <Name extends string>(names: Readonly<Record<Name, true>>): readonly Name[] =>
  Object.keys(names) as Name[];

export const METHOD_NAMES = all<MethodName>({
  simclr: true,
  moco: true,
  simsiam: true,
  byol: true,
  barlowtwins: true,
  vicreg: true,
});

export const OPTIMIZER_NAMES = all<OptimizerName>({ sgd: true, lars: true, adamw: true });

export const RESNET_NAMES = all<ResNetName>({
  'resnet-9': true,
  'resnet-18': true,
  'resnet-34': true,
  'resnet-50': true,
  'resnet-101': true,
  'resnet-152': true,
});

export const STEMS = all<NonNullable<ResNetOptions['stem']>>({ lightly: true, torchvision: true });
