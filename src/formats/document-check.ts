// Lightly's JSON documents: which one a value is, and what is wrong with it.
import { isInside } from '../base/files.ts';
import { quote } from '../base/quote.ts';

export type DocumentKind =
  | 'custom metadata'
  | 'metadata'
  | 'metadata schema'
  | 'predictions'
  | 'prediction schema'
  | 'prediction tasks';

/** Something wrong in a document. */
export interface DocumentProblem {
  /** `images[3].id`. */
  readonly place: string;
  /** What is wrong, then what to do: whole sentences. */
  readonly message: string;
}

export interface DocumentReport {
  readonly kind: DocumentKind;
  /** How many of `unit` it holds. */
  readonly size: number;
  readonly unit: 'images' | 'values' | 'predictions' | 'categories' | 'tasks';
  readonly problems: readonly DocumentProblem[];
}

const TASK_TYPES = [
  'classification',
  'object-detection',
  'semantic-segmentation',
  'instance-segmentation',
  'keypoint-detection',
];
const VALUE_TYPES = [
  'NUMERIC_INT',
  'NUMERIC_FLOAT',
  'CATEGORICAL_INT',
  'CATEGORICAL_STRING',
  'CATEGORICAL_BOOLEAN',
  'CATEGORICAL_DATETIME',
  'CATEGORICAL_TIMESTAMP',
  'OTHER_STRING',
];
const FILE_TYPES = ['image', 'video', 'frame'];
const IMAGE_NAME = /\.(?:png|jpe?g|webp|bmp|tiff?)$/i;

type Dictionary = Readonly<Record<string, unknown>>;

/**
 * @param fileName without folders: a list of names is taken for tasks when it is called `tasks.json`, or no name is
 *   that of an image
 * @returns undefined for a document of another kind
 */
export const checkDocument = (document: unknown, fileName: string): DocumentReport | undefined => {
  const problems = new Problems();
  if (Array.isArray(document)) return checkArray(document, fileName, problems);
  if (!isDictionary(document)) return undefined;
  const { images, metadata, predictions, categories, task_type: taskType } = document;
  if (images !== undefined && metadata !== undefined) {
    checkCustomMetadata(document, problems);
    return { kind: 'custom metadata', size: lengthOf(images), unit: 'images', problems: problems.found };
  }
  if (predictions !== undefined) {
    checkPredictions(document, problems);
    return {
      kind: 'predictions',
      size: lengthOf(predictions),
      unit: 'predictions',
      problems: problems.found,
    };
  }
  if (categories !== undefined || taskType !== undefined) {
    problems.expect(
      TASK_TYPES.includes(String(taskType)),
      'task_type',
      `must be one of ${TASK_TYPES.join(', ')}`,
    );
    checkNamed(categories, 'categories', problems);
    return {
      kind: 'prediction schema',
      size: lengthOf(categories),
      unit: 'categories',
      problems: problems.found,
    };
  }
  if (metadata === undefined) return undefined;
  problems.expect(typeof document['file_name'] === 'string', 'file_name', 'must be the name of a file');
  problems.expect(
    FILE_TYPES.includes(String(document['type'])),
    'type',
    `must be one of ${FILE_TYPES.join(', ')}`,
  );
  problems.expect(isDictionary(metadata), 'metadata', 'must be an object');
  const size = isDictionary(metadata) ? Object.keys(metadata).length : 0;
  return { kind: 'metadata', size, unit: 'values', problems: problems.found };
};

const checkArray = (
  items: readonly unknown[],
  fileName: string,
  problems: Problems,
): DocumentReport | undefined => {
  const size = items.length;
  if (items.some((item) => isDictionary(item) && 'valueDataType' in item) || fileName === 'schema.json') {
    for (const [item, place] of problems.dictionaries(items, '')) {
      problems.expect(isText(item['name']), `${place}.name`, 'must be a name');
      problems.expect(
        isText(item['path']),
        `${place}.path`,
        'must be the path of a value: keys with dots between',
      );
      problems.expect('defaultValue' in item, `${place}.defaultValue`, 'is missing');
      const type = String(item['valueDataType']);
      problems.expect(
        VALUE_TYPES.includes(type),
        `${place}.valueDataType`,
        `must be one of ${VALUE_TYPES.join(', ')}`,
      );
    }
    return { kind: 'metadata schema', size, unit: 'values', problems: problems.found };
  }
  const isTasks = size > 0 && items.every((item) => typeof item === 'string' && !IMAGE_NAME.test(item));
  if (fileName !== 'tasks.json' && !isTasks) return undefined;
  const names = new Set<unknown>();
  for (const [i, name] of items.entries()) {
    problems.expect(isText(name), `[${i}]`, 'must be the name of a task');
    problems.expect(
      !isText(name) || isInside(String(name)),
      `[${i}]`,
      `is ${quote(String(name))}, which leads out of the folder of predictions`,
    );
    problems.expect(!names.has(name), `[${i}]`, `repeats the task ${quote(String(name))}`);
    names.add(name);
  }
  return { kind: 'prediction tasks', size, unit: 'tasks', problems: problems.found };
};

