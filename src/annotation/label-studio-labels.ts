// Labels out of Label Studio's JSON export: tasks with their annotations.
import {
  areNumbers,
  type Box,
  boxAround,
  count,
  type Fields,
  type FrameLabel,
  isFields,
  type LabelDocument,
  type LabelledImage,
  labelError,
  textIn,
  turned,
} from './labels.ts';

/**
 * Of several annotations of a task one counts: ground truth before others, then what was changed last. Tasks that nobody
 * finished are not among the images. Regions count as what encloses them; coordinates are percent of the image's sides.
 *
 * @param label what messages call the document
 * @throws ERR_METADATA with the place
 */
export const labelStudioLabels = (tasks: readonly unknown[], label: string): LabelDocument => {
  const passedOver = new Map<string, number>();
  const images = tasks.flatMap((task, i): LabelledImage[] => {
    const place = `task ${i + 1}`;
    if (!isFields(task) || !isFields(task['data']))
      throw labelError(label, place, 'has no data. Export the project as JSON (not JSON-MIN).');
    const annotation = annotationOf(task);
    if (annotation === undefined) return [];
    const { result } = annotation;
    if (!Array.isArray(result))
      throw labelError(label, place, 'has an annotation without result. Export it again.');
    return [
      {
        place,
        ...identityIn(task['data'], label, place),
        labels: labelsOf(result, label, place, passedOver),
      },
    ];
  });
  return { images, declared: new Map(), passedOver };
};

const annotationOf = ({ annotations }: Fields): Fields | undefined => {
  const all: readonly unknown[] = Array.isArray(annotations) ? annotations : [];
  const finished = all.filter((each): each is Fields => isFields(each) && each['was_cancelled'] !== true);
  const changed = ({ updated_at: updated, created_at: created }: Fields): string =>
    textIn(updated) ?? textIn(created) ?? '';
  const best = (one: Fields, other: Fields): Fields => {
    const [isTruth, isOtherTruth] = [one['ground_truth'] === true, other['ground_truth'] === true];
    if (isTruth !== isOtherTruth) return isTruth ? one : other;
    return changed(other) >= changed(one) ? other : one;
  };
  return finished.length === 0 ? undefined : finished.reduce(best);
};

/** What `annotate` put into the task, and the address of the image. */
const identityIn = (data: Fields, label: string, place: string): Omit<LabelledImage, 'place' | 'labels'> => {
  const file = Object.values(data).find(
    (value): value is string => typeof value === 'string' && /\.(?:png|jpe?g|webp)(?:[?#].*)?$/i.test(value),
  );
  const [frameKey, name] = [textIn(data['frame_key']), textIn(data['name'])];
  if (frameKey === undefined && name === undefined && file === undefined)
    throw labelError(label, place, 'names no image. Export tasks that show images.');
  return { frameKey, name, file };
};

const labelsOf = (
  results: readonly unknown[],
  label: string,
  place: string,
  passedOver: Map<string, number>,
): FrameLabel[] => {
  const labelled = new Set(
    results.flatMap((each) => (isFields(each) && each['type'] === 'labels' ? [each['id']] : [])),
  );
  return results.flatMap((result, i): FrameLabel[] => {
    const at = `${place}, result ${i + 1}`;
    if (!isFields(result)) throw labelError(label, at, 'is no object. Export it again.');
    const { type, id, from_name: control, value } = result;
    // Relations are about two regions, which are there by themselves.
    if (type === 'relation') return [];
    if (!isFields(value)) throw labelError(label, at, 'has no value. Export it again.');
    const categories = typeof type === 'string' ? categoriesOf(type, value) : undefined;
    if (categories === undefined) {
      // The shape of a region whose labels are a result of their own.
      if (!labelled.has(id)) count(passedOver, String(type));
      return [];
    }
    const box = isRegion(value) ? boxOf(result, value) : undefined;
    if (box === null) {
      count(passedOver, String(type));
      return [];
    }
    const task = textIn(control) ?? String(type);
    return categories.map((category) => ({ task, category, box }));
  });
};

/** @returns undefined for what is no class */
const categoriesOf = (type: string, value: Fields): string[] | undefined => {
  const listed = value[type];
  if (type === 'taxonomy') {
    if (!Array.isArray(listed)) return undefined;
    return (listed as readonly unknown[]).flatMap((path) => (Array.isArray(path) ? [path.join('/')] : []));
  }
  if (type === 'rating') return typeof listed === 'number' ? [String(listed)] : undefined;
  if (type !== 'choices' && !type.endsWith('labels')) return undefined;
  return Array.isArray(listed)
    ? listed.filter((each): each is string => typeof each === 'string')
    : undefined;
};

/** Choices may be said of a region, too. */
const isRegion = (value: Fields): boolean =>
  ['x', 'points', 'rle', 'sequence', 'start', 'vertices'].some((key) => key in value);

/** @returns null where nothing encloses it: a point, a mask, a stretch of time */
const boxOf = ({ original_width: width, original_height: height }: Fields, value: Fields): Box | null => {
  if (!areNumbers([width, height])) return null;
  const [across, down] = [Number(width) / 100, Number(height) / 100];
  const limited = ([x, y, w, h]: Box): Box => {
    const [left, top] = [Math.max(0, x), Math.max(0, y)];
    return [left, top, Math.min(Number(width), x + w) - left, Math.min(Number(height), y + h) - top];
  };
  const { points, x, y, width: w, height: h, radiusX, radiusY, rotation = 0 } = value;
  if (Array.isArray(points)) {
    const pairs = points as readonly unknown[];
    const isPair = (pair: unknown): pair is [number, number] =>
      Array.isArray(pair) && pair.length === 2 && areNumbers(pair);
    if (pairs.length === 0 || !pairs.every(isPair)) return null;
    return limited(boxAround(pairs.map(([px, py]) => [px * across, py * down] as const)));
  }
  const ellipse = [x, y, radiusX, radiusY, rotation];
  if (areNumbers(ellipse)) {
    const [cx, cy, rx, ry, degrees] = ellipse as [number, number, number, number, number];
    const angle = (degrees * Math.PI) / 180;
    const [a, b] = [rx * across, ry * down];
    const halfWidth = Math.hypot(a * Math.cos(angle), b * Math.sin(angle));
    const halfHeight = Math.hypot(a * Math.sin(angle), b * Math.cos(angle));
    return limited([cx * across - halfWidth, cy * down - halfHeight, 2 * halfWidth, 2 * halfHeight]);
  }
  const rectangle = [x, y, w, h, rotation];
  if (!areNumbers(rectangle)) return null;
  const [left, top, wide, high, degrees] = rectangle as [number, number, number, number, number];
  const box: Box = [left * across, top * down, wide * across, high * down];
  return limited(turned(box, degrees, [box[0], box[1]]));
};
