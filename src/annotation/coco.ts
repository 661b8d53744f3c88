// COCO: images, and what models predicted for them, as most tools read them.
import { addressOf, type Exporter, identityOf, jsonList } from './exporter.ts';
import type { AnnotationItem } from './item.ts';

export const coco: Exporter = {
  title: 'COCO',
  hint: 'Import instances.json beside the images. Ids are the ranks.',
  files: (items, options) => {
    const { title = 'framesift' } = options;
    const info = { description: title, version: '1' };
    const names = [...new Set([...(options.categories ?? []), ...predictedIn(items)])];
    if (names.length === 0) names.push('object');
    const all = names.map((name, i) => ({ id: i + 1, name, supercategory: '' }));
    const imageOf = (item: AnnotationItem) => {
      const { rank: id, width, height } = item;
      return { id, file_name: addressOf(item, options), width, height, ...identityOf(item) };
    };
    const head = `{"info": ${JSON.stringify(info)}, "licenses": [],\n"images": [`;
    return [
      {
        name: 'instances.json',
        text: (function* () {
          yield* jsonList(items, head, imageOf, '], "annotations": [');
          yield* annotationLines(items, names);
          yield `],\n"categories": ${JSON.stringify(all)}}\n`;
        })(),
      },
    ];
  },
};

const predictedIn = (items: Iterable<AnnotationItem>): string[] => {
  const found = new Set<string>();
  for (const { predictions = [] } of items)
    for (const { box, category } of predictions) if (box) found.add(category);
  return [...found].sort();
};

/** Objects with their boxes: COCO has no place for what is said of a whole image. */
function* annotationLines(items: Iterable<AnnotationItem>, names: readonly string[]): Generator<string> {
  const idOf = new Map(names.map((name, i) => [name, i + 1]));
  let id = 0;
  for (const { rank, predictions = [] } of items) {
    for (const { category, box, score } of predictions) {
      if (box === undefined) continue;
      const annotation = {
        id: ++id,
        image_id: rank,
        category_id: idOf.get(category),
        bbox: box,
        area: box[2] * box[3],
        iscrowd: 0,
        segmentation: [],
        score,
      };
      yield `${id === 1 ? '' : ',\n'}${JSON.stringify(annotation)}`;
    }
  }
}
