// What is put on top of a backbone while it is trained, as Lightly's heads.
import { relu } from '../../autodiff/arithmetic.ts';
import type { Tensor } from '../../autodiff/tape.ts';
import { linearLayer, normLayer } from './layers.ts';
import type { Scope } from './scope.ts';

/** One layer of a head: linear, then, where it says so, batch norm, then ReLU. */
export interface HeadLayer {
  readonly width: number;
  /** With a norm the linear layer has no bias. Default none. */
  readonly norm?: 'affine' | 'plain';
  /** Default false. */
  readonly isRectified?: boolean;
}

/** Numbered as in Lightly's state dicts: each part counts. @param x [n, in] @returns [n, width of the last] */
export const head = (scope: Scope, x: Tensor, layers: readonly HeadLayer[]): Tensor => {
  let features = x;
  let place = 0;
  const next = (): Scope => scope.in('layers').in(place++);
  for (const { width, norm, isRectified = false } of layers) {
    features = linearLayer(next(), features, width, norm === undefined);
    if (norm !== undefined) features = normLayer(next(), features, norm === 'affine');
    if (isRectified) {
      next();
      features = relu(scope.tape, features);
    }
  }
  return features;
};

export interface HeadSizes {
  /** Width of hidden layers. */
  readonly hidden: number;
  /** Width of the last. */
  readonly output: number;
}

/** Chen et al. 2020, with the norms of Lightly's `SimCLRProjectionHead`. Usual sizes 2048, 128. */
export const simclrProjection = ({ hidden, output }: HeadSizes): readonly HeadLayer[] => [
  { width: hidden, norm: 'affine', isRectified: true },
  { width: output, norm: 'affine' },
];

/** Chen, Fan et al. 2020 (MoCo v2). Usual sizes 2048, 128. */
export const mocoProjection = ({ hidden, output }: HeadSizes): readonly HeadLayer[] => [
  { width: hidden, isRectified: true },
  { width: output },
];

/** Chen and He 2020. Usual sizes 2048, 2048. */
export const simsiamProjection = ({ hidden, output }: HeadSizes): readonly HeadLayer[] => [
  { width: hidden, norm: 'affine', isRectified: true },
  { width: hidden, norm: 'affine', isRectified: true },
  { width: output, norm: 'plain' },
];

/** Chen and He 2020. Usual sizes 512, 2048. */
export const simsiamPrediction = ({ hidden, output }: HeadSizes): readonly HeadLayer[] => [
  { width: hidden, norm: 'affine', isRectified: true },
  { width: output },
];

/** Grill et al. 2020; projection and prediction alike. Usual sizes 4096, 256. */
export const byolHead = ({ hidden, output }: HeadSizes): readonly HeadLayer[] => [
  { width: hidden, norm: 'affine', isRectified: true },
  { width: output },
];

/** Zbontar et al. 2021. Usual sizes 8192, 8192. */
export const barlowTwinsProjection = ({ hidden, output }: HeadSizes): readonly HeadLayer[] => [
  { width: hidden, norm: 'affine', isRectified: true },
  { width: hidden, norm: 'affine', isRectified: true },
  { width: output },
];

/** Bardes et al. 2021. Usual sizes 2048, 2048. */
export const vicregProjection = barlowTwinsProjection;
