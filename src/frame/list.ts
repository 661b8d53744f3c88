import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { FramesiftError, messageOf, systemCodeOf } from '../base/errors.ts';
import { textBlocks } from './list-blocks.ts';
import { CsvListReader, isCsvHeader } from './list-csv.ts';
import { JsonListReader } from './list-json.ts';
import { type FrameListEntry, type ListReader, listError } from './list-reader.ts';
import { TextListReader } from './list-text.ts';

/** A list of frame names, in the order of the file. */
export interface FrameList {
  /** What messages call the list: its path, or where else it came from. */
  readonly label: string;
  /** At least one; names as written, not yet checked to be frame names. */
  readonly entries: readonly FrameListEntry[];
}

export type FrameListFormat = 'text' | 'csv' | 'json';

export interface FrameListOptions {
  /** Default: by the file's extension (.txt; .csv; .json, .jsonl, .ndjson), else by the content. */
  readonly format?: FrameListFormat | undefined;
  /** Default: the path, or "standard input". */
  readonly label?: string | undefined;
}

const FORMATS_BY_EXTENSION: Readonly<Record<string, FrameListFormat>> = {
  '.txt': 'text',
  '.csv': 'csv',
  '.json': 'json',
  '.jsonl': 'json',
  '.ndjson': 'json',
};

// A bracket alone is no sign of JSON: folders and videos are called `[cam 1]`, too.
const JSON_START = /^[[{]\s*(?:["[\]{}]|$)/;

/**
 * Reads a list of frame names: one a line, or the column `filenames` of a CSV (Lightly's embeddings are one), or
 * JSON (see {@link JsonListReader}). There are no comments: a video may be called `# 1.mp4`.
 *
 * Without a format or a telling extension the content decides: JSON starts with `[` or `{` and then a value, the first
 * line of a CSV has a column `filenames`, all else is text.
 *
 * @param source path of a file, or its bytes (standard input)
 * @throws ERR_NOT_FOUND when there is no such file; ERR_LIST when it cannot be read, is not UTF-8, breaks its
 *   format, or holds no name. The error's `line` is where.
 */
export const readFrameList = async (
  source: string | AsyncIterable<Uint8Array>,
  options: FrameListOptions = {},
): Promise<FrameList> => {
  const isPath = typeof source === 'string';
  const label = options.label ?? (isPath ? source : 'standard input');
  const format = options.format ?? (isPath ? FORMATS_BY_EXTENSION[extname(source).toLowerCase()] : undefined);
  const bytes = isPath ? createReadStream(source, { highWaterMark: 1024 * 1024 }) : source;
  let reader = format && readerFor(format, label);
  try {
    for await (const block of textBlocks(bytes, label)) {
      reader ??= readerByContent(block.text, label);
      reader?.read(block);
    }
  } catch (error) {
    throw readError(label, error);
  }
  const entries = reader?.finish() ?? [];
  if (entries.length === 0) {
    throw listError(label, undefined, 'the list holds no frame name. Write one on each line.');
  }
  return { label, entries };
};

const readerFor = (format: FrameListFormat, label: string): ListReader => {
  if (format === 'csv') return new CsvListReader(label);
  return format === 'json' ? new JsonListReader(label) : new TextListReader();
};

/** The reader for what the first line with anything on it shows; undefined while there is none. */
const readerByContent = (text: string, label: string): ListReader | undefined => {
  const firstLine = /\S.*/.exec(text)?.[0];
  if (firstLine === undefined) return undefined;
  if (JSON_START.test(firstLine)) return new JsonListReader(label);
  return isCsvHeader(firstLine) ? new CsvListReader(label) : new TextListReader();
};

/** What the system says about a file that cannot be read; all else (a bad line, an abort, a bug) passes. */
const readError = (label: string, error: unknown): unknown => {
  const system = systemCodeOf(error);
  if (error instanceof FramesiftError || system === undefined || !/^E[A-Z0-9]+$/.test(system)) return error;
  if (system === 'ENOENT') {
    return new FramesiftError('ERR_NOT_FOUND', `${label}: there is no such list. Check the path.`, {
      facts: { path: label },
      cause: error,
    });
  }
  if (system === 'EISDIR') {
    return listError(label, undefined, 'this is a folder. Give the list of frame names as a file.', error);
  }
  return listError(
    label,
    undefined,
    `cannot be read: ${messageOf(error)}. Check the file and who may read it.`,
    error,
  );
};
