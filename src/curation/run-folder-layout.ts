// What lies where in the folder of a run: what people want to see, and, hidden, what the next run goes on from.
import { join } from 'node:path';
import { RUN_FOLDER } from '../base/run-folder.ts';

export interface RunLayout {
  /** The images that were selected. */
  readonly frames: string;
  /** Their names in the order of being picked; why, and what became of the others, is beside it. */
  readonly list: string;
  readonly table: string;
  /** What annotation tools are given, each in a folder of its own. */
  readonly annotation: string;
  readonly record: string;
  /** All embeddings that were ever computed for this folder. */
  readonly store: string;
  /** What was selected, with embeddings. */
  readonly pool: string;
  readonly state: string;
  readonly lock: string;
}

export const layoutOf = (outDir: string, tableFormat: 'csv' | 'parquet'): RunLayout => {
  const hidden = join(outDir, RUN_FOLDER);
  return {
    frames: join(outDir, 'frames'),
    list: join(outDir, 'sampled_filenames.txt'),
    table: join(outDir, `embeddings.${tableFormat}`),
    annotation: join(outDir, 'annotation'),
    record: join(outDir, 'run.json'),
    store: join(hidden, 'embeddings'),
    pool: join(hidden, 'pool'),
    state: join(hidden, 'selection.json'),
    lock: join(hidden, 'lock'),
  };
};
