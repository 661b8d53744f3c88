// What Lightly wants beside predictions: which tasks there are, and the categories of each.
import { FramesiftError } from '../base/errors.ts';
import { type JsonValue, pythonJson } from './python-json.ts';

/** The text of a `tasks.json`: the names of the tasks. */
export const tasksJson = (tasks: readonly string[]): string => pythonJson(tasks);

/**
 * The text of a task's `schema.json`.
 *
 * @param taskType `classification`, `object-detection`, …; not checked
 * @param ids of the categories, in the order of their names
 * @throws ERR_SHAPE when there are not as many ids as names
 */
export const schemaJson = (
  taskType: string,
  ids: readonly (number | bigint)[],
  names: readonly string[],
): string => {
  if (ids.length !== names.length) {
    throw new FramesiftError(
      'ERR_SHAPE',
      `the numbers of ids and names of the categories differ: (${ids.length}, ${names.length}). Give one name for each id.`,
      { facts: { ids: ids.length, names: names.length } },
    );
  }
  const categories: JsonValue = ids.map((id, i) => ({ id, name: names[i]! }));
  return pythonJson({ task_type: taskType, categories });
};
