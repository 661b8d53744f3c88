// What is known of one frame, by key. Pure.
import { FramesiftError } from '../base/errors.ts';
import { isDictionary } from '../formats/python-json.ts';

/** Keys of maps in maps have dots between: `weather.temperature`. */
export type FrameValues = ReadonlyMap<string, unknown>;

/** Null is as good as nothing. */
export const flatten = (values: Readonly<Record<string, unknown>>): Map<string, unknown> => {
  const flat = new Map<string, unknown>();
  const add = (prefix: string, each: Readonly<Record<string, unknown>>): void => {
    for (const [key, value] of Object.entries(each)) {
      if (isDictionary(value)) add(`${prefix}${key}.`, value as Readonly<Record<string, unknown>>);
      else if (value !== null) flat.set(`${prefix}${key}`, value);
    }
  };
  add('', values);
  return flat;
};

/** @param instead what there is, or what was looked for */
export const aboutNone = (path: string, filenames: readonly string[], instead: string): FramesiftError =>
  new FramesiftError(
    'ERR_METADATA',
    `${path}: says nothing of ${filenames[0]}, nor of any other of the ${filenames.length} frames; ${instead}. Give the metadata of this table.`,
    { facts: { path } },
  );
