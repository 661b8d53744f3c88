// Labels in a table of embeddings: its rows that are labelled, with the number of their class.
import { FramesiftError } from '../base/errors.ts';
import { writeChunksAtomic } from '../base/file-chunks.ts';
import { rowOf } from '../base/matrix.ts';
import { nearest } from '../base/nearest.ts';
import { quote, quoteFirst } from '../base/quote.ts';
import { type EmbeddingRow, tableBytes, tableWriter } from '../formats/embedding-rows.ts';
import { frameKey } from '../frame/frame-key.ts';
import { loadCandidateTable } from '../table/candidate-table.ts';
import { type LabelledFrame, type LabelTask, labelsIn } from './label-files.ts';

/**
 * The task whose categories become labels: the one that was asked for, else the first that speaks of whole frames, else
 * the first.
 *
 * @throws ERR_OPTION for a name that there is not
 */
export const labelTaskOf = (tasks: readonly LabelTask[], name: string | undefined): LabelTask => {
  if (name === undefined) return tasks.find(({ type }) => type === 'classification') ?? tasks[0]!;
  const found = tasks.find((task) => task.name === name);
  if (found !== undefined) return found;
  const names = tasks.map((task) => task.name);
  const suggestion = nearest(name, names);
  const hint = suggestion === undefined ? '' : ` Did you mean ${quote(suggestion)}?`;
  throw new FramesiftError(
    'ERR_OPTION',
    `no label belongs to a task ${quote(name)}.${hint} There are: ${quoteFirst(names, 20)}.`,
    { facts: { task: name, suggestion: suggestion ?? null } },
  );
};

/**
 * Of several labels the one that is there most often counts, the first in order among equals. Frames without a label of
 * the task are left out.
 *
 * @returns how many rows were written
 * @throws as `loadCandidateTable`; ERR_WRITE; ERR_EMBEDDINGS when no row of the table is labelled
 */
export const writeLabelledTable = async (
  path: string,
  embeddings: string,
  frames: readonly LabelledFrame[],
  task: LabelTask,
  signal: AbortSignal | undefined,
): Promise<number> => {
  const table = await loadCandidateTable(embeddings, signal);
  const byFrame = new Map(frames.map((frame) => [frameKey(frame.filename), frame]));
  const rows: EmbeddingRow[] = [];
  for (const [row, filename] of table.filenames.entries()) {
    const frame = byFrame.get(frameKey(filename));
    const label =
      frame && commonest(labelsIn(frame, task).map(({ category }) => task.categories.indexOf(category)));
    if (label !== undefined) rows.push({ filename, embedding: rowOf(table.embeddings, row), label });
  }
  if (rows.length === 0)
    throw new FramesiftError(
      'ERR_EMBEDDINGS',
      `${embeddings}: none of its rows has a label of the task ${quote(task.name)}. Give the table that the frames were selected from.`,
      { facts: { path: embeddings, task: task.name } },
    );
  const { columns } = table.embeddings;
  await writeChunksAtomic(path, tableBytes(tableWriter(path, columns), columns, rows));
  return rows.length;
};

const commonest = (labels: readonly number[]): number | undefined => {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const order = [...counts].sort(([a, many], [b, more]) => more - many || a - b);
  return order[0]?.[0];
};
