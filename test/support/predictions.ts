/** Predictions of three frames, in Lightly's layout. */
import type { Scratch } from './scratch.ts';

export const FRAMES = ['a-0-mp4.png', 'd/a-1-mp4.png', 'c.jpg'];

/** Writes tasks with predictions of the frames, in order; undefined for a frame without a file. */
export const taskWriter =
  ({ write }: Scratch) =>
  (
    name: string,
    type: string,
    categories: readonly string[],
    predictions: readonly (readonly object[] | undefined)[],
  ): void => {
    write('predictions/tasks.json', [name]);
    const named = categories.map((category, id) => ({ id: id + 1, name: category }));
    write(`predictions/${name}/schema.json`, { task_type: type, categories: named });
    for (const [i, each] of predictions.entries())
      if (each !== undefined)
        write(`predictions/${name}/${FRAMES[i]!.replace(/\.[^.]*$/, '')}.json`, {
          file_name: FRAMES[i],
          predictions: each,
        });
  };
