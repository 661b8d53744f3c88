// stub
import { readFile } from 'node:fs/promises';
import type { JsonValue } from '../formats/python-json.ts';
import type { ClassShares } from '../selection/candidates.ts';
export interface FrameMetadata {
  readonly keys: readonly string[];
  numbers(key: string): Float64Array;
  classes(key: string): ClassShares;
  value(key: string, frame: number): JsonValue | undefined;
}
export const readFrameMetadata = async (
  path: string,
  filenames: readonly string[],
  _signal?: AbortSignal,
): Promise<FrameMetadata> => {
  const doc = JSON.parse(await readFile(path, 'utf8')) as {
    images: { id: number; file_name: string }[];
    metadata: ({ image_id: number } & Record<string, JsonValue>)[];
  };
  const byId = new Map(doc.metadata.map((m) => [m.image_id, m]));
  const byName = new Map(doc.images.map((i) => [i.file_name, byId.get(i.id)!]));
  const value = (key: string, frame: number) => byName.get(filenames[frame]!)?.[key];
  return {
    keys: [...new Set([...byName.values()].flatMap((m) => Object.keys(m ?? {})))].sort(),
    numbers: (key) => Float64Array.from(filenames, (_, i) => Number(value(key, i))),
    classes: () => {
      throw new Error('stub');
    },
    value,
  };
};
