// `extract` on many machines: shards of it go to workers, and what they wrote is put together as one machine had done it.
import { join } from 'node:path';
import { RUN_FOLDER } from '../base/run-folder.ts';
import { imageFileName } from '../dataset/extract-images.ts';
import { type ExtractionOptions, type ExtractOutcome, extractFrom } from '../dataset/extraction.ts';
import type { Source } from '../dataset/source.ts';
import { FrameFiles } from '../image/frame-files.ts';
import { finishShards, sharedSource, takeFinished, type WorkersOptions } from './finish-shards.ts';
import { type IsDone, shardsOf } from './shards.ts';

/** @throws as `extractFrom`, and as {@link finishShards} */
export const extractOnWorkers = async (
  source: Source,
  options: ExtractionOptions & WorkersOptions,
): Promise<ExtractOutcome> => {
  const { outDir, choice, format, quality, size, keepDamaged, stream } = options;
  const fileOf = source.kind === 'images' ? (name: string) => imageFileName(name, options) : undefined;
  const withFiles = async <T>(work: (files: FrameFiles) => Promise<T>): Promise<T> => {
    const files = await FrameFiles.open(outDir, { ...options, fileOf });
    try {
      return await work(files);
    } finally {
      await files.close();
    }
  };
  let adopted = 0;
  const take = async (done: string): Promise<void> => {
    adopted += await withFiles((files) => files.adopt(done));
  };
  const folder = join(outDir, RUN_FOLDER, 'queue-extract');
  await takeFinished(folder, take);
  const shards = await withFiles((files) => shardsOf(source, choice, isDoneIn(files), options));
  await finishShards(
    folder,
    shards,
    (shard) => ({
      kind: 'extract',
      source: sharedSource(source, shard),
      names: shard.names,
      options: { format, quality, size, keepDamaged, stream },
    }),
    take,
    options,
  );
  // All that is left is what workers could not have: it is tried here, and reported.
  const outcome = await extractFrom(source, { ...options, force: options.force === true && adopted === 0 });
  return { ...outcome, resumed: outcome.resumed - adopted };
};

/** What is in the way counts as done here: whoever puts all together reports it. */
const isDoneIn =
  (files: FrameFiles): IsDone =>
  (_file, key, frame, names) => {
    try {
      return names.every((name) => files.existing(name, key, frame) !== undefined);
    } catch {
      return true;
    }
  };
