// CVAT: a manifest, with which it need not open every image, and the bodies of the requests that make a task.

import { type Exporter, identityOf, jsonLines } from './exporter.ts';
import type { AnnotationItem } from './item.ts';

/** Of the frames themselves nothing is known by CVAT but what their entry says. */
const entryOf = (item: AnnotationItem) => {
  const { stem, extension } = /^(?<stem>.*?)(?<extension>\.[^./]*)?$/s.exec(item.file)!.groups!;
  return {
    name: stem,
    extension: extension ?? '',
    width: item.width,
    height: item.height,
    meta: { related_images: [], ...identityOf(item) },
  };
};

export const cvat: Exporter = {
  title: 'CVAT',
  hint: 'Put manifest.jsonl beside the images on the share or in the cloud storage. task.json holds the bodies of POST /api/tasks and, with the id of its answer, POST /api/tasks/{id}/data.',
  files: (items, { title = 'framesift', categories = [] }) => [
    {
      name: 'manifest.jsonl',
      text: (function* () {
        yield '{"version":"1.1"}\n{"type":"images"}\n';
        yield* jsonLines(items, entryOf);
      })(),
    },
    {
      name: 'task.json',
      text: (function* () {
        const labels = categories.map((name) => ({ name, attributes: [] }));
        yield `{"task": ${JSON.stringify({ name: title, labels })},\n"data": {`;
        // In the order of the list, which is that of the ranks.
        yield '"image_quality": 70, "use_cache": true, "sorting_method": "predefined", "server_files": [';
        let isFirst = true;
        for (const { file } of items) {
          yield `${isFirst ? '' : ','}\n${JSON.stringify(file)}`;
          isFirst = false;
        }
        yield '\n]}}\n';
      })(),
    },
  ],
};
