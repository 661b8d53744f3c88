// All targets by the names that the command line has for them.
import { coco } from './coco.ts';
import { cvat } from './cvat.ts';
import type { Exporter } from './exporter.ts';
import { fiftyone } from './fiftyone.ts';
import { encord, groundTruth, labelbox, v7 } from './hosted.ts';
import { labelStudio } from './label-studio.ts';
import { lightly } from './lightly.ts';
import { csv, jsonl, yolo } from './plain.ts';
import type { TargetName } from './target-names.ts';

export const TARGETS: Readonly<Record<TargetName, Exporter>> = {
  'label-studio': labelStudio,
  cvat,
  coco,
  lightly,
  fiftyone,
  labelbox,
  encord,
  v7,
  'ground-truth': groundTruth,
  yolo,
  jsonl,
  csv,
};
