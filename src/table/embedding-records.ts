// Tables of embeddings as CSV files: their rows, one after the other.
import { FramesiftError } from '../base/errors.ts';
import { readChunks } from '../base/file-chunks.ts';
import type { CsvRecord } from '../formats/csv-reader.ts';
import { EmbeddingReader } from '../formats/embedding-reader.ts';
import { utf8Only } from '../formats/utf8.ts';

/** The data rows, once the header has been checked. @throws ERR_NOT_FOUND, ERR_READ, ERR_EMBEDDINGS */
export async function* embeddingRecords(
  path: string,
  reader = new EmbeddingReader(path),
): AsyncGenerator<CsvRecord, void> {
  for await (const chunk of utf8Only(readChunks(path), path)) yield* reader.push(chunk);
  yield* reader.end();
}

/** A second pass over a file has found other rows than the first. */
export const changedMeanwhile = (path: string): FramesiftError =>
  new FramesiftError('ERR_FILE_CHANGED', `${path}: the file was changed while it was read. Read it again.`, {
    facts: { path },
  });
