// All methods, by name.
import { barlowTwins } from './barlow-twins.ts';
import { byol } from './byol.ts';
import type { Method } from './method.ts';
import { moco } from './moco.ts';
import { simclr } from './simclr.ts';
import { simsiam } from './simsiam.ts';
import { vicreg } from './vicreg.ts';

export const METHODS = {
  simclr,
  moco,
  simsiam,
  byol,
  barlowtwins: barlowTwins,
  vicreg,
} as const satisfies Readonly<Record<string, Method>>;

export type MethodName = keyof typeof METHODS;
