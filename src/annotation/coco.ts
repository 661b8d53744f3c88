// COCO: images without annotations yet, as most tools read them.
import { addressOf, type Exporter, identityOf, jsonList } from './exporter.ts';

export const coco: Exporter = {
  title: 'COCO',
  hint: 'Import instances.json beside the images. Ids are the ranks.',
  files: (items, options) => {
    const { title = 'framesift', categories = ['object'] } = options;
    const info = { description: title, version: '1' };
    const all = categories.map((name, i) => ({ id: i + 1, name, supercategory: '' }));
    const imageOf = (item: Parameters<typeof identityOf>[0]) => {
      const { rank: id, width, height } = item;
      return { id, file_name: addressOf(item, options), width, height, ...identityOf(item) };
    };
    const head = `{"info": ${JSON.stringify(info)}, "licenses": [],\n"images": [`;
    const tail = `], "annotations": [],\n"categories": ${JSON.stringify(all)}}`;
    return [{ name: 'instances.json', text: jsonList(items, head, imageOf, tail) }];
  },
};
