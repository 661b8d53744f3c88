// Services that fetch images by their addresses: what they import, as they document it.
import { addressOf, type Exporter, identityOf, jsonLines, jsonList } from './exporter.ts';
import type { AnnotationItem } from './item.ts';

export const labelbox: Exporter = {
  title: 'Labelbox',
  hint: 'Upload data-rows.ndjson as data rows. Their global keys are frame keys, so that nothing is uploaded twice.',
  needsPrefix: true,
  files: (items, options) => {
    const rowOf = (item: AnnotationItem) => ({
      row_data: addressOf(item, options),
      global_key: item.frameKey,
      external_id: item.name,
      metadata_fields: Object.entries(identityOf(item)).map(([name, value]) => ({ name, value })),
    });
    return [{ name: 'data-rows.ndjson', text: jsonLines(items, rowOf) }];
  },
};

export const encord: Exporter = {
  title: 'Encord',
  hint: 'Import images.json with the cloud integration of the bucket. Addresses that are there already are skipped.',
  needsPrefix: true,
  files: (items, options) => {
    const imageOf = (item: AnnotationItem) => ({
      objectUrl: addressOf(item, options),
      title: item.name,
      clientMetadata: identityOf(item),
    });
    const tail = '], "skip_duplicate_urls": true, "upsert_metadata": true}';
    return [{ name: 'images.json', text: jsonList(items, '{"images": [', imageOf, tail) }];
  },
};

export const groundTruth: Exporter = {
  title: 'SageMaker Ground Truth',
  hint: 'input.manifest is the input manifest of a labelling job in the region of the bucket.',
  needsPrefix: true,
  files: (items, options) => {
    const lineOf = (item: AnnotationItem) => ({
      'source-ref': addressOf(item, options),
      'frame-key': item.frameKey,
      'frame-identity': identityOf(item),
    });
    return [{ name: 'input.manifest', text: jsonLines(items, lineOf) }];
  },
};

/** V7 takes so many in a request. */
const ITEMS_PER_REQUEST = 100;

export const v7: Exporter = {
  title: 'V7 Darwin',
  hint: 'Each line of requests.ndjson is the body of one POST /api/v2/teams/{team}/items/register_existing; send at most 100 a minute.',
  needsPrefix: true,
  files: (items, { prefix = '', title = 'framesift' }) => [
    {
      name: 'requests.ndjson',
      text: (function* () {
        // The storage is known by its slug there, and files by their keys below the bucket.
        const [, slug = '', folder = ''] = /^(?:[a-z0-9+.-]+:\/\/)?([^/]*)\/?(.*)$/i.exec(prefix) ?? [];
        const itemOf = ({ file, name }: AnnotationItem) => ({
          path: '/',
          name,
          slots: [
            {
              slot_name: '1',
              storage_key: `${folder}${file}`,
              file_name: file.split('/').at(-1),
              as_frames: 'false',
            },
          ],
        });
        let gathered: AnnotationItem[] = [];
        const request = (): string =>
          `${JSON.stringify({ items: gathered.map(itemOf), dataset_slug: title, storage_slug: slug })}\n`;
        for (const item of items) {
          gathered.push(item);
          if (gathered.length < ITEMS_PER_REQUEST) continue;
          yield request();
          gathered = [];
        }
        if (gathered.length > 0) yield request();
      })(),
    },
  ],
};
