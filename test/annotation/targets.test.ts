// What each annotation tool is given, byte by byte, and what all of them must be given.
import { describe, expect, it } from 'vitest';
import type { ExportOptions } from '../../src/annotation/exporter.ts';
import { requirePrefix } from '../../src/annotation/exporter.ts';
import { type AnnotationItem, frameKeyOf } from '../../src/annotation/item.ts';
import { labelStudioLabels } from '../../src/annotation/label-studio-labels.ts';
import { TARGET_NAMES, type TargetName } from '../../src/annotation/target-names.ts';
import { TARGETS } from '../../src/annotation/targets.ts';
import { thrownBy } from '../support/thrown-by.ts';

const itemOf = (rank: number, file: string, extra: Partial<AnnotationItem> = {}): AnnotationItem => ({
  frameKey: frameKeyOf('ab'.repeat(32), rank),
  name: file.replace('.jpg', '.png'),
  file,
  video: 'a "b",c.mp4',
  frame: rank,
  pts: 512 * rank,
  seconds: rank / 25,
  width: 1920,
  height: 1080,
  sha256: 'cd'.repeat(32),
  rank,
  reason: undefined,
  distance: undefined,
  ...extra,
});

const ITEMS = [
  itemOf(1, 'Tag 1/ü "x", y-7-mp4.jpg', { reason: 'nearest to the mean of all' }),
  itemOf(2, 'plain-8-mp4.jpg', { reason: 'diversity', distance: 0.5, pts: '9007199254740993' }),
];

const PREFIX = 'https://host/f/';

const filesOf = (target: TargetName, options: ExportOptions = {}, items: Iterable<AnnotationItem> = ITEMS) =>
  Object.fromEntries(
    [...TARGETS[target].files(items, options)].map(({ name, text }) => [name, [...text].join('')]),
  );

const KEYS = ['abababababababababababababababab:1', 'abababababababababababababababab:2'];
const URLS = ['https://host/f/Tag%201/%C3%BC%20%22x%22%2C%20y-7-mp4.jpg', 'https://host/f/plain-8-mp4.jpg'];

describe('each target', () => {
  it.each(TARGET_NAMES)(
    '%s is given all frames in order, by what identifies them, the same each time',
    (target) => {
      const options = { prefix: PREFIX };
      const files = filesOf(target, options);
      expect(filesOf(target, options)).toEqual(files);
      const all = Object.values(files).join('\n');
      const isList = target === 'yolo';
      const marks = isList
        ? URLS
        : target === 'v7'
          ? ITEMS.map(({ name }) => JSON.stringify(name).slice(1, -1))
          : KEYS;
      const places = marks.map((mark) => all.indexOf(mark));
      expect(
        places.every((place) => place >= 0),
        all,
      ).toBe(true);
      expect(places[0]!).toBeLessThan(places[1]!);
    },
  );

  it.each(TARGET_NAMES)('%s gets well-formed files, without frames, too', (target) => {
    for (const items of [ITEMS, []]) {
      for (const [name, text] of Object.entries(filesOf(target, { prefix: PREFIX }, items))) {
        if (name.endsWith('.json')) expect(() => JSON.parse(text), name).not.toThrow();
        if (/\.(?:jsonl|ndjson|manifest)$/.test(name))
          for (const line of text.split('\n').filter(Boolean))
            expect(() => JSON.parse(line), name).not.toThrow();
        expect(text === '' || text.endsWith('\n') || name.includes('metadata')).toBe(true);
      }
    }
  });

  it.each(TARGET_NAMES.filter((name) => TARGETS[name].needsPrefix === true))(
    '%s must have addresses',
    (target) => {
      expect(thrownBy(() => requirePrefix(TARGETS[target], {}))).toEqual({
        code: 'ERR_OPTION',
        message: `${TARGETS[target].title} fetches images by their addresses: give what stands before their paths, prefix (--prefix https://…/ or s3://bucket/).`,
      });
      requirePrefix(TARGETS[target], { prefix: PREFIX });
    },
  );

  it.each(TARGET_NAMES)('%s takes 100 000 frames without keeping them', (target) => {
    let largest = 0;
    const items = {
      *[Symbol.iterator]() {
        for (let rank = 1; rank <= 100_000; rank++) yield itemOf(rank, `clip-${rank}-mp4.jpg`);
      },
    };
    global.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (const { text } of TARGETS[target].files(items, { prefix: PREFIX })) {
      for (const piece of text) largest = Math.max(largest, piece.length);
    }
    expect(largest).toBeLessThan(400_000);
    // Garbage comes and goes; what is kept of 100 000 frames would be far more.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200 * 1024 * 1024);
  });
});

