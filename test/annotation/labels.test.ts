// Labels as annotation tools export them: Label Studio's JSON, COCO, CVAT's XML.
import { describe, expect, it } from 'vitest';
import { cocoLabels } from '../../src/annotation/coco-labels.ts';
import { cvatLabels } from '../../src/annotation/cvat-labels.ts';
import { labelStudioLabels } from '../../src/annotation/label-studio-labels.ts';
import { type FrameLabel, turned } from '../../src/annotation/labels.ts';
import { thrownBy } from '../support/thrown-by.ts';

/** As Label Studio exports a task. */
const task = (result: readonly object[], more: object = {}, data: object = {}) => ({
  id: 1,
  data: { image: '/data/local-files/?d=frames/clip-003-mp4.png', ...data },
  annotations: [{ id: 11, was_cancelled: false, ground_truth: false, result, ...more }],
  predictions: [],
});

const region = (type: string, value: object, more: object = {}) => ({
  id: 'r1',
  type,
  from_name: 'label',
  to_name: 'image',
  original_width: 200,
  original_height: 100,
  image_rotation: 0,
  value,
  ...more,
});

const labelsOf = (...results: object[]): readonly FrameLabel[] =>
  labelStudioLabels([task(results)], 'export.json').images[0]!.labels;

const rounded = (labels: readonly FrameLabel[]) =>
  labels.map(({ box, ...label }) => ({ ...label, box: box?.map((side) => Math.round(side * 1000) / 1000) }));

describe('Label Studio', () => {
  it('says percent of the sides, which become pixels', () => {
    const value = { x: 10, y: 20, width: 30, height: 40, rotation: 0, rectanglelabels: ['car'] };
    expect(labelsOf(region('rectanglelabels', value))).toEqual([
      { task: 'label', category: 'car', box: [20, 20, 60, 40] },
    ]);
  });

  it.each<[string, object, number[]]>([
    [
      'polygonlabels',
      {
        points: [
          [10, 10],
          [20, 30],
          [5, 20],
        ],
      },
      [10, 10, 30, 20],
    ],
    ['ellipselabels', { x: 50, y: 50, radiusX: 10, radiusY: 20, rotation: 0 }, [80, 30, 40, 40]],
    // A quarter turn around the upper left corner, clockwise: 60 × 20 px become 20 × 60 to the left of it.
    ['rectanglelabels', { x: 50, y: 20, width: 30, height: 20, rotation: 90 }, [80, 20, 20, 60]],
    ['ellipselabels', { x: 50, y: 50, radiusX: 10, radiusY: 10, rotation: 90 }, [90, 30, 20, 40]],
    ['rectanglelabels', { x: -5, y: 90, width: 10, height: 30, rotation: 0 }, [0, 90, 10, 10]],
  ])('%s: what encloses %j', (type, shape, box) => {
    const labels = labelsOf(region(type, { ...shape, [type]: ['car'] }));
    expect(rounded(labels)).toEqual([{ task: 'label', category: 'car', box }]);
  });

  it('has classes of whole frames, each by its control', () => {
    const labels = labelsOf(
      region('choices', { choices: ['rain', 'fog'] }, { from_name: 'weather' }),
      region('taxonomy', { taxonomy: [['road', 'motorway']] }, { from_name: 'place' }),
      region('rating', { rating: 4 }, { from_name: 'stars' }),
    );
    expect(labels).toEqual([
      { task: 'weather', category: 'rain', box: undefined },
      { task: 'weather', category: 'fog', box: undefined },
      { task: 'place', category: 'road/motorway', box: undefined },
      { task: 'stars', category: '4', box: undefined },
    ]);
  });

  it('has shapes and their labels as two results, and choices of a region', () => {
    const shape = { x: 0, y: 0, width: 10, height: 10, rotation: 0 };
    const labels = labelsOf(
      region('rectangle', shape, { from_name: 'rect' }),
      region('labels', { ...shape, labels: ['dog'] }, { from_name: 'kind' }),
      region('choices', { ...shape, choices: ['asleep'] }, { from_name: 'mood' }),
    );
    expect(labels).toEqual([
      { task: 'kind', category: 'dog', box: [0, 0, 20, 10] },
      { task: 'mood', category: 'asleep', box: [0, 0, 20, 10] },
    ]);
  });

  it('counts what is no class and no box', () => {
    const document = labelStudioLabels(
      [
        task([
          region('textarea', { text: ['hm'] }),
          region('brushlabels', { rle: [1], brushlabels: ['car'] }),
          region('keypointlabels', { x: 1, y: 1, width: 1, keypointlabels: ['nose'] }),
          { type: 'relation', from_id: 'a', to_id: 'b' },
        ]),
      ],
      'export.json',
    );
    expect(Object.fromEntries(document.passedOver)).toEqual({
      textarea: 1,
      brushlabels: 1,
      keypointlabels: 1,
    });
    expect(document.images[0]!.labels).toEqual([]);
  });

  it('takes of several annotations ground truth, else the one that was changed last, none that was cancelled', () => {
    const choice = (name: string) => [region('choices', { choices: [name] })];
    const annotation = (name: string, more: object) => ({
      result: choice(name),
      was_cancelled: false,
      ...more,
    });
    const pick = (...annotations: object[]): string | undefined =>
      labelStudioLabels([{ ...task([]), annotations }], 'export.json').images[0]?.labels[0]?.category;
    expect(pick(annotation('a', { updated_at: '2026-02' }), annotation('b', { updated_at: '2026-01' }))).toBe(
      'a',
    );
    expect(pick(annotation('a', {}), annotation('b', {}))).toBe('b');
    expect(pick(annotation('a', { ground_truth: true }), annotation('b', { updated_at: '2026-01' }))).toBe(
      'a',
    );
    expect(pick(annotation('a', {}), annotation('b', { was_cancelled: true }))).toBe('a');
    expect(pick(annotation('b', { was_cancelled: true }))).toBeUndefined();
    expect(pick()).toBeUndefined();
  });

  it('keeps what annotate put into the task', () => {
    const data = { frame_key: 'ab:3', name: 'clip-003-mp4.png' };
    const [image] = labelStudioLabels([task([], {}, data)], 'export.json').images;
    expect(image).toEqual({
      place: 'task 1',
      frameKey: 'ab:3',
      name: 'clip-003-mp4.png',
      file: '/data/local-files/?d=frames/clip-003-mp4.png',
      labels: [],
    });
  });

  it.each<[unknown, string]>([
    [
      { image: 'x.png', label: [] },
      'export.json, task 1 has no data. Export the project as JSON (not JSON-MIN).',
    ],
    [
      { data: { text: 'hello' }, annotations: [{ result: [] }] },
      'export.json, task 1 names no image. Export tasks that show images.',
    ],
    [
      { data: { image: 'a.png' }, annotations: [{ result: {} }] },
      'export.json, task 1 has an annotation without result. Export it again.',
    ],
    [task([{ type: 'choices' }]), 'export.json, task 1, result 1 has no value. Export it again.'],
  ])('%j is refused', (document, message) => {
    expect(thrownBy(() => labelStudioLabels([document], 'export.json'))).toMatchObject({
      code: 'ERR_METADATA',
      message,
    });
  });
});

