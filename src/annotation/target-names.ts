// The targets that there are. By itself, so that help can list them without loading any.
export const TARGET_NAMES = [
  'label-studio',
  'cvat',
  'coco',
  'lightly',
  'fiftyone',
  'labelbox',
  'encord',
  'v7',
  'ground-truth',
  'yolo',
  'jsonl',
  'csv',
] as const;

export type TargetName = (typeof TARGET_NAMES)[number];
