// Train, then embed: from a folder of videos to embeddings by an encoder of its own, as Lightly's `lightly-magic`.
import { join } from 'node:path';
import { RUN_FOLDER } from './base/run-folder.ts';
import type { EmbedOutcome } from './dataset/embedding-run.ts';
import { type EmbedOptions, embedFrames, refuseForeignTable } from './embed.ts';
import { type TrainOptions, type TrainOutcome, trainEncoder } from './train.ts';

export interface MagicOptions extends Omit<TrainOptions, 'epochs'> {
  /** 0: nothing is trained, and the model that is built in embeds. Default as of training. */
  readonly epochs?: number | undefined;
  /** Scale every embedding to length 1. */
  readonly normalize?: boolean | undefined;
}

export interface MagicOutcome {
  /** Undefined where nothing was trained. */
  readonly training: TrainOutcome | undefined;
  readonly embedding: EmbedOutcome;
}

/** Where things are, in the folder. */
const TRAINING_FOLDER = 'training';
const TABLE_FILE = 'embeddings.csv';

/**
 * Trains an encoder in `<outDir>/training` and writes the embeddings of the same frames to `<outDir>/embeddings.csv`. An
 * interrupted run is continued by the same call.
 *
 * @throws as {@link trainEncoder} and {@link embedFrames}
 */
export const magic = async (options: MagicOptions): Promise<MagicOutcome> => {
  const { outDir, epochs, labels: _, normalize, ...rest } = options;
  const out = join(outDir, TABLE_FILE);
  // Called again with the same options, there is nothing to do.
  const store = join(outDir, RUN_FOLDER, 'embeddings');
  // Not after hours of training.
  await refuseForeignTable({ out, store, force: options.force });
  const training =
    epochs === 0 ? undefined : await trainEncoder({ ...options, outDir: join(outDir, TRAINING_FOLDER) });
  const embedding = await embedFrames({
    ...(rest as Omit<EmbedOptions, 'out'>),
    out,
    model: training?.encoder,
    normalize,
    store,
    batchSize: undefined,
  });
  return { training, embedding };
};
