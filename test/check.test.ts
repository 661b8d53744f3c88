import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CheckedFile,
  checkFiles,
  type FileProblem,
  saveEmbeddingRowsAsParquet,
  writeNpy,
} from '../src/index.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'framesift-check-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** The one file, which must be among the done. */
const check = async (name: string, content: string | Uint8Array, fix = false): Promise<CheckedFile> => {
  const { done, failed } = await checkFiles({ files: [write(name, content)], fix });
  expect(failed).toEqual([]);
  return done[0]!;
};

const failureOf = async (name: string, content: string | Uint8Array) => {
  const path = write(name, content);
  const { done, failed } = await checkFiles({ files: [path] });
  expect(done).toEqual([]);
  const { item, error } = failed[0]!;
  expect(item).toBe(path);
  return { code: error.code, message: error.message.replace(path, 'FILE') };
};

const told = ({ row, column, place, message }: FileProblem): string =>
  [row ?? '-', column ?? '-', place ?? '-', message].join(' | ');

const HEADER = 'filenames,embedding_0,embedding_1,labels';

describe('embeddings', () => {
  test('a sound table', async () => {
    const path = join(folder, 'e.csv');
    expect(await check('e.csv', `${HEADER}\na,1,2,0\n"b,c",1e-05,-3.5,1\n`)).toEqual({
      path,
      kind: 'embeddings',
      size: 2,
      unit: 'rows',
      dimensions: 2,
      problems: [],
      problemCount: 0,
      notes: [],
      fixes: [],
    });
  });

  test('everything that is wrong in rows, with row and column', async () => {
    const rows = ['a,1,2,0', 'b,1,2', '', 'c,x,,cat', 'a,nan,1,1', ',1,inf,1', 'd,1,2,1.0'];
    const { problems, problemCount, size } = await check('e.csv', `${HEADER}\n${rows.join('\n')}\n`);
    expect(problems.map(told)).toEqual([
      '3 | - | - | the row has 3 cells, and the header has 4. Complete it, or remove it.',
      '4 | - | - | the row is blank. --fix removes it.',
      '5 | 2 | - | "x" is not a number. Correct it, or remove the row.',
      '5 | 3 | - | "" is not a number. Correct it, or remove the row.',
      '5 | 4 | - | the label "cat" is not a whole number. Correct it, or remove the row.',
      '6 | 1 | - | "a" is the name of row 2, too. Remove one of them.',
      '6 | 2 | - | the value "nan" is not finite. Embed the image again, or remove the row.',
      '7 | 1 | - | the file name is empty. Fill it in, or remove the row.',
      '7 | 3 | - | the value "inf" is not finite. Embed the image again, or remove the row.',
      '8 | 4 | - | the label "1.0" is not a whole number. Correct it, or remove the row.',
    ]);
    expect({ problemCount, size }).toEqual({ problemCount: 10, size: 6 });
  });

  test('everything that is wrong in the header', async () => {
    const { problems, notes, dimensions } = await check(
      'e.csv',
      '\ufefffiles, x,embedding_2,embedding_0,foo,labels,bar,masked\n',
    );
    expect(problems.map(told)).toEqual([
      '1 | 1 | - | a byte order mark (BOM) stands at the start of the file. --fix removes it.',
      '1 | 2 | - | the header must not contain whitespaces around a name: " x". Remove them.',
      '1 | 1 | - | the header must start with `filenames`, but its first cell is "files". Rename the column.',
      '1 | 2 | - | the columns before `labels` must be named `embedding_` and a number, but this one is " x". Rename it, or remove it.',
      '1 | 5 | - | the columns before `labels` must be named `embedding_` and a number, but this one is "foo". Rename it, or remove it.',
      '1 | 7 | - | the column "bar" does not belong to the table. --fix removes it.',
    ]);
    expect(notes).toEqual([
      'has the columns masked; --fix removes them',
      'the columns of the embedding are not numbered 0, 1, 2, … in order',
    ]);
    expect(dimensions).toBe(2);
  });

  test('masked and selected are no mistake, if they are 0 or 1', async () => {
    const { problems, notes } = await check(
      'e.csv',
      'filenames,masked,embedding_0,labels,selected\na,False,1,0,1.0\nb,2,1,0,\n',
    );
    expect(problems.map(told)).toEqual([
      '3 | 2 | - | "2" is neither 0 nor 1. Correct it.',
      '3 | 5 | - | "" is neither 0 nor 1. Correct it.',
    ]);
    expect(notes).toEqual(['has the columns masked, selected; --fix removes them']);
  });

  test.each([
    ['an empty file', '', '1 | - | - | the file is empty. It must at least name its columns.'],
    [
      'a blank first line',
      `\n${HEADER}`,
      '1 | - | - | the first line is blank. It must name the columns: filenames,embedding_0,…,labels.',
    ],
  ])('%s', async (_, content, first) => {
    expect(told((await check('e.csv', content)).problems[0]!)).toBe(first);
  });

  test('a hundred problems are enough', async () => {
    const { problems, problemCount } = await check('e.csv', `${HEADER}\n${'a\n'.repeat(250)}`);
    expect([problems.length, problemCount]).toEqual([100, 250]);
  });

  test('not UTF-8', async () => {
    expect(
      await failureOf('e.csv', Buffer.concat([Buffer.from(`${HEADER}\n`), Buffer.from([0xff])])),
    ).toEqual({
      code: 'ERR_EMBEDDINGS',
      message: `FILE, byte ${HEADER.length + 1}: this is not UTF-8 text. Save the file as UTF-8.`,
    });
  });

  test('--fix removes mark, blank rows and additional columns, and nothing else', async () => {
    const content = '\ufefffilenames,masked,embedding_0,labels,foo\r"a,b",0, 1.50,0,x\n\n\nb,1,2,1,y';
    const file = await check('fix.csv', content, true);
    expect(file).toMatchObject({
      size: 2,
      dimensions: 1,
      problems: [],
      notes: [],
      fixes: ['removed the byte order mark', 'removed 2 blank rows', 'removed the columns masked, foo'],
    });
    expect(readFileSync(file.path, 'utf8')).toBe(
      'filenames,embedding_0,labels\r\n"a,b", 1.50,0\r\nb,2,1\r\n',
    );
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test.each([
    ['what is sound', `${HEADER}\na,1,2,0`],
    ['what cannot be fixed', 'filenames,foo,labels\na,1,2\n\n'],
  ])('--fix leaves %s alone', async (_, content) => {
    const { path, fixes } = await check('alone.csv', content, true);
    expect(fixes).toEqual([]);
    expect(readFileSync(path, 'utf8')).toBe(content);
  });
});

test('a table that was cut short is told by its last row, wherever the cut is, and is not fixed', async () => {
  const whole = `${HEADER}\r\n"a,é",1.5,2.5,10\r\n"b""c",-1.25,3,11\r\n`;
  const bytes = Buffer.from(whole);
  const [start, end] = [bytes.indexOf('"b'), bytes.lastIndexOf(',')];
  for (let length = start + 1; length <= end; length++) {
    const content = bytes.subarray(0, length);
    const { path, problems, size, fixes } = await check('cut.csv', content, true);
    expect(problems.map(({ row }) => row)).toEqual([3]);
    expect(problems[0]!.message).toMatch(/^the row has [123] cells, and the header has 4\./);
    expect({ size, fixes }).toEqual({ size: 2, fixes: [] });
    expect(readFileSync(path).equals(content)).toBe(true);
  }
  const inCharacter = bytes.subarray(0, bytes.indexOf('é') + 1);
  expect((await failureOf('cut.csv', inCharacter)).message).toBe(
    `FILE, byte ${inCharacter.length - 1}: this is not UTF-8 text. Save the file as UTF-8.`,
  );
  // With the label cut off, and nothing but the comma left of it.
  expect((await check('cut.csv', bytes.subarray(0, end + 1))).problems.map(told)).toEqual([
    '3 | 4 | - | the label "" is not a whole number. Correct it, or remove the row.',
  ]);
});

describe('Parquet', () => {
  const row = (filename: string, ...values: number[]) => ({
    filename,
    embedding: Float32Array.from(values),
    label: 0,
  });

  test.each(['e.parquet', 'e.bin'])('a sound table: %s', async (name) => {
    const path = join(folder, name);
    await saveEmbeddingRowsAsParquet(path, 2, [row('a', 1, 2), row('b', 3, 4), row('c', 5, 6)]);
    expect((await checkFiles({ files: [path] })).done).toEqual([
      {
        path,
        kind: 'embeddings',
        size: 3,
        unit: 'rows',
        dimensions: 2,
        problems: [],
        problemCount: 0,
        notes: [],
        fixes: [],
      },
    ]);
  });

  test('names and values, with their rows', async () => {
    const path = join(folder, 'wrong.parquet');
    const rows = [row('a', 1, 2), row('', 1, 2), row('a', 1, Number.NaN), row('', Infinity, 1)];
    await saveEmbeddingRowsAsParquet(path, 2, rows);
    const { done } = await checkFiles({ files: [path] });
    expect(done[0]!.problems.map(told)).toEqual([
      '2 | - | - | the file name is empty. Fill it in, or remove the row.',
      '3 | - | - | "a" is the name of row 1, too. Remove one of them.',
      '3 | - | - | value 1 of the embedding is NaN, which is not finite. Embed the image again, or remove the row.',
      '4 | - | - | the file name is empty. Fill it in, or remove the row.',
      '4 | - | - | value 0 of the embedding is Infinity, which is not finite. Embed the image again, or remove the row.',
    ]);
    expect(done[0]!.problemCount).toBe(5);
  });

  test('what is none', async () => {
    expect((await failureOf('none.parquet', 'PAR1')).code).toBe('ERR_EMBEDDINGS');
    expect((await failureOf('text.parquet', 'filenames,labels\n')).message).toMatch(
      /^FILE: cannot be read as Parquet: /,
    );
  });
});

describe('frame lists', () => {
  test.each([
    ['l.txt', 'a-0-mp4.png\nimg.jpg\n'],
    ['l.csv', 'filenames,x\na-0-mp4.png,1\nimg.jpg,2\n'],
    ['l.json', '["a-0-mp4.png", "img.jpg"]'],
    ['l.jsonl', '{"name": "a-0-mp4.png"}\n{"name": "img.jpg"}\n'],
    ['many.json', '{"name": "a-0-mp4.png"}\n{"name": "img.jpg"}\n'],
    ['l', '["a-0-mp4.png", "img.jpg"]'],
    ['plain', 'a-0-mp4.png\nimg.jpg\n'],
  ])('%s', async (name, content) => {
    const file = await check(name, content);
    expect(file).toMatchObject({
      kind: 'frame list',
      size: 2,
      unit: 'names',
      dimensions: null,
      problems: [],
    });
  });

  test('names that lead out of the folder', async () => {
    const { problems, notes } = await check('l.txt', 'a.png\n/etc/a-0-mp4.png\na.png\n../b.png\n');
    expect(problems.map(told)).toEqual([
      `2 | - | - | "/etc/a-0-mp4.png" is an absolute path. Name videos by their path below the dataset's folder.`,
      `4 | - | - | "../b.png" has a ".." segment in its path. Name videos by their path below the dataset's folder.`,
    ]);
    expect(notes).toEqual(['1 name is repeated']);
  });

  test('a CSV without the column', async () => {
    expect(await failureOf('l.csv', 'names\na\n')).toEqual({
      code: 'ERR_LIST',
      message:
        'FILE, line 1: there is no column "filenames"; the columns are "names". Name the column of frame names "filenames".',
    });
  });
});

describe('JSON', () => {
  test.each([
    [
      'm.json',
      { images: [{ id: 0, file_name: 'a' }], metadata: [{ image_id: 0, x: 1 }] },
      'custom metadata',
      1,
      'images',
    ],
    [
      'p.json',
      { predictions: [{ category_id: 1, probabilities: [0.5, 0.5] }] },
      'predictions',
      1,
      'predictions',
    ],
    [
      'p.json',
      { file_name: 'a', predictions: [{ category_id: 1, bbox: [1, 2, 3, 4], score: 0.5 }] },
      'predictions',
      1,
      'predictions',
    ],
    [
      'p.json',
      { file_name: 'a', predictions: [{ category_id: 1, segmentation: [0, 4, 2], score: 1 }] },
      'predictions',
      1,
      'predictions',
    ],
    [
      'p.json',
      { predictions: [{ category_id: 1, keypoints: [-5, 6.5, 0.25, 7, 8, 1] }] },
      'predictions',
      1,
      'predictions',
    ],
    [
      'schema.json',
      { task_type: 'classification', categories: [{ id: 1, name: 'x' }] },
      'prediction schema',
      1,
      'categories',
    ],
    ['tasks.json', [], 'prediction tasks', 0, 'tasks'],
    ['t.json', ['task1', 'task2'], 'prediction tasks', 2, 'tasks'],
    [
      'schema.json',
      [{ name: 'a', path: 'a.b', defaultValue: 0, valueDataType: 'NUMERIC_INT' }],
      'metadata schema',
      1,
      'values',
    ],
    ['f.json', { file_name: 'a', type: 'frame', metadata: { x: 1, y: 2 } }, 'metadata', 2, 'values'],
  ])('%s %j', async (name, document, kind, size, unit) => {
    expect(await check(name, JSON.stringify(document))).toMatchObject({ kind, size, unit, problems: [] });
  });

  test.each([
    [
      { images: [{ id: 0 }, { id: 0, file_name: 'a' }, 1], metadata: [{ image_id: 5 }] },
      [
        'images[0].file_name | must be the name of a file. Correct it.',
        'images[1].id | is the id of an earlier image, too. Correct it.',
        'images[2] | must be an object. Correct it.',
        'metadata[0].image_id | is not the id of an image. Correct it.',
      ],
    ],
    [
      {
        images: [
          { id: 0, file_name: 'a' },
          { id: 1, file_name: 'a' },
        ],
        metadata: [{ image_id: 0 }, { image_id: 1 }, { image_id: 0 }],
      },
      [
        'images[1].file_name | is that of images[0], too. Correct it.',
        'metadata[2].image_id | is that of metadata[0], too. Correct it.',
      ],
    ],
    [{ images: 1, metadata: [] }, ['images | must be a list. Correct it.']],
    [
      {
        file_name: 1,
        predictions: [
          {
            category_id: 0.5,
            score: 2,
            bbox: [1],
            probabilities: [2],
            segmentation: [-1],
            keypoints: [1, 2, 2],
          },
        ],
      },
      [
        'file_name | must be the name of a file. Correct it.',
        'predictions[0].category_id | must be a whole number. Correct it.',
        'predictions[0].score | must be a number from 0 to 1. Correct it.',
        'predictions[0].probabilities | must be a list of numbers from 0 to 1. Correct it.',
        'predictions[0].bbox | must be [x, y, width, height] in pixels. Correct it.',
        'predictions[0].segmentation | must be a list of run lengths. Correct it.',
        'predictions[0].keypoints | must be a list of x, y and confidence of each, the confidence from 0 to 1. Correct it.',
      ],
    ],
    [
      { task_type: 'x', categories: [{ id: 1, name: 'a' }, { id: 1 }] },
      [
        'task_type | must be one of classification, object-detection, semantic-segmentation, instance-segmentation, keypoint-detection. Correct it.',
        'categories[1].id | is the id of an earlier one, too. Correct it.',
        'categories[1].name | must be a text. Correct it.',
      ],
    ],
    [
      { type: 'x', metadata: [] },
      [
        'file_name | must be the name of a file. Correct it.',
        'type | must be one of image, video, frame. Correct it.',
        'metadata | must be an object. Correct it.',
      ],
    ],
    [
      ['a', 'a', ''],
      ['[1] | repeats the task "a". Correct it.', '[2] | must be the name of a task. Correct it.'],
    ],
    [['cars', '../cars'], ['[1] | is "../cars", which leads out of the folder of predictions. Correct it.']],
    [
      [{ valueDataType: 'X' }],
      [
        '[0].name | must be a name. Correct it.',
        '[0].path | must be the path of a value: keys with dots between. Correct it.',
        '[0].defaultValue | is missing. Correct it.',
        '[0].valueDataType | must be one of NUMERIC_INT, NUMERIC_FLOAT, CATEGORICAL_INT, CATEGORICAL_STRING, CATEGORICAL_BOOLEAN, CATEGORICAL_DATETIME, CATEGORICAL_TIMESTAMP, OTHER_STRING. Correct it.',
      ],
    ],
  ])('problems of %j', async (document, expected) => {
    const { problems } = await check('x.json', JSON.stringify(document));
    expect(problems.map(({ place, message }) => `${place} | ${message}`)).toEqual(expected);
  });

  test('NaN, as Python writes it', async () => {
    const document = '{"images": [{"id": 0, "file_name": "NaN"}], "metadata": [{"image_id": 0, "x": NaN}]}';
    expect((await check('m.json', document)).problems).toEqual([]);
  });

  test('a byte order mark', async () => {
    const { problems } = await check('tasks.json', '\ufeff["a"]');
    expect(problems.map(told)).toEqual([
      '1 | 1 | - | a byte order mark (BOM) stands at the start of the file. --fix removes it.',
    ]);
    const { path, fixes, problemCount } = await check('tasks.json', '\ufeff["a"]', true);
    expect({ fixes, problemCount }).toEqual({ fixes: ['removed the byte order mark'], problemCount: 0 });
    expect(readFileSync(path, 'utf8')).toBe('["a"]');
  });

  test('no JSON', async () => {
    expect(await failureOf('x.json', '{"a": 1,\n "b": }')).toEqual({
      code: 'ERR_JSON',
      message: 'FILE, line 2: this is not JSON. Correct it, or write it again.',
    });
  });
});

describe('.npy', () => {
  const bytes = writeNpy({ data: new Float32Array(6), shape: [2, 3] });

  test.each(['a.npy', 'a.bin'])('%s', async (name) => {
    expect(await check(name, bytes)).toMatchObject({
      kind: 'npy',
      size: 2,
      dimensions: 3,
      problems: [],
      notes: ['type <f4, shape (2, 3)'],
    });
  });

  test('cut short', async () => {
    expect(await failureOf('a.npy', bytes.subarray(0, -1))).toEqual({
      code: 'ERR_NPY',
      message: 'FILE: the file ends early: 24 bytes of values are due, 23 are there. Copy it again.',
    });
  });
});

describe('what cannot be checked', () => {
  test('bytes of another kind', async () => {
    expect((await failureOf('a.bin', Buffer.from([1, 0, 2]))).code).toBe('ERR_UNKNOWN_FILE');
  });

  test('one failure does not stop the others', async () => {
    const files = [join(folder, 'nowhere.csv'), write('l.txt', 'a.png\n'), folder];
    const progress: number[] = [];
    const { done, failed } = await checkFiles({ files, onProgress: (each) => progress.push(each.done) });
    expect(done.map(({ path }) => path)).toEqual([files[1]]);
    expect(failed.map(({ item, error }) => [item, error.code])).toEqual([
      [files[0], 'ERR_NOT_FOUND'],
      [folder, 'ERR_READ'],
    ]);
    expect(progress).toEqual([1, 2, 3]);
  });

  test('an abort', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(checkFiles({ files: ['x'], signal })).rejects.toThrow('enough');
  });
});
