// Lightly's custom metadata: a document in the manner of COCO, images and what is known of each.
import { FramesiftError } from '../base/errors.ts';
import { isDictionary, type JsonValue, pythonJson } from './python-json.ts';

/** The names of keys in custom metadata, which follow COCO. */
export const CocoAnnotationKeys = {
  images: 'images',
  imagesId: 'id',
  imagesFilename: 'file_name',
  customMetadata: 'metadata',
  customMetadataImageId: 'image_id',
} as const;

/** Metadata of one image: its file name, and whatever is known of it. */
export type MetadataItem = readonly [
  filename: string,
  metadata: { readonly [key: string]: JsonValue } | ReadonlyMap<string, JsonValue>,
];

export interface CustomMetadata {
  readonly images: readonly { readonly id: number; readonly file_name: string }[];
  readonly metadata: readonly { readonly [key: string]: JsonValue }[];
}

/**
 * Lays out metadata as Lightly takes it. Images are numbered from 0; a key `image_id` of an item's own replaces the
 * number, and stays first.
 *
 * @throws ERR_METADATA for an item that is not a file name and a dictionary
 */
export const formatCustomMetadata = (items: readonly MetadataItem[]): CustomMetadata => ({
  images: items.map(imageOf),
  metadata: items.map((item, id) => Object.fromEntries(metadataOf(item, id))),
});

const BLOCK_LENGTH = 256 * 1024;

/**
 * The same as the text of a JSON document, in pieces.
 *
 * @param items gone through twice
 * @throws ERR_METADATA as {@link formatCustomMetadata}, ERR_JSON for a value that JSON does not have
 */
export function* customMetadataJson(items: Iterable<MetadataItem>): Generator<string, void> {
  let block = `{"${CocoAnnotationKeys.images}": [`;
  for (const part of ['images', 'metadata'] as const) {
    if (part === 'metadata') block += `], "${CocoAnnotationKeys.customMetadata}": [`;
    let id = 0;
    for (const item of items) {
      const value = part === 'images' ? { ...imageOf(item, id) } : metadataOf(item, id);
      block += `${id++ === 0 ? '' : ', '}${pythonJson(value)}`;
      if (block.length < BLOCK_LENGTH) continue;
      yield block;
      block = '';
    }
  }
  yield `${block}]}`;
}

const imageOf = (item: MetadataItem, id: number): { id: number; file_name: string } => {
  checkItem(item, id);
  return { id, file_name: item[0] };
};

const metadataOf = (item: MetadataItem, id: number): Map<string, JsonValue> => {
  checkItem(item, id);
  const [, metadata] = item;
  const entries = metadata instanceof Map ? metadata : Object.entries(metadata);
  return new Map<string, JsonValue>([[CocoAnnotationKeys.customMetadataImageId, id], ...entries]);
};

const checkItem = (item: unknown, id: number): void => {
  if (Array.isArray(item) && item.length === 2 && typeof item[0] === 'string' && isDictionary(item[1]))
    return;
  throw new FramesiftError(
    'ERR_METADATA',
    `item ${id} of the metadata must be a pair [filename, dictionary]. Give an empty dictionary where nothing is known.`,
    { facts: { item: id } },
  );
};
