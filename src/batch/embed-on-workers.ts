// `embed` on many machines: workers compute rows, the store of the table takes them.
import { resolve } from 'node:path';
import type { FrameChoice } from '../dataset/choice.ts';
import type { Source } from '../dataset/source.ts';
import { type EmbeddingStore, mediaKey } from '../model/embedding-store.ts';
import { finishShards, sharedSource, type WorkersOptions } from './finish-shards.ts';
import { shardsOf } from './shards.ts';

export interface EmbedOnWorkersOptions extends WorkersOptions {
  readonly out: string;
  readonly choice?: FrameChoice | undefined;
  readonly model?: string | undefined;
  readonly dtype?: string | undefined;
  /** That of the submitter: rows of other devices differ in their last digits. */
  readonly device: string;
  readonly output?: string | undefined;
  readonly pooling?: string | undefined;
  readonly normalize?: boolean | undefined;
  readonly metadata?: boolean | undefined;
  readonly stream?: number | undefined;
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
  const shards = await shardsOf(
    source,
    choice,
    (file, key, frame) => store.has(mediaKey(file, key), frame),
    options,
  );
  let rows = 0;
  await finishShards(
    `${out}.queue`,
    shards,
    (shard) => ({
      kind: 'embed',
      source: sharedSource(source, shard),
      names: shard.names,
      options: { model, dtype, device, output, pooling, normalize, metadata, stream },
    }),
    async (done) => {
      rows += store.absorb(`${done}/store`);
    },
    options,
  );
  return rows;
};

/** Names of built-in models have neither a separator nor an extension. */
const sharedModel = (model: string): string => (/[/\\]|\.onnx$/i.test(model) ? resolve(model) : model);
