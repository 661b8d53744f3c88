// What is known of one frame, by key. Pure.
import { isDictionary } from '../formats/python-json.ts';

/** Keys of maps in maps have dots between: `weather.temperature`. */
export type FrameValues = ReadonlyMap<string, unknown>;

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
