// FiftyOne: a table of samples, and the program that loads it, since its own folders are not for other programs to write.
import { csvRecord } from '../formats/csv.ts';
import { addressOf, type Exporter } from './exporter.ts';

const COLUMNS = [
  'filepath',
  'frame_key',
  'video',
  'frame',
  'frame_number',
  'seconds',
  'rank',
  'reason',
  'distance',
] as const;

const LOADER = `"""Loads samples.csv, which lies beside this file, into a dataset of FiftyOne.

usage: python load_fiftyone.py IMAGES [DATASET]
"""

import csv
import os
import sys

import fiftyone as fo

images = sys.argv[1]
dataset = fo.Dataset(sys.argv[2] if len(sys.argv) > 2 else "framesift", overwrite=True, persistent=True)
samples = []
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "samples.csv"), newline="", encoding="utf-8") as table:
    for row in csv.DictReader(table):
        sample = fo.Sample(filepath=os.path.join(images, row["filepath"]))
        for field in ("frame_key", "video", "reason"):
            sample[field] = row[field]
        for field in ("frame", "frame_number", "rank"):
            sample[field] = int(row[field])
        for field in ("seconds", "distance"):
            sample[field] = float(row[field]) if row[field] else None
        samples.append(sample)
dataset.add_samples(samples)
print(dataset)
`;

export const fiftyone: Exporter = {
  title: 'FiftyOne',
  hint: 'python load_fiftyone.py IMAGES makes a dataset of samples.csv. frame counts from 0, frame_number from 1, as FiftyOne does.',
  files: (items, options) => [
    {
      name: 'samples.csv',
      text: (function* () {
        yield csvRecord(COLUMNS);
        for (const item of items) {
          const { frameKey, video, frame, seconds, rank, reason = '', distance = '' } = item;
          const cells = [
            addressOf(item, options),
            frameKey,
            video,
            frame,
            frame + 1,
            seconds,
            rank,
            reason,
            distance,
          ];
          yield csvRecord(cells.map(String));
        }
      })(),
    },
    { name: 'load_fiftyone.py', text: [LOADER] },
  ],
};
