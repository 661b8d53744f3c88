// Label Studio: tasks to import, one for each image.
import { addressOf, type Exporter, identityOf, jsonList } from './exporter.ts';

/** What Label Studio serves files of its own machine under. */
const LOCAL_FILES = '/data/local-files/?d=';

export const labelStudio: Exporter = {
  title: 'Label Studio',
  hint: 'Import tasks.json into a project. For images on its own machine, set LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true and LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT, and add a local storage with the folder of the images, without syncing it.',
  files: (items, options) => {
    const { dataKey = 'image', prefix = LOCAL_FILES } = options;
    const taskOf = (item: Parameters<typeof identityOf>[0]) => ({
      data: { [dataKey]: addressOf(item, { prefix }), ...identityOf(item) },
      meta: {
        width: item.width,
        height: item.height,
        sha256: item.sha256,
        reason: item.reason,
        distance: item.distance,
      },
    });
    return [{ name: 'tasks.json', text: jsonList(items, '[', taskOf, ']') }];
  },
};
