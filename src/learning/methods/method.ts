// The contract of self-supervised methods: from two views of each picture to a loss.
import type { Tape, Tensor } from '../../autodiff/tape.ts';
import type { Scope } from '../network/scope.ts';

/** A network without its head. @param x [n, 3, height, width], or [n, width] of features @returns [n, features] */
export type Backbone = (scope: Scope, x: Tensor) => Tensor;

/** The graph that a method writes its part of. */
export interface MethodGraph {
  readonly tape: Tape;
  /** Of each picture, as the backbone takes it. */
  readonly views: readonly [Tensor, Tensor];
  readonly backbone: Backbone;
  /** The trained network, for a batch of so many views one after the other. */
  scope(views: number): Scope;
  /** The network that follows it slowly. Asking for it makes it part of the training's state. */
  momentumScope(views: number): Scope;
  /** Rows of earlier pictures, where a memory bank was asked for: [size, width of the projection]. */
  bank(width: number): Tensor | undefined;
  /** A random order of the batch and its inverse, int64 [batch], where shuffling was asked for. */
  readonly shuffle: { readonly order: Tensor; readonly inverse: Tensor } | undefined;
}

export interface MethodLoss {
  /** []. */
  readonly loss: Tensor;
  /** What the network made of one view, [batch, width]: rows that are all alike say that it has collapsed. */
  readonly projection: Tensor;
  /** Rows for the memory bank, of length 1: [batch, width]. */
  readonly keys?: Tensor | undefined;
}

export interface MethodOptions {
  /** Of the contrastive losses. Default 0.5; MoCo 0.1. */
  readonly temperature?: number | undefined;
  /** Width of the head's hidden layers; by the backbone's where left out. */
  readonly hiddenWidth?: number | undefined;
  /** Width of what the loss sees. */
  readonly outputWidth?: number | undefined;
}

export type Method = (graph: MethodGraph, options: MethodOptions) => MethodLoss;