describe('COCO', () => {
  const coco = (annotations: readonly object[], more: object = {}) => ({
    images: [
      { id: 1, file_name: 'clip-003-mp4.png', width: 200, height: 100 },
      { id: 2, file_name: 'clip-007-mp4.png', frame_key: 'ab:7', name: 'clip-007-mp4.png' },
    ],
    annotations,
    categories: [
      { id: 4, name: 'car' },
      { id: 9, name: 'bus' },
    ],
    ...more,
  });

  it('has objects with boxes, shapes that boxes enclose, and classes of whole images', () => {
    const document = cocoLabels(
      coco([
        { id: 1, image_id: 2, category_id: 9, bbox: [1, 2, 3.5, 4] },
        { id: 2, image_id: 2, category_id: 4, segmentation: [[5, 5, 9, 6, 7, 11]] },
        { id: 3, image_id: 1, category_id: 4, bbox: [], segmentation: [] },
        { id: 4, image_id: 1, category_id: 4, segmentation: { counts: 'abc', size: [2, 2] } },
      ]),
      'coco.json',
    );
    expect(document.images).toEqual([
      {
        place: 'images[0]',
        file: 'clip-003-mp4.png',
        labels: [{ task: 'tags', category: 'car', box: undefined }],
      },
      {
        place: 'images[1]',
        file: 'clip-007-mp4.png',
        name: 'clip-007-mp4.png',
        frameKey: 'ab:7',
        labels: [
          { task: 'objects', category: 'bus', box: [1, 2, 3.5, 4] },
          { task: 'objects', category: 'car', box: [5, 5, 4, 6] },
        ],
      },
    ]);
    expect([...document.declared]).toEqual([['objects', ['car', 'bus']]]);
    expect([...document.passedOver]).toEqual([['segmentation without bbox', 1]]);
  });

  it.each<[object, string]>([
    [{ images: {} }, 'coco.json, images is no list. Export it again, as COCO.'],
    [{ images: [{ id: 1 }] }, 'coco.json, images[0] has no file_name. Export it again.'],
    [{ categories: [{ id: 4 }] }, 'coco.json, categories[0] has no name. Export it again.'],
    [
      { annotations: [{ image_id: 1, category_id: 5 }] },
      'coco.json, annotations[0] has the category 5, which is not among the categories. Export it again.',
    ],
    [
      { annotations: [{ image_id: 3, category_id: 4, bbox: [1, 2, 3, 4] }] },
      'coco.json, annotations speak of image 3, which is not among the images. Export it again.',
    ],
    [
      { annotations: [{ image_id: 1, category_id: 4, bbox: [1, 2, 3] }] },
      'coco.json, annotations[0] has a bbox that is not four numbers. Export it again.',
    ],
    [{ annotations: [null] }, 'coco.json, annotations[0] is no object. Export it again, as COCO.'],
  ])('with %j is refused', (more, message) => {
    expect(thrownBy(() => cocoLabels(coco([], more), 'coco.json'))).toMatchObject({
      code: 'ERR_METADATA',
      message,
    });
  });
});

