// Frames out of videos into image files: exactly those that were asked for.

import { writeAtomic } from './base/files.ts';
import { extractOnWorkers } from './batch/extract-on-workers.ts';
import { type ExtractionOptions, type ExtractOutcome, extractFrom } from './dataset/extraction.ts';
import type { FolderReadingOptions } from './dataset/reading-options.ts';
import { openSource } from './dataset/source.ts';
import type { ExtractedFrame } from './image/frame-files.ts';

export interface ExtractOptions extends ExtractionOptions, FolderReadingOptions {
  /** A folder of videos (or of images), or one of them. */
  readonly input: string;
  /** A queue (`redis://…`, `postgres://…`) whose workers extract: see `runWorker`. They must see the same folders. */
  readonly queue?: string | undefined;
  /** Something that people should know: no worker is there, the queue is out of reach. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  /** A file to list the frames in, one JSON record a line, in the order asked for. */
  readonly manifest?: string | undefined;
}

/**
 * Extracts frames into image files that bear their names. An interrupted run continues where it was when it is
 * called again; `failed` holds what could not be had, and why.
 *
 * @throws ERR_NOT_FOUND, ERR_NO_INPUT, ERR_OPTION, ERR_WRITE, ERR_OUTPUT_BUSY, or the signal's reason
 */
export const extractFrames = async (options: ExtractOptions): Promise<ExtractOutcome> => {
  const source = await openSource(options.input, options);
  const outcome = await (options.queue === undefined || options.dryRun
    ? extractFrom(source, options)
    : extractOnWorkers(source, { ...options, queue: options.queue }));
  if (options.manifest !== undefined && !options.dryRun) await writeManifest(options.manifest, outcome.done);
  return outcome;
};

const writeManifest = (path: string, frames: readonly ExtractedFrame[]): Promise<void> =>
  writeAtomic(path, frames.map((frame) => `${JSON.stringify(frame)}\n`).join(''));
