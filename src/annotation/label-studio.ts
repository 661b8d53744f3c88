// Label Studio: tasks to import, one for each image.
import { addressOf, type Exporter, type ExportOptions, identityOf, jsonList } from './exporter.ts';
import type { AnnotationItem } from './item.ts';

/** What Label Studio serves files of its own machine under. */
const LOCAL_FILES = '/data/local-files/?d=';

export const labelStudio: Exporter = {
  title: 'Label Studio',
  hint: 'Import tasks.json into a project. For images on its own machine, set LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true and LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT, and add a local storage with the folder of the images, without syncing it.',
  files: (items, options) => [
    { name: 'tasks.json', text: jsonList(items, '[', (item) => labelStudioTask(item, options), ']') },
  ],
};

/** A task as the import takes it. */
export const labelStudioTask = (
  item: AnnotationItem,
  { dataKey = 'image', prefix = LOCAL_FILES }: Pick<ExportOptions, 'dataKey' | 'prefix'>,
) => ({
  data: { [dataKey]: addressOf(item, { prefix }), ...identityOf(item) },
  meta: {
    width: item.width,
    height: item.height,
    sha256: item.sha256,
    reason: item.reason,
    distance: item.distance,
  },
});