const checkCustomMetadata = ({ images, metadata }: Dictionary, problems: Problems): void => {
  const ids = new Set<unknown>();
  const places = new Map<unknown, string>();
  for (const [image, place] of problems.dictionaries(images, 'images')) {
    const name = image['file_name'];
    problems.expect(Number.isInteger(image['id']), `${place}.id`, 'must be a whole number');
    problems.expect(!ids.has(image['id']), `${place}.id`, 'is the id of an earlier image, too');
    problems.expect(isText(name), `${place}.file_name`, 'must be the name of a file');
    const other = isText(name) ? places.get(name) : undefined;
    problems.expect(other === undefined, `${place}.file_name`, `is that of ${other}, too`);
    places.set(name, place);
    ids.add(image['id']);
  }
  const described = new Map<unknown, string>();
  for (const [item, place] of problems.dictionaries(metadata, 'metadata')) {
    const id = item['image_id'];
    problems.expect(ids.has(id), `${place}.image_id`, 'is not the id of an image');
    const other = described.get(id);
    problems.expect(other === undefined, `${place}.image_id`, `is that of ${other}, too`);
    described.set(id, place);
  }
};

const checkPredictions = (document: Dictionary, problems: Problems): void => {
  const { file_name: fileName, predictions } = document;
  problems.expect(fileName === undefined || isText(fileName), 'file_name', 'must be the name of a file');
  for (const [item, place] of problems.dictionaries(predictions, 'predictions')) {
    const { category_id: category, score, probabilities, bbox, segmentation, keypoints } = item;
    problems.expect(Number.isInteger(category), `${place}.category_id`, 'must be a whole number');
    problems.expect(score === undefined || isShare(score), `${place}.score`, 'must be a number from 0 to 1');
    problems.expect(
      probabilities === undefined || isListOf(probabilities, isShare),
      `${place}.probabilities`,
      'must be a list of numbers from 0 to 1',
    );
    problems.expect(
      bbox === undefined || (isListOf(bbox, Number.isFinite) && lengthOf(bbox) === 4),
      `${place}.bbox`,
      'must be [x, y, width, height] in pixels',
    );
    problems.expect(
      segmentation === undefined ||
        isListOf(segmentation, (run) => Number.isInteger(run) && Number(run) >= 0),
      `${place}.segmentation`,
      'must be a list of run lengths',
    );
    problems.expect(
      keypoints === undefined || isKeypoints(keypoints),
      `${place}.keypoints`,
      'must be a list of x, y and confidence of each, the confidence from 0 to 1',
    );
  }
};

const checkNamed = (items: unknown, place: string, problems: Problems): void => {
  const ids = new Set<unknown>();
  for (const [item, at] of problems.dictionaries(items, place)) {
    problems.expect(Number.isInteger(item['id']), `${at}.id`, 'must be a whole number');
    problems.expect(!ids.has(item['id']), `${at}.id`, 'is the id of an earlier one, too');
    problems.expect(typeof item['name'] === 'string', `${at}.name`, 'must be a text');
    ids.add(item['id']);
  }
};

class Problems {
  readonly found: DocumentProblem[] = [];

  expect(isRight: boolean, place: string, problem: string): void {
    if (!isRight) this.found.push({ place, message: `${problem}. Correct it.` });
  }

  /** The objects of a list, each with its place. */
  *dictionaries(list: unknown, place: string): Generator<readonly [Dictionary, string], void> {
    this.expect(Array.isArray(list), place, 'must be a list');
    if (!Array.isArray(list)) return;
    for (const [i, item] of (list as readonly unknown[]).entries()) {
      this.expect(isDictionary(item), `${place}[${i}]`, 'must be an object');
      if (isDictionary(item)) yield [item, `${place}[${i}]`];
    }
  }
}

const isDictionary = (value: unknown): value is Dictionary =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;

const isKeypoints = (value: unknown): boolean =>
  isListOf(value, Number.isFinite) &&
  lengthOf(value) % 3 === 0 &&
  (value as readonly unknown[]).every((number, i) => i % 3 < 2 || isShare(number));

const isListOf = (value: unknown, is: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(is);

const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);
