// Label Studio: tasks to import, one for each image.
import { addressOf, type Exporter, type ExportOptions, identityOf, jsonList } from './exporter.ts';
import type { AnnotationItem } from './item.ts';
import type { Box } from './labels.ts';

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
  { dataKey = 'image', prefix = LOCAL_FILES, ...names }: TaskOptions,
) => ({
  data: { [dataKey]: addressOf(item, { prefix }), ...identityOf(item) },
  meta: {
    width: item.width,
    height: item.height,
    sha256: item.sha256,
    reason: item.reason,
    distance: item.distance,
  },
  ...(item.predictions !== undefined && { predictions: predictionsOf(item, names) }),
});

/** How the labelling configuration calls what predictions are for. */
export interface TaskOptions extends Pick<ExportOptions, 'dataKey' | 'prefix' | 'toName'> {
  /** A name for all, or the one for a task of predictions. */
  readonly fromName?: string | ((task: string, type: ControlType) => string) | undefined;
}

export type ControlType = 'rectanglelabels' | 'choices';

/** One for each task of predictions, as if each were of a model of its own; its score is the mean. */
const predictionsOf = (
  { predictions = [], width, height }: AnnotationItem,
  { fromName, toName = 'image' }: TaskOptions,
) => {
  const tasks = [...new Set(predictions.map(({ task }) => task))];
  return tasks.map((task) => {
    const own = predictions.filter((each) => each.task === task);
    const result = own.map(({ category, box, score }, i) => {
      const type: ControlType = box === undefined ? 'choices' : 'rectanglelabels';
      const control = typeof fromName === 'function' ? fromName(task, type) : (fromName ?? task);
      const place = box === undefined ? {} : { rotation: 0, ...percent(box, width, height) };
      return {
        id: `${task}-${i}`,
        type,
        from_name: control,
        to_name: toName,
        original_width: width,
        original_height: height,
        image_rotation: 0,
        score,
        value: { ...place, [type]: [category] },
      };
    });
    const score = own.reduce((sum, each) => sum + each.score, 0) / own.length;
    return { model_version: task, score, result };
  });
};

const percent = ([x, y, w, h]: Box, width: number, height: number) => ({
  x: (100 * x) / width,
  y: (100 * y) / height,
  width: (100 * w) / width,
  height: (100 * h) / height,
});
