// What importers of annotation tools demand, as their documentation and code say it, on frames with any names.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExportOptions } from '../../src/annotation/exporter.ts';
import type { AnnotationItem } from '../../src/annotation/item.ts';
import type { TargetName } from '../../src/annotation/target-names.ts';
import { TARGETS } from '../../src/annotation/targets.ts';
import { CsvReader } from '../../src/formats/csv-reader.ts';
import { checkDocument } from '../../src/formats/document-check.ts';
import { parsePythonJson } from '../../src/formats/python-json.ts';
import { itemsOf } from '../support/items.ts';

/** Names that file systems have, and formats find difficult; not those that nobody can mean. */
const names = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((text) => text.replace(/[\p{C}\u2028\u2029/\\]/gu, '_').replace(/^\.+$|^\.|^[a-z]:/i, '_'));
const predictions = fc.array(
  fc.record({
    task: fc.constantFrom('detector', 'weather "x"'),
    category: names,
    box: fc.option(
      fc.tuple(fc.nat(900), fc.nat(500), fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 500 })),
      { nil: undefined },
    ),
    score: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { maxLength: 3 },
);
const items: fc.Arbitrary<AnnotationItem[]> = fc
  .array(fc.record({ folder: fc.option(names, { nil: undefined }), stem: names, predictions }), {
    minLength: 1,
    maxLength: 230,
  })
  .map((all) =>
    itemsOf(all.length).map((item, i) => {
      const { folder, stem, ...more } = all[i]!;
      const path = `${folder === undefined ? '' : `${folder}/`}${stem}-${i}-mp4`;
      return { ...item, ...more, name: `${path}.png`, file: `${path}.jpg`, video: `${stem}.mp4` };
    }),
  );

const filesOf = (target: TargetName, all: readonly AnnotationItem[], options: ExportOptions = {}) =>
  [...TARGETS[target].files(all, options)].map(({ name, text }) => ({ name, text: [...text].join('') }));

const firstOf = (target: TargetName, all: readonly AnnotationItem[], options?: ExportOptions): string =>
  filesOf(target, all, options)[0]!.text;

const lines = (text: string): Record<string, unknown>[] => {
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
};

const isUnique = (values: readonly unknown[]): boolean => new Set(values).size === values.length;
const check = (rule: (all: AnnotationItem[]) => void): void =>
  fc.assert(fc.property(items, rule), { numRuns: 40 });