describe('in particular', () => {
  it('Label Studio: tasks with addresses under the key of the configuration', () => {
    const { 'tasks.json': text } = filesOf('label-studio', {
      dataKey: 'picture',
      prefix: '/data/local-files/?d=frames/',
    });
    expect(JSON.parse(text!)).toEqual([
      {
        data: {
          picture: '/data/local-files/?d=frames/Tag%201/%C3%BC%20%22x%22%2C%20y-7-mp4.jpg',
          frame_key: KEYS[0],
          name: 'Tag 1/ü "x", y-7-mp4.png',
          video: 'a "b",c.mp4',
          frame: 1,
          pts: 512,
          seconds: 0.04,
          rank: 1,
        },
        meta: { width: 1920, height: 1080, sha256: 'cd'.repeat(32), reason: 'nearest to the mean of all' },
      },
      {
        data: {
          picture: '/data/local-files/?d=frames/plain-8-mp4.jpg',
          frame_key: KEYS[1],
          name: 'plain-8-mp4.png',
          video: 'a "b",c.mp4',
          frame: 2,
          pts: '9007199254740993',
          seconds: 0.08,
          rank: 2,
        },
        meta: { width: 1920, height: 1080, sha256: 'cd'.repeat(32), reason: 'diversity', distance: 0.5 },
      },
    ]);
    expect(JSON.parse(filesOf('label-studio')['tasks.json']!)[1].data.image).toBe(
      '/data/local-files/?d=plain-8-mp4.jpg',
    );
  });

  it('CVAT: a manifest without blank lines, names without extension, and the requests for a task in the same order', () => {
    const { 'manifest.jsonl': manifest, 'task.json': task } = filesOf('cvat', {
      title: 'cars',
      categories: ['car', 'bus'],
    });
    expect(manifest!.split('\n').map((line) => (line === '' ? '' : JSON.parse(line)))).toMatchObject([
      { version: '1.1' },
      { type: 'images' },
      {
        name: 'Tag 1/ü "x", y-7-mp4',
        extension: '.jpg',
        width: 1920,
        height: 1080,
        meta: { related_images: [], frame_key: KEYS[0] },
      },
      { name: 'plain-8-mp4', extension: '.jpg', width: 1920, height: 1080, meta: { frame: 2 } },
      '',
    ]);
    expect(JSON.parse(task!)).toEqual({
      task: {
        name: 'cars',
        labels: [
          { name: 'car', attributes: [] },
          { name: 'bus', attributes: [] },
        ],
      },
      data: {
        image_quality: 70,
        use_cache: true,
        sorting_method: 'predefined',
        server_files: ITEMS.map(({ file }) => file),
      },
    });
  });

  it('COCO: ids are unique positive numbers, and no annotations yet', () => {
    const coco = JSON.parse(filesOf('coco', { categories: ['car'] })['instances.json']!);
    expect(Object.keys(coco)).toEqual(['info', 'licenses', 'images', 'annotations', 'categories']);
    expect(
      coco.images.map(({ id, file_name, width, height }: Record<string, unknown>) => [
        id,
        file_name,
        width,
        height,
      ]),
    ).toEqual([
      [1, 'Tag 1/ü "x", y-7-mp4.jpg', 1920, 1080],
      [2, 'plain-8-mp4.jpg', 1920, 1080],
    ]);
    expect([coco.annotations, coco.categories]).toEqual([[], [{ id: 1, name: 'car', supercategory: '' }]]);
  });

  it('Label Studio and COCO: what models predicted, for annotators to correct', () => {
    const predictions = [
      { task: 'detector', category: 'car', box: [192, 108, 960, 540] as const, score: 0.75 },
      { task: 'detector', category: 'bus', box: [0, 0, 19.2, 10.8] as const, score: 0.25 },
      { task: 'weather', category: 'rain', box: undefined, score: 0.9 },
    ];
    const items = [itemOf(1, 'a-1-mp4.jpg', { predictions }), itemOf(2, 'a-2-mp4.jpg', { predictions: [] })];
    const [first, second] = JSON.parse(filesOf('label-studio', {}, items)['tasks.json']!);
    const common = { to_name: 'image', original_width: 1920, original_height: 1080, image_rotation: 0 };
    const rectangle = { type: 'rectanglelabels', from_name: 'detector', ...common };
    expect(first.predictions).toEqual([
      {
        model_version: 'detector',
        score: 0.5,
        result: [
          {
            ...{ id: 'detector-0', ...rectangle, score: 0.75 },
            value: { rotation: 0, x: 10, y: 10, width: 50, height: 50, rectanglelabels: ['car'] },
          },
          {
            ...{ id: 'detector-1', ...rectangle, score: 0.25 },
            value: { rotation: 0, x: 0, y: 0, width: 1, height: 1, rectanglelabels: ['bus'] },
          },
        ],
      },
      {
        model_version: 'weather',
        score: 0.9,
        result: [
          {
            ...{ id: 'weather-0', type: 'choices', from_name: 'weather', ...common, score: 0.9 },
            value: { choices: ['rain'] },
          },
        ],
      },
    ]);
    expect(second.predictions).toEqual([]);
    // An annotator who finds nothing to correct sends the same back.
    const exported = [{ ...first, annotations: [{ result: first.predictions[0].result }] }];
    const [imported] = labelStudioLabels(exported, 'x').images;
    expect(imported!.labels).toEqual(
      predictions.slice(0, 2).map(({ task, category, box }) => ({
        ...{ task, category },
        box: box!.map((side) => expect.closeTo(side, 6)),
      })),
    );

    const coco = JSON.parse(filesOf('coco', { categories: ['truck'] }, items)['instances.json']!);
    expect(coco.categories.map(({ name }: { name: string }) => name)).toEqual(['truck', 'bus', 'car']);
    expect(
      coco.annotations.map(({ id, image_id, category_id, bbox, area, score }: Record<string, unknown>) => [
        ...[id, image_id, category_id, bbox, area, score],
      ]),
    ).toEqual([
      [1, 1, 3, [192, 108, 960, 540], 518400, 0.75],
      [2, 1, 2, [0, 0, 19.2, 10.8], 19.2 * 10.8, 0.25],
    ]);
  });

  it('CSV and FiftyOne: names that need quotes', () => {
    const [, first] = filesOf('csv')['frames.csv']!.split('\r\n');
    expect(first).toBe(
      `1,"Tag 1/ü ""x"", y-7-mp4.jpg",${KEYS[0]},"Tag 1/ü ""x"", y-7-mp4.png","a ""b"",c.mp4",1,512,0.04,1920,1080,${'cd'.repeat(32)},nearest to the mean of all,`,
    );
    const [header, , second] = filesOf('fiftyone')['samples.csv']!.split('\r\n');
    expect(header).toBe('filepath,frame_key,video,frame,frame_number,seconds,rank,reason,distance');
    expect(second).toBe(`plain-8-mp4.jpg,${KEYS[1]},"a ""b"",c.mp4",2,3,0.08,2,diversity,0.5`);
  });

  it('Labelbox, Encord and Ground Truth: addresses, and keys that let nothing come twice', () => {
    const rows = filesOf('labelbox', { prefix: PREFIX })
      ['data-rows.ndjson']!.trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ row_data, global_key, external_id }) => [row_data, global_key, external_id])).toEqual(
      ITEMS.map(({ name }, i) => [URLS[i], KEYS[i], name]),
    );
    const encord = JSON.parse(filesOf('encord', { prefix: PREFIX })['images.json']!);
    expect(encord).toMatchObject({ skip_duplicate_urls: true, upsert_metadata: true });
    expect(encord.images.map(({ objectUrl }: { objectUrl: string }) => objectUrl)).toEqual(URLS);
    const lines = filesOf('ground-truth', { prefix: 's3://bucket/' })
      ['input.manifest']!.trimEnd()
      .split('\n');
    expect(JSON.parse(lines[1]!)).toMatchObject({
      'source-ref': 's3://bucket/plain-8-mp4.jpg',
      'frame-key': KEYS[1],
    });
  });

  it('V7: at most a hundred in a request', () => {
    const items = Array.from({ length: 250 }, (_, i) => itemOf(i + 1, `clip-${i + 1}-mp4.jpg`));
    const requests = filesOf('v7', { prefix: 's3://store/day 1/', title: 'set' }, items)
      ['requests.ndjson']!.trimEnd()
      .split('\n');
    const bodies = requests.map((line) => JSON.parse(line));
    expect(bodies.map((body) => body.items.length)).toEqual([100, 100, 50]);
    expect(bodies[0]).toMatchObject({ dataset_slug: 'set', storage_slug: 'store' });
    expect(bodies[0].items[0]).toEqual({
      path: '/',
      name: 'clip-1-mp4.png',
      slots: [
        {
          slot_name: '1',
          storage_key: 'day 1/clip-1-mp4.jpg',
          file_name: 'clip-1-mp4.jpg',
          as_frames: 'false',
        },
      ],
    });
  });

  it('Lightly: custom metadata, and a folder with schema and a document for each frame', () => {
    const files = filesOf('lightly');
    expect(Object.keys(files)).toEqual([
      'custom_metadata.json',
      'metadata/schema.json',
      'metadata/Tag 1/ü "x", y-7-mp4.json',
      'metadata/plain-8-mp4.json',
    ]);
    expect(JSON.parse(files['metadata/plain-8-mp4.json']!)).toMatchObject({
      file_name: 'plain-8-mp4.jpg',
      type: 'frame',
      metadata: { rank: 2 },
    });
  });

  it('YOLO: nothing but paths', () => {
    expect(filesOf('yolo', { prefix: 'images/' })['train.txt']).toBe(
      'images/Tag 1/ü "x", y-7-mp4.jpg\nimages/plain-8-mp4.jpg\n',
    );
  });
});