describe('CVAT', () => {
  const xml = (body: string, meta = '') => `<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><job><labels><label><name>car</name></label><label><name>R&amp;D van</name></label></labels>${meta}</job></meta>
${body}
</annotations>`;

  it('has images with shapes and tags', () => {
    const document = cvatLabels(
      xml(`<image id="0" name="day 1/clip-003-mp4.png" width="200" height="100">
  <box label="car" source="manual" occluded="0" xtl="10" ytl="20" xbr="40.5" ybr="50" z_order="0"><attribute name="colour">red</attribute></box>
  <box label="car" xtl="80" ytl="40" xbr="120" ybr="60" rotation="90"/>
  <polygon label="R&amp;D van" points="1,2;5,2;3,9"/>
  <mask label="car" rle="0, 4" left="3" top="4" width="2" height="2"/>
  <ellipse label="car" cx="50" cy="50" rx="10" ry="5"/>
  <polyline label="car" points="1,1;2,2"/>
  <tag label="rainy"/>
</image>
<image id="1" name="day 1/clip-009-mp4.png"></image>`),
      'annotations.xml',
    );
    expect(
      document.images.map(({ file, labels }) => [file, rounded(labels).map((each) => Object.values(each))]),
    ).toEqual([
      [
        'day 1/clip-003-mp4.png',
        [
          ['objects', 'car', [10, 20, 30.5, 30]],
          ['objects', 'car', [90, 30, 20, 40]],
          ['objects', 'R&D van', [1, 2, 4, 7]],
          ['objects', 'car', [3, 4, 2, 2]],
          ['objects', 'car', [40, 45, 20, 10]],
          ['tags', 'rainy', undefined],
        ],
      ],
      ['day 1/clip-009-mp4.png', []],
    ]);
    expect([...document.declared]).toEqual([['objects', ['car', 'R&D van']]]);
    expect([...document.passedOver]).toEqual([['polyline', 1]]);
  });

  it('knows frames of a video by their number', () => {
    const track = `<track id="0" label="car">
  <box frame="3" outside="0" keyframe="1" xtl="1" ytl="2" xbr="3" ybr="4"/>
  <box frame="4" outside="0" keyframe="0" xtl="2" ytl="2" xbr="4" ybr="4"/>
  <box frame="5" outside="1" keyframe="1" xtl="2" ytl="2" xbr="4" ybr="4"/>
</track>`;
    const { images } = cvatLabels(xml(track, '<source>clip.mp4</source>'), 'annotations.xml');
    expect(images.map(({ name, labels }) => [name, labels.length])).toEqual([
      ['clip-3-mp4.png', 1],
      ['clip-4-mp4.png', 1],
    ]);
    const part = '<start_frame>100</start_frame><source>clip.mp4</source>';
    expect(thrownBy(() => cvatLabels(xml(track, part), 'annotations.xml'))).toMatchObject({
      message: expect.stringMatching(/^annotations.xml counts frames of a part of its video/),
    });
    expect(thrownBy(() => cvatLabels(xml(track), 'annotations.xml'))).toMatchObject({
      message: expect.stringMatching(/^annotations.xml has tracks and does not say of which video/),
    });
  });

  it.each([
    [
      '<svg></svg>',
      'annotations.xml, line 1 begins with svg instead of annotations. Export it as CVAT for images 1.1, or as COCO 1.0.',
    ],
    [
      '<annotations>\n<image></annotations>',
      'annotations.xml, line 2 has an image without a name. Export it again.',
    ],
    ['<annotations>\n<version>', 'annotations.xml, line 2 is no XML: Unclosed root tag. Export it again.'],
    [
      '<annotations>\n<image name="a.png">\n<box label="a" xtl="1"/></image></annotations>',
      'annotations.xml, line 3 has a box without its numbers. Export it again.',
    ],
  ])('%j is refused', (text, message) => {
    expect(thrownBy(() => cvatLabels(text, 'annotations.xml'))).toMatchObject({
      code: 'ERR_METADATA',
      message,
    });
  });
});

it('a rectangle is enclosed the same way after a whole turn', () => {
  const box = turned([10, 20, 30, 40], 360, [25, 40]);
  for (const [i, side] of [10, 20, 30, 40].entries()) expect(box[i]).toBeCloseTo(side, 9);
});
