// `embed` on many machines: workers compute rows, the store of the table takes them.
import { join, resolve } from 'node:path';
import { FramesiftError } from '../base/errors.ts';
import type { FrameChoice } from '../dataset/choice.ts';
import type { Source } from '../dataset/source.ts';
import { type EmbeddingStore, mediaKey } from '../model/embedding-store.ts';
import { finishShards, sharedSource, takeFinished, type WorkersOptions } from './finish-shards.ts';
import type { ComputeOptions } from './jobs.ts';
import { shardsOf } from './shards.ts';

/** The device is that of the submitter: rows of other devices differ in their last digits. */
export interface EmbedOnWorkersOptions extends WorkersOptions, ComputeOptions {
  readonly out: string;
  readonly choice?: FrameChoice | undefined;
  readonly cache?: string | false | undefined;
  readonly jobs?: number | undefined;
}

const ALL: FrameChoice = { kind: 'sample', sampler: { every: 1 } };

/** @returns how many rows came from workers @throws as {@link finishShards} */
export const embedOnWorkers = async (
  source: Source,
  store: EmbeddingStore,
  options: EmbedOnWorkersOptions,
): Promise<number> => {
  const { out, choice = ALL, dtype, device, output, pooling, normalize, metadata, stream } = options;
  // A path means the same on all machines, a name of the hub is one.
  const model =
    options.model === undefined || /^hf:/.test(options.model) ? options.model : sharedModel(options.model);
  let rows = 0;
  const take = async (done: string): Promise<void> => {
    rows += store.absorb(join(done, 'store'));
  };
  const folder = `${out}.queue`;
  // Those of another model are of no use any more.
  await takeFinished(folder, (done) => take(done).catch(ignoreOtherRecipe));
  const shards = await shardsOf(
    source,
    choice,
    (file, key, frame) => store.has(mediaKey(file, key), frame),
    options,
  );
  await finishShards(
    folder,
    shards,
    (shard) => ({
      kind: 'embed',
      source: sharedSource(source, shard),
      names: shard.names,
      options: { model, dtype, device, output, pooling, normalize, metadata, stream },
    }),
    take,
    options,
  );
  return rows;
};

const ignoreOtherRecipe = (error: unknown): void => {
  if (!(error instanceof FramesiftError && error.code === 'ERR_OUTPUT_EXISTS')) throw error;
};

/** Names of built-in models have neither a separator nor an extension. */
const sharedModel = (model: string): string => (/[/\\]|\.onnx$/i.test(model) ? resolve(model) : model);
