import { describe, expect, it } from 'vitest';
import type { TrainingFile } from '../../src/dataset/training-frames.ts';
import { type TrainingFrames, trainingFramesOf } from '../../src/dataset/training-frames.ts';
import { formatFrameName } from '../../src/frame/name.ts';
import { type ClassLabels, classLabels, readClasses } from '../../src/training/class-labels.ts';
import { useScratch } from '../support/scratch.ts';

const scratch = useScratch();

/** Files of so many frames each, that exist nowhere. */
const framesOf = (counts: Readonly<Record<string, number>>): TrainingFrames => {
  const files = Object.entries(counts).map(([file, count], label): TrainingFile => {
    const frames = Uint32Array.from({ length: count }, (_, i) => 10 * i);
    const nameOf = (frame: number): string => formatFrameName(file, frame, 1000);
    return { file, label, contentKey: '', frames, starts: Uint32Array.of(0), shown: undefined, nameOf };
  });
  const source = { root: '', kind: 'videos', files: Object.keys(counts), problems: [] } as const;
  return trainingFramesOf(source, files, []);
};

const frames = framesOf({ 'a/1.mp4': 2, 'a/2.mp4': 1, 'b/1.mp4': 2 });

const labelled = async (labels: string, of = frames): Promise<ClassLabels> =>
  classLabels(labels, await readClasses(labels), of);

describe('classes', () => {
  it('are videos', async () => {
    expect(await labelled('video')).toEqual({
      classes: ['a/1.mp4', 'a/2.mp4', 'b/1.mp4'],
      samples: [0, 1, 2, 3, 4],
      labels: [0, 0, 1, 2, 2],
    });
  });

  it('are folders', async () => {
    expect(await labelled('folder')).toEqual({
      classes: ['a', 'b'],
      samples: [0, 1, 2, 3, 4],
      labels: [0, 0, 0, 1, 1],
    });
  });

  it.each([
    ['filenames,labels', 'filenames'],
    ['x,Label,y, FILENAME ', 'in another place, however it is spelt'],
    ['file_name,category', 'as COCO calls them'],
    ['name,class', 'shortly'],
  ])('are those of a table: %s', async (header) => {
    const cells = (name: string, label: string): string =>
      header
        .split(',')
        .map((column) => (/name/i.test(column) ? name : /label|category|class/i.test(column) ? label : '?'))
        .join(',');
    const table = [
      header,
      cells('a/1-0010-mp4.png', 'dog'),
      '',
      // However the number is padded, and whatever image it is; the first of two counts.
      cells('b/1-000-mp4.jpg', 'cat'),
      cells('b/1-0-mp4.png', 'cow'),
      cells('b/1-010-mp4.png', ''),
      cells('a/1-000-mp4.png', 'dog'),
      cells('elsewhere-0-mp4.png', 'cat'),
      'too short',
    ];
    const path = scratch.write('labels.csv', table.join('\n'));
    expect(await labelled(path)).toEqual({ classes: ['cat', 'dog'], samples: [0, 1, 3], labels: [1, 1, 0] });
  });
});
