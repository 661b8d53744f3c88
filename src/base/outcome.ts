import { FramesiftError } from './errors.ts';

/** One item of a run that could not be done, and why. */
export interface Failure {
  /** What failed: a frame name, a file, a folder. */
  readonly item: string;
  readonly error: FramesiftError;
}

/**
 * What a run over many items returns: an item's failure is data, beside the items that were done.
 * Bugs and aborts are not items' failures; they are thrown.
 */
export interface Outcome<T> {
  readonly done: readonly T[];
  readonly failed: readonly Failure[];
}

/** Records an item's failure, and lets everything that is not one (a bug, an abort) through. */
export const failureOf = (item: string, error: unknown): Failure => {
  if (error instanceof FramesiftError) return { item, error };
  throw error;
};
