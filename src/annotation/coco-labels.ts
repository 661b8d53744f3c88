// Labels out of COCO: objects with their boxes.
import {
  areNumbers,
  type Box,
  boxAround,
  count,
  type Fields,
  type FrameLabel,
  isFields,
  type LabelDocument,
  labelError,
  OBJECTS,
  TAGS,
  textIn,
} from './labels.ts';

/**
 * Annotations without a box and without a shape are said of the whole image. COCO does not tell an image that nobody
 * looked at from one on which nothing was found.
 *
 * @param label what messages call the document
 * @throws ERR_METADATA with the place
 */
export const cocoLabels = (document: Fields, label: string): LabelDocument => {
  const passedOver = new Map<string, number>();
  const categories = new Map<unknown, string>();
  for (const [i, { id, name }] of fieldsIn(document, 'categories', label).entries()) {
    if (textIn(name) === undefined)
      throw labelError(label, `categories[${i}]`, 'has no name. Export it again.');
    categories.set(id, name as string);
  }
  const byImage = new Map<unknown, FrameLabel[]>();
  for (const [i, annotation] of fieldsIn(document, 'annotations', label).entries()) {
    const { image_id: image, category_id: id } = annotation;
    const place = `annotations[${i}]`;
    const category = categories.get(id);
    if (category === undefined)
      throw labelError(
        label,
        place,
        `has the category ${String(id)}, which is not among the categories. Export it again.`,
      );
    const box = boxOf(annotation, label, place);
    if (box === null) {
      count(passedOver, 'segmentation without bbox');
      continue;
    }
    const labels = byImage.get(image) ?? [];
    byImage.set(image, labels);
    labels.push({ task: box === undefined ? TAGS : OBJECTS, category, box });
  }
  const images = fieldsIn(document, 'images', label).map(
    ({ id, file_name: file, name, frame_key: frameKey }, i) => {
      const place = `images[${i}]`;
      if (textIn(file) === undefined) throw labelError(label, place, 'has no file_name. Export it again.');
      const labels = byImage.get(id) ?? [];
      byImage.delete(id);
      return { place, frameKey: textIn(frameKey), name: textIn(name), file: file as string, labels };
    },
  );
  for (const id of byImage.keys())
    throw labelError(
      label,
      'annotations',
      `speak of image ${String(id)}, which is not among the images. Export it again.`,
    );
  return { images, declared: new Map([[OBJECTS, [...categories.values()]]]), passedOver };
};

/** @returns undefined for what has no place in the image, null for a shape that is not known to be enclosed by anything */
const boxOf = ({ bbox, segmentation }: Fields, label: string, place: string): Box | null | undefined => {
  // Exporters of classes leave an empty list there.
  if (Array.isArray(bbox) && bbox.length > 0) {
    if (bbox.length === 4 && areNumbers(bbox)) return bbox as unknown as Box;
    throw labelError(label, place, 'has a bbox that is not four numbers. Export it again.');
  }
  if (!Array.isArray(segmentation))
    return segmentation === undefined || segmentation === null ? undefined : null;
  const flat = (segmentation as readonly unknown[]).flat();
  if (flat.length === 0) return undefined;
  if (!areNumbers(flat) || flat.length % 2 !== 0)
    throw labelError(label, place, 'has a segmentation that is no list of points. Export it again.');
  return boxAround(
    Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!] as const),
  );
};

const fieldsIn = (document: Fields, key: string, label: string): readonly Fields[] => {
  const list = document[key];
  if (!Array.isArray(list)) throw labelError(label, key, 'is no list. Export it again, as COCO.');
  const wrong = list.findIndex((item) => !isFields(item));
  if (wrong >= 0) throw labelError(label, `${key}[${wrong}]`, 'is no object. Export it again, as COCO.');
  return list as readonly Fields[];
};
