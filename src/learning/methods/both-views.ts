// Both views through one network in one go: as fast as it gets, and each with batch statistics of its own.
import { concatenate, slice } from '../../autodiff/layout.ts';
import type { Tensor } from '../../autodiff/tape.ts';
import type { HeadLayer } from '../network/heads.ts';
import { head } from '../network/heads.ts';
import type { Scope } from '../network/scope.ts';
import type { MethodGraph } from './method.ts';

export interface Encoded {
  /** Of the first and of the second view: [batch, width]. */
  readonly halves: readonly [Tensor, Tensor];
  /** Both, one after the other: [2 batch, width]. */
  readonly all: Tensor;
}

/** Features of both views. @param scope for two views */
export const featuresOfBoth = ({ tape, views, backbone }: MethodGraph, scope: Scope): Tensor =>
  backbone(scope.in('backbone'), concatenate(tape, views));

/** What a head makes of both views. @param x [2 batch, in] */
export const headOfBoth = (
  { tape }: MethodGraph,
  scope: Scope,
  x: Tensor,
  layers: readonly HeadLayer[],
): Encoded => {
  const all = head(scope, x, layers);
  const batch = x.shape[0]! / 2;
  return { all, halves: [slice(tape, all, [0, batch]), slice(tape, all, [batch, 2 * batch])] };
};
