// Targets that take a list: records, a table, or nothing but paths.
import { csvRecord } from '../formats/csv.ts';
import { addressOf, type Exporter, jsonLines } from './exporter.ts';
import type { AnnotationItem } from './item.ts';

const recordOf = (item: AnnotationItem, address: string) => {
  const { frameKey, rank, name, video, frame, pts, seconds, width, height, sha256, reason, distance } = item;
  return {
    rank,
    file: address,
    frame_key: frameKey,
    name,
    video,
    frame,
    pts,
    seconds,
    width,
    height,
    sha256,
    ...(reason !== undefined && { reason }),
    ...(distance !== undefined && { distance }),
  };
};

export const jsonl: Exporter = {
  title: 'JSON Lines',
  hint: 'frames.jsonl: one object for each image.',
  files: (items, options) => [
    { name: 'frames.jsonl', text: jsonLines(items, (item) => recordOf(item, addressOf(item, options))) },
  ],
};

const COLUMNS = [
  'rank',
  'file',
  'frame_key',
  'name',
  'video',
  'frame',
  'pts',
  'seconds',
  'width',
  'height',
  'sha256',
  'reason',
  'distance',
] as const;

export const csv: Exporter = {
  title: 'CSV',
  hint: 'frames.csv: one row for each image.',
  files: (items, options) => [
    {
      name: 'frames.csv',
      text: (function* () {
        yield csvRecord(COLUMNS);
        for (const item of items) {
          const record: Partial<Record<(typeof COLUMNS)[number], string | number>> = recordOf(
            item,
            addressOf(item, options),
          );
          yield csvRecord(COLUMNS.map((column) => String(record[column] ?? '')));
        }
      })(),
    },
  ],
};

export const yolo: Exporter = {
  title: 'YOLO',
  hint: 'train.txt: the paths of the images, for the key train of a data set. Labels go into .txt files beside the images.',
  files: (items, options) => [
    {
      name: 'train.txt',
      text: (function* () {
        for (const item of items) yield `${addressOf(item, options)}\n`;
      })(),
    },
  ],
};
