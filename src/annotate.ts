// Selected frames for whoever labels them, in the format of the tool that they work with.
import { join } from 'node:path';
import { type ExportOptions, requirePrefix } from './annotation/exporter.ts';
import type { TargetName } from './annotation/target-names.ts';
import { TARGETS } from './annotation/targets.ts';
import { writeChunksAtomic } from './base/file-chunks.ts';
import { requireEmpty } from './base/files.ts';
import type { Failure } from './base/outcome.ts';
import { type AnnotationSource, findItems } from './curation/annotation-items.ts';

export interface AnnotateOptions extends AnnotationSource, ExportOptions {
  readonly to: TargetName;
  /** The folder for the files; made if need be. */
  readonly outDir: string;
  /** Write into a folder that holds something already. */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AnnotateOutcome {
  readonly frames: number;
  /** What was written; of folders with a file for each frame, only the first files. */
  readonly files: readonly string[];
  readonly failed: readonly Failure[];
  /** What the target is called, and what to do with the files there. */
  readonly target: string;
  readonly hint: string;
}

/** More are not worth naming. */
const FILES_TOLD = 10;

/**
 * Writes frames as an annotation tool imports them, in the order in which they were picked. What identifies a frame
 * (the content of its video, its number, pts and time) goes along wherever the tool keeps it. The same frames give the
 * same bytes.
 *
 * @throws ERR_NOT_FOUND, ERR_READ, ERR_LIST, ERR_NO_INPUT, ERR_OPTION, ERR_OUTPUT_EXISTS, ERR_WRITE, or the signal's
 *   reason; frames without an image are in the outcome
 */
export const annotateFrames = async (options: AnnotateOptions): Promise<AnnotateOutcome> => {
  const { to, outDir, force = false, signal } = options;
  const exporter = TARGETS[to];
  requirePrefix(exporter, options);
  if (!force) await requireEmpty(outDir, 'is not empty');
  const { items, failed } = await findItems(options);
  const files: string[] = [];
  if (items.length > 0) {
    for (const { name, text } of exporter.files(items, options)) {
      signal?.throwIfAborted();
      const path = join(outDir, name);
      await writeChunksAtomic(path, gathered(text, signal));
      if (files.length < FILES_TOLD) files.push(path);
    }
  }
  return { frames: items.length, files, failed, target: exporter.title, hint: exporter.hint };
};

/** Frames one by one, for programs that read them as they come. */
export interface FrameStream {
  readonly frames: number;
  readonly failed: readonly Failure[];
  /** A JSON object a line, each with its line end. */
  readonly lines: Iterable<string>;
}

/** What the target `jsonl` is given, without writing it. @throws as {@link annotateFrames} for what is read */
export const streamFrames = async (
  options: Omit<AnnotateOptions, 'to' | 'outDir' | 'force'>,
): Promise<FrameStream> => {
  const { items, failed } = await findItems(options);
  const [file] = TARGETS.jsonl.files(items, options);
  return { frames: items.length, failed, lines: file?.text ?? [] };
};

const CHUNK_LENGTH = 256 * 1024;

function* gathered(pieces: Iterable<string>, signal: AbortSignal | undefined): Generator<string> {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < CHUNK_LENGTH) continue;
    signal?.throwIfAborted();
    yield chunk;
    chunk = '';
  }
  yield chunk;
}
