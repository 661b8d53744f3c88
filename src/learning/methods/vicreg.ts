import { vicReg as loss } from '../losses/vicreg.ts';
import { vicregProjection } from '../network/heads.ts';
import type { Method } from './method.ts';
import { withExpander } from './with-expander.ts';

/** Bardes et al. 2021: views of a picture are alike, numbers vary over the batch, and none goes with another. */
export const vicreg: Method = withExpander(vicregProjection, loss);
