// What is known of every frame of a table besides its embedding, as Lightly's custom metadata.
import { customMetadataJson, type MetadataItem } from '../formats/custom-metadata.ts';
import type { JsonValue } from '../formats/python-json.ts';
import { motionBetween } from '../image/measures.ts';
import { decodeMeasures } from '../image/measures-record.ts';
import { Stillness } from '../signals/frozen.ts';
import type { EmbeddingStore } from './embedding-store.ts';
import type { TableRow, TableRows } from './embedding-table.ts';

/**
 * Writes the metadata of all rows; the file's name never shows half of it. `motion` is the change since the row
 * before of the same video, and is left out for the first. `still_seconds` is for how long the picture has stood still,
 * among the rows.
 *
 * @throws ERR_WRITE, or the signal's reason
 */
export const writeMetadata = async (
  path: string,
  key: string,
  rows: TableRows,
  store: EmbeddingStore,
  signal?: AbortSignal,
): Promise<void> => {
  if (store.published(path, key) !== undefined) return;
  const items = { [Symbol.iterator]: () => itemsOf(rows, store, signal) };
  await store.publish(path, key, encoded(customMetadataJson(items)));
};

function* itemsOf(rows: TableRows, store: EmbeddingStore, signal?: AbortSignal): Generator<MetadataItem> {
  const stillness = new Stillness();
  let last: { readonly media: string; readonly thumbnail: Uint8Array } | undefined;
  for (const row of rows) {
    signal?.throwIfAborted();
    const { thumbnail, perceptualHash, ...numbers } = decodeMeasures(store.readExtra(row.media, row.frame));
    const change = {
      motion: last?.media === row.media ? motionBetween(last.thumbnail, thumbnail) : undefined,
      stillSeconds: row.seconds === undefined ? undefined : stillness.next(row.media, row.seconds, thumbnail),
    };
    yield [row.name, metadataOf(row, { ...numbers, ...change }, perceptualHash)];
    last = { media: row.media, thumbnail };
  }
}

const metadataOf = (
  { frame, seconds }: TableRow,
  numbers: Readonly<Record<string, number | undefined>>,
  perceptualHash: string,
): Record<string, JsonValue> => {
  const metadata: Record<string, JsonValue> = {};
  if (seconds !== undefined) {
    metadata['frame_index'] = frame;
    metadata['timestamp_sec'] = rounded(seconds, 1e6);
  }
  for (const [name, value] of Object.entries(numbers))
    if (value !== undefined) metadata[snakeCase(name)] = rounded(value, name === 'stillSeconds' ? 1e6 : 1e4);
  return { ...metadata, perceptual_hash: perceptualHash };
};

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** More digits than these say nothing, and make the file larger. */
const rounded = (value: number, factor: number): number => Math.round(value * factor) / factor;

function* encoded(texts: Iterable<string>): Generator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}