describe('what importers demand', () => {
  it('Label Studio: a list of tasks with data; percent of the image; regions with numbers of their own', () =>
    check((all) => {
      interface Region {
        readonly id: string;
        readonly type: string;
        readonly from_name: string;
        readonly to_name: string;
        readonly value: Readonly<Record<string, unknown>>;
      }
      const tasks = JSON.parse(firstOf('label-studio', all)) as {
        data: Record<string, unknown>;
        predictions: { model_version: string; score: number; result: Region[] }[];
      }[];
      expect(tasks).toHaveLength(all.length);
      for (const [i, { data, predictions: models }] of tasks.entries()) {
        const address = new URL(String(data['image']), 'http://host');
        expect(address.pathname).toBe('/data/local-files/');
        expect(address.searchParams.get('d')).toBe(all[i]!.file);
        const regions = models.flatMap(({ result }) => result);
        expect(isUnique(regions.map(({ id }) => id))).toBe(true);
        for (const { type, value, from_name: from, to_name: to } of regions) {
          expect(from.length * to.length).toBeGreaterThan(0);
          expect(value[type]).toHaveLength(1);
          if (type !== 'rectanglelabels') continue;
          for (const side of ['x', 'y', 'width', 'height']) {
            expect(value[side]).toBeGreaterThanOrEqual(0);
            expect(value[side]).toBeLessThanOrEqual(100);
          }
        }
        for (const { score } of models) expect(score >= 0 && score <= 1).toBe(true);
      }
    }));

  it('CVAT: version and type first, no blank line, names without extension that give the files of the task', () =>
    check((all) => {
      const [manifest, task] = filesOf('cvat', all, { categories: ['car'] });
      const [version, type, ...entries] = lines(manifest!.text);
      expect([version, type]).toEqual([{ version: '1.1' }, { type: 'images' }]);
      for (const { width, height, extension } of entries) {
        expect(Number.isInteger(width) && Number.isInteger(height)).toBe(true);
        expect(extension).toBe('.jpg');
      }
      const { data, task: made } = JSON.parse(task!.text) as {
        data: { server_files: string[]; sorting_method: string; image_quality: number };
        task: object;
      };
      expect(entries.map(({ name, extension }) => `${String(name)}${String(extension)}`)).toEqual(
        data.server_files,
      );
      expect(isUnique(data.server_files)).toBe(true);
      expect([data.sorting_method, data.image_quality >= 1 && data.image_quality <= 100]).toEqual([
        'predefined',
        true,
      ]);
      expect(made).toHaveProperty('name');
    }));

  it('COCO: positive numbers that are unique, and references that lead somewhere', () =>
    check((all) => {
      interface Numbered {
        readonly id: number;
      }
      const { images, annotations, categories } = JSON.parse(firstOf('coco', all)) as {
        images: (Numbered & { width: number; height: number; file_name: string })[];
        annotations: (Numbered & {
          image_id: number;
          category_id: number;
          bbox: number[];
          area: number;
          iscrowd: number;
        })[];
        categories: (Numbered & { name: string })[];
      };
      for (const list of [images, annotations, categories]) {
        expect(isUnique(list.map(({ id }) => id))).toBe(true);
        expect(list.every(({ id }) => Number.isInteger(id) && id > 0)).toBe(true);
      }
      expect(isUnique(categories.map(({ name }) => name))).toBe(true);
      const known = [new Set(images.map(({ id }) => id)), new Set(categories.map(({ id }) => id))] as const;
      for (const { image_id: image, category_id: category, bbox, area, iscrowd } of annotations) {
        expect([known[0].has(image), known[1].has(category)]).toEqual([true, true]);
        expect([bbox.length, iscrowd, area]).toEqual([4, 0, bbox[2]! * bbox[3]!]);
      }
    }));

  it('Lightly: every document is what its readers take', () =>
    check((all) => {
      for (const { name, text } of filesOf('lightly', all)) {
        const report = checkDocument(parsePythonJson(text), name.replace(/^.*\//, ''));
        expect([name, report?.problems]).toEqual([name, []]);
      }
    }));

  it('FiftyOne and CSV: as many cells in each record as in the header', () =>
    check((all) => {
      for (const target of ['fiftyone', 'csv'] as const) {
        const reader = new CsvReader();
        const lengths: number[] = [];
        const text = new TextEncoder().encode(firstOf(target, all));
        for (const record of [...reader.push(text)]) lengths.push(record.length);
        for (const record of reader.end()) lengths.push(record.length);
        expect(lengths.filter((length) => length > 0)).toEqual(Array(all.length + 1).fill(lengths[0]));
      }
    }));

  it('Labelbox, Encord, V7 and Ground Truth: addresses that are addresses, keys that are unique, requests that are not too large', () =>
    check((all) => {
      const options = { prefix: 's3://bucket/a folder/', title: 'set' };
      const rows = lines(firstOf('labelbox', all, options));
      expect(isUnique(rows.map((row) => row['global_key']))).toBe(true);
      expect(rows.every((row) => URL.canParse(String(row['row_data'])))).toBe(true);
      const encord = JSON.parse(firstOf('encord', all, options)) as {
        images: { objectUrl: string; title: string; clientMetadata: object }[];
        skip_duplicate_urls: boolean;
      };
      expect(encord.skip_duplicate_urls).toBe(true);
      expect(encord.images.every(({ objectUrl, title }) => URL.canParse(objectUrl) && title !== '')).toBe(
        true,
      );
      const requests = lines(firstOf('v7', all, options)) as unknown as {
        items: {
          path: string;
          name: string;
          slots: { slot_name: string; storage_key: string; file_name: string; as_frames: string }[];
        }[];
        dataset_slug: string;
        storage_slug: string;
      }[];
      expect(requests.flatMap((request) => request.items)).toHaveLength(all.length);
      for (const { items: own } of requests) {
        expect(own.length).toBeLessThanOrEqual(100);
        for (const { path, name, slots } of own) {
          expect([path.startsWith('/'), name !== '', slots.length]).toEqual([true, true, 1]);
        }
      }
      const manifest = lines(firstOf('ground-truth', all, options));
      expect(manifest.every((line) => String(line['source-ref']).startsWith('s3://'))).toBe(true);
    }));

  it('YOLO: a path a line', () =>
    check((all) => {
      expect(firstOf('yolo', all).split('\n')).toEqual([...all.map(({ file }) => file), '']);
    }));
});
