// `annotate import`: labels find back to their frames, and a selection can go by them.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { annotateFrames } from '../src/annotate.ts';
import { checkFiles } from '../src/check.ts';
import { type ImportLabelsOptions, importLabels } from '../src/import-labels.ts';
import { loadEmbeddings } from '../src/lightly.ts';
import { selectFrames } from '../src/select.ts';
import { run } from './support/command.ts';
import { usePipelineBench } from './support/pipeline.ts';
import { codeOf } from './support/thrown-by.ts';

const bench = usePipelineBench();

const labels = (...path: string[]): string => bench().at('labels', ...path);
const write = (name: string, content: unknown): string => {
  const path = bench().at(name);
  mkdirSync(bench().outDir, { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const importing = (files: string[], options: Partial<ImportLabelsOptions> = {}) =>
  importLabels({ files, outDir: labels(), frames: bench().outDir, ...options });

interface Task {
  readonly data: Readonly<Record<string, string | number>>;
}

/** What Label Studio exports when an annotator has worked through the tasks that `annotate` wrote. */
const annotated = async (classOf: (video: string, place: number) => string): Promise<Task[]> => {
  await annotateFrames({ from: bench().outDir, to: 'label-studio', outDir: bench().at('tasks') });
  const tasks = JSON.parse(readFileSync(bench().at('tasks', 'tasks.json'), 'utf8')) as Task[];
  return tasks.map(({ data, ...rest }, i) => {
    const common = { to_name: 'image', original_width: 128, original_height: 96 };
    const weather = {
      type: 'choices',
      from_name: 'weather',
      value: { choices: [classOf(String(data['video']), i)] },
    };
    const car = {
      type: 'rectanglelabels',
      from_name: 'objects',
      value: { x: 25, y: 50, width: 50, height: 25, rotation: 0, rectanglelabels: ['car'] },
    };
    const result = [weather, ...Array.from({ length: i % 3 }, () => car)].map((each, k) => ({
      id: `r${k}`,
      ...common,
      ...each,
    }));
    // Label Studio numbers tasks itself, and may give other addresses.
    const address = { ...data, image: `/data/upload/7/${i}-renamed.png` };
    return { ...rest, id: 100 + i, data: address, annotations: [{ id: i, was_cancelled: false, result }] };
  });
};

describe('labels of a run', () => {
  it('come back to their frames, and balance the next selection', async () => {
    const { frames } = await bench().pipeline({ nSamples: 12 });
    const rain = frames.slice(0, 3).map(({ filename }) => filename);
    const exported = await annotated((_, i) => (i < 3 ? 'rain' : 'sun'));
    const outcome = await importing([write('export.json', exported)], {
      embeddings: bench().at('embeddings.csv'),
    });
    expect(outcome).toMatchObject({
      frames: 12,
      tasks: [
        { name: 'objects', type: 'object-detection', categories: ['car'], labelCount: 12 },
        { name: 'weather', type: 'classification', categories: ['rain', 'sun'], labelCount: 12 },
      ],
      passedOver: {},
      labelledRows: 12,
      failed: [],
      files: ['tasks.json', 'labels.csv', 'labelled_filenames.txt', 'embeddings.csv'].map((name) =>
        labels(name),
      ),
    });
    // Everything that was written is what Lightly's readers take.
    const files = [
      labels('tasks.json'),
      labels('weather', 'schema.json'),
      labels('objects', rain[0]!.replace('.png', '.json')),
    ];
    const checked = await checkFiles({ files });
    expect(checked.done.map(({ problems }) => problems)).toEqual([[], [], []]);
    const lines = readFileSync(labels('labels.csv'), 'utf8').split('\r\n');
    expect(lines[0]).toBe('filenames,video,frame,seconds,task,category,x,y,width,height');
    const second = frames[1]!;
    expect(lines).toContain(
      `${second.filename},${second.video},${second.frame},${second.seconds},objects,car,32,48,64,24`,
    );

    const predictions = labels();
    const balanced = await selectFrames({
      embeddings: labels('embeddings.csv'),
      predictions,
      nSamples: 6,
      strategies: [
        { type: 'balance', source: { kind: 'class distribution', task: 'weather' }, target: 'uniform' },
      ],
    });
    const picked = balanced.frames.map(({ filename }) => filename);
    expect(picked.filter((name) => rain.includes(name))).toHaveLength(3);
    // The labels of the table are the numbers of the classes.
    const { labels: numbers, filenames } = await loadEmbeddings(labels('embeddings.csv'));
    expect(filenames.map((name) => (rain.includes(name) ? 0 : 1))).toEqual(numbers);
  });

  it('say what to look for', async () => {
    await bench().pipeline({ nSamples: 10 });
    const exported = await annotated((_, place) => (place < 2 ? 'night' : 'day'));
    await importing([write('export.json', exported)]);
    const result = await run([
      ...['select', bench().at('embeddings.csv'), '-n', '15', '--strategy', 'similarity'],
      ...['--like', 'weather/night', '--predictions', labels()],
      ...['--preselected', labels('labelled_filenames.txt')],
    ]);
    expect(result).toMatchObject({ code: 0 });
    // The five that are most like either of the two, of those that nobody has labelled.
    const { filenames, embeddings } = await loadEmbeddings(bench().at('embeddings.csv'));
    const rowOf = (name: string): number[] => {
      const start = filenames.indexOf(name) * embeddings.columns;
      return [...embeddings.data.subarray(start, start + embeddings.columns)];
    };
    const cosine = (one: string, other: string): number => {
      const [a, b] = [rowOf(one), rowOf(other)];
      const dot = a.reduce((sum, value, k) => sum + value * b[k]!, 0);
      return dot / Math.hypot(...a) / Math.hypot(...b);
    };
    const known = bench().listed();
    const closeness = (name: string): number =>
      Math.max(...known.slice(0, 2).map((night) => cosine(name, night)));
    const open = filenames.filter((name) => !known.includes(name)).map(closeness);
    const picked = result.stdout.trimEnd().split('\n');
    expect(picked).toHaveLength(5);
    const fifth = open.toSorted((a, b) => b - a)[4]!;
    for (const name of picked) expect(closeness(name)).toBeGreaterThanOrEqual(fifth - 1e-6);
    const nothing = await run([
      'select',
      ...[bench().at('embeddings.csv'), '-n', '15', '--strategy', 'similarity', '--like', 'weather/nigth'],
      ...['--predictions', labels()],
    ]);
    expect(nothing).toMatchObject({ code: 2 });
    expect(nothing.stderr).toContain('task "weather" has no category "nigth". Did you mean "night"?');
  });

  it('are joined by key where names and paths have changed, else by name, else by the end of the path', async () => {
    const { frames } = await bench().pipeline({ nSamples: 3, format: 'jpg' });
    const [byKey, byName, byPath] = frames.map(({ filename }) => filename) as [string, string, string];
    await annotateFrames({ from: bench().outDir, to: 'label-studio', outDir: bench().at('tasks') });
    const tasks = JSON.parse(readFileSync(bench().at('tasks', 'tasks.json'), 'utf8')) as Task[];
    const done = {
      annotations: [{ result: [{ type: 'choices', from_name: 'kind', value: { choices: ['a'] } }] }],
    };
    const file = write('export.json', [
      {
        data: { frame_key: tasks[0]!.data['frame_key'], name: 'moved/x-1-mp4.png', image: 'y.png' },
        ...done,
      },
      { data: { name: byName, image: 'y.png' }, ...done },
      {
        data: { image: `https://host/a%20b/${encodeURIComponent(byPath.replace('.png', '.jpg'))}?token=1` },
        ...done,
      },
      { data: { image: 'https://host/other-7-mp4.jpg' }, ...done },
    ]);
    const outcome = await importing([file]);
    expect(readFileSync(labels('labelled_filenames.txt'), 'utf8').trimEnd().split('\n').sort()).toEqual(
      [byKey, byName, byPath].sort(),
    );
    expect(outcome.failed.map(({ error }) => error.message)).toEqual([
      `${file}, task 4: https://host/other-7-mp4.jpg shows none of the frames that were given. Give the folder that they were selected or extracted into (--frames).`,
    ]);
  });

  it('come from COCO and from XML of CVAT, too, and a later file goes before an earlier one', async () => {
    const { frames } = await bench().pipeline({ nSamples: 2 });
    const [first, second] = frames.map(({ filename }) => filename) as [string, string];
    const coco = write('coco.json', {
      images: [
        { id: 1, file_name: `frames/${first}` },
        { id: 2, file_name: `frames\\${second}` },
      ],
      annotations: [
        { id: 1, image_id: 1, category_id: 1, bbox: [1, 2, 3, 4] },
        { id: 2, image_id: 2, category_id: 1, bbox: [1, 2, 3, 4] },
      ],
      categories: [
        { id: 1, name: 'car' },
        { id: 2, name: 'bus' },
      ],
    });
    const cvat = write(
      'annotations.xml',
      `<annotations><image id="0" name="${first}"><box label="van" xtl="0" ytl="0" xbr="5" ybr="5"/></image></annotations>`,
    );
    const outcome = await importing([coco, cvat]);
    expect(outcome.tasks).toEqual([
      { name: 'objects', type: 'object-detection', categories: ['bus', 'car', 'van'], labelCount: 2 },
    ]);
    const table = readFileSync(labels('labels.csv'), 'utf8');
    expect(table).toContain(`${second},`);
    expect(table).toMatch(/objects,van,0,0,5,5\r\n/);
    expect(table.match(/objects,car,1,2,3,4\r\n/g)).toHaveLength(1);
  });

  it('are believed where no frames are given, behind the prefix', async () => {
    const labelled = (image: string) => ({
      data: { image },
      annotations: [{ result: [{ type: 'choices', from_name: 'kind', value: { choices: ['a'] } }] }],
    });
    const good = [
      '/data/local-files/?d=day%201/clip-3-mp4.png',
      's3://bucket/x/clip-4-mp4.jpg',
      'clip-5-mp4.webp',
    ];
    const bad = ['https://host/clip-6-mp4.png', '../clip-7-mp4.png'];
    const file = write('export.json', [...good, ...bad].map(labelled));
    const outcome = await importing([file], { frames: undefined, prefix: 's3://bucket/' });
    expect(readFileSync(labels('labelled_filenames.txt'), 'utf8')).toBe(
      'clip-5-mp4.png\nday 1/clip-3-mp4.png\nx/clip-4-mp4.png\n',
    );
    expect(outcome.failed.map(({ item }) => item)).toEqual(bad);
  });
});

describe('the folder of labels', () => {
  const done = (name: string, kind: string, control = 'kind') => ({
    data: { name },
    annotations: [{ result: [{ type: 'choices', from_name: control, value: { choices: [kind] } }] }],
  });
  const again = (tasks: object[], options: Partial<ImportLabelsOptions> = {}) =>
    importing([write('export.json', tasks)], { frames: undefined, ...options });

  it('holds what the last import said, and no more', async () => {
    await again([done('a-1-mp4.png', 'x'), done('a-2-mp4.png', 'y', 'other')]);
    await again([done('a-3-mp4.png', 'z')]);
    expect(existsSync(labels('kind', 'a-1-mp4.json'))).toBe(false);
    expect(existsSync(labels('other'))).toBe(false);
    expect(JSON.parse(readFileSync(labels('tasks.json'), 'utf8'))).toEqual(['kind']);
  });

  it('keeps predictions of other origin', async () => {
    mkdirSync(labels('detector'), { recursive: true });
    writeFileSync(labels('tasks.json'), '["detector"]');
    writeFileSync(labels('detector', 'schema.json'), '{}');
    expect(await codeOf(again([done('a-1-mp4.png', 'x')]))).toMatch(/^ERR_OUTPUT_EXISTS .*is not empty/);
    await again([done('a-1-mp4.png', 'x')], { force: true });
    expect(JSON.parse(readFileSync(labels('tasks.json'), 'utf8'))).toEqual(['detector', 'kind']);
    expect(await codeOf(again([done('a-1-mp4.png', 'x', 'detector')], { force: true }))).toMatch(
      /^ERR_OUTPUT_EXISTS .*predictions of another origin/,
    );
    expect(readFileSync(labels('detector', 'schema.json'), 'utf8')).toBe('{}');
  });

  it('is a folder of that name, whatever a control is called', async () => {
    const { tasks } = await again([done('a-1-mp4.png', 'x', '../../up')]);
    expect(tasks.map(({ name }) => name)).toEqual(['__.._up']);
    expect(existsSync(labels('__.._up', 'a-1-mp4.json'))).toBe(true);
  });

  it('is not made when nothing is labelled', async () => {
    expect(await again([{ data: { name: 'a-1-mp4.png' }, annotations: [] }])).toMatchObject({
      frames: 0,
      files: [],
    });
    expect(await codeOf(again([{ data: { name: 'a-1-mp4.png' }, annotations: [{ result: [] }] }]))).toMatch(
      /^ERR_METADATA .*no frame has a label/,
    );
    expect(existsSync(labels())).toBe(false);
  });

  it.each([
    ['{"a": 1}', /is no export of Label Studio \(JSON\), no COCO and no XML of CVAT/],
    ['PK\u0003\u0004…', /is a zip archive\. Unpack it/],
    ['[{"data": 1},\n}', /line 2: this is not JSON/],
    ['<html><body>', /begins with html instead of annotations/],
  ])('%j is refused', async (text, message) => {
    expect(await codeOf(importing([write('export.json', text)], { frames: undefined }))).toMatch(message);
  });

  it('says on the command line what there is', async () => {
    const file = write('export.json', [
      {
        data: { name: 'a-1-mp4.png' },
        annotations: [
          {
            result: [
              { type: 'textarea', value: {} },
              { type: 'choices', from_name: 'kind', value: { choices: ['x'] } },
            ],
          },
        ],
      },
      done('../b-1-mp4.png', 'y'),
    ]);
    const { code, stdout: out, stderr: err } = await run(['annotate', 'import', file, '--out', labels()]);
    expect(code).toBe(3);
    expect(out).toBe(
      ['tasks.json', 'labels.csv', 'labelled_filenames.txt'].map((name) => `${labels(name)}\n`).join(''),
    );
    expect(err).toContain('kind (classification): 1 of x');
    expect(err).toContain('passed over, being no class and no box: 1 textarea');
    expect(err).toContain('../b-1-mp4.png is no path below a folder of frames');
    cpSync(labels(), bench().at('copy'), { recursive: true });
    const wrong = await run(['annotate', 'import', join(bench().outDir, 'nothing.json'), '--out', labels()]);
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toContain('there is no such file');
  });
});
