// Lightly: metadata of the frames, as custom metadata and as the worker's folder.
import { customMetadataJson, type MetadataItem } from '../formats/custom-metadata.ts';
import { type JsonValue, pythonJson } from '../formats/python-json.ts';
import type { Exporter } from './exporter.ts';
import type { AnnotationItem } from './item.ts';

const metadataOf = ({
  frameKey,
  video,
  frame,
  pts,
  seconds,
  rank,
}: AnnotationItem): Record<string, JsonValue> => ({
  frame_key: frameKey,
  video,
  frame_index: frame,
  pts,
  timestamp_sec: seconds,
  rank,
});

const entry = (path: string, valueDataType: string, defaultValue: JsonValue) => ({
  name: path,
  path,
  defaultValue,
  valueDataType,
});

const SCHEMA = [
  entry('frame_key', 'OTHER_STRING', ''),
  entry('video', 'CATEGORICAL_STRING', ''),
  entry('frame_index', 'NUMERIC_INT', 0),
  entry('timestamp_sec', 'NUMERIC_FLOAT', 0),
  entry('rank', 'NUMERIC_INT', 0),
];

export const lightly: Exporter = {
  title: 'Lightly',
  hint: 'custom_metadata.json goes with an upload of the images; the folder metadata into .lightly of a data source.',
  *files(items) {
    const pairs: Iterable<MetadataItem> = {
      *[Symbol.iterator]() {
        for (const item of items) yield [item.file, metadataOf(item)];
      },
    };
    yield { name: 'custom_metadata.json', text: customMetadataJson(pairs) };
    yield { name: 'metadata/schema.json', text: [pythonJson(SCHEMA)] };
    for (const item of items) {
      const document = { file_name: item.file, type: 'frame', metadata: metadataOf(item) };
      yield { name: `metadata/${item.file.replace(/\.[^./]*$/, '')}.json`, text: [pythonJson(document)] };
    }
  },
};
