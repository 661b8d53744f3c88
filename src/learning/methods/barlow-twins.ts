import { barlowTwins as loss } from '../losses/barlow-twins.ts';
import { barlowTwinsProjection } from '../network/heads.ts';
import type { Method } from './method.ts';
import { withExpander } from './with-expander.ts';

/** Zbontar et al. 2021: over the batch, each number of one view goes with the same of the other, and with no other number. */
export const barlowTwins: Method = withExpander(barlowTwinsProjection, loss);
