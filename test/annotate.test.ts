// `annotate`: from the folder of a run, or from images and lists, to what an annotation tool imports.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AnnotateOptions, annotateFrames } from '../src/annotate.ts';
import { contentKey } from '../src/base/files.ts';
import { extractFrames } from '../src/extract.ts';
import { run } from './support/command.ts';
import { usePipelineBench } from './support/pipeline.ts';
import { codeOf } from './support/thrown-by.ts';

const bench = usePipelineBench();

const tasks = (): string => bench().at('tasks');

const annotate = (options: Partial<AnnotateOptions> = {}) =>
  annotateFrames({ from: bench().outDir, to: 'jsonl', outDir: tasks(), ...options });

const records = (): Record<string, unknown>[] =>
  readFileSync(join(tasks(), 'frames.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('frames for annotation', () => {
  it('of a run come in the order of being picked, with their identity and why they were', async () => {
    const { frames } = await bench().pipeline({ nSamples: 6, format: 'jpg' });
    const outcome = await annotate();
    expect(outcome).toMatchObject({
      frames: 6,
      failed: [],
      files: [join(tasks(), 'frames.jsonl')],
      target: 'JSON Lines',
    });
    const { root } = bench().folder;
    for (const [i, record] of records().entries()) {
      const picked = frames[i]!;
      const key = await contentKey(join(root, picked.video!));
      expect(record).toMatchObject({
        rank: i + 1,
        file: picked.filename.replace('.png', '.jpg'),
        frame_key: `${key.slice(0, 32)}:${picked.frame}`,
        video: picked.video,
        frame: picked.frame,
        seconds: expect.closeTo(picked.seconds!, 6),
        width: 128,
        height: 96,
        reason: picked.reason,
      });
      if (i > 0) expect(record['distance']).toBeCloseTo(picked.distance!, 5);
    }
  });

  it('are the same bytes each time, and for each target', async () => {
    await bench().pipeline({ nSamples: 4 });
    for (const to of ['label-studio', 'cvat', 'coco', 'lightly', 'fiftyone', 'csv', 'yolo'] as const) {
      const contents = async (): Promise<string[]> => {
        await annotate({ to, prefix: 'frames/' });
        const files = readdirSync(tasks(), { recursive: true, encoding: 'utf8', withFileTypes: true });
        const texts = files
          .filter((file) => file.isFile())
          .map((file) => readFileSync(join(file.parentPath, file.name), 'utf8'));
        rmSync(tasks(), { recursive: true });
        return texts;
      };
      expect(await contents()).toEqual(await contents());
    }
  });

  it('take predictions along, out of a folder in Lightly’s layout', async () => {
    await bench().pipeline({ nSamples: 3 });
    const [first] = bench().listed();
    const folder = bench().at('predictions');
    mkdirSync(join(folder, 'detector', first!, '..'), { recursive: true });
    writeFileSync(join(folder, 'tasks.json'), '["detector", "masks"]');
    // Masks are no boxes, and nothing that is said of the whole frame.
    mkdirSync(join(folder, 'masks', first!, '..'), { recursive: true });
    const masks = { task_type: 'semantic-segmentation', categories: [{ id: 0, name: 'road' }] };
    writeFileSync(join(folder, 'masks', 'schema.json'), JSON.stringify(masks));
    const mask = { predictions: [{ category_id: 0, segmentation: [0, 4], score: 0.5 }] };
    writeFileSync(join(folder, 'masks', first!.replace('.png', '.json')), JSON.stringify(mask));
    const schema = { task_type: 'object-detection', categories: [{ id: 7, name: 'car' }] };
    writeFileSync(join(folder, 'detector', 'schema.json'), JSON.stringify(schema));
    const document = { predictions: [{ category_id: 7, bbox: [32, 24, 64, 48], score: 0.5 }] };
    writeFileSync(join(folder, 'detector', first!.replace('.png', '.json')), JSON.stringify(document));
    await annotate({ to: 'label-studio', predictions: folder, fromName: 'label' });
    const written = JSON.parse(readFileSync(join(tasks(), 'tasks.json'), 'utf8')) as {
      predictions: { result: { from_name: string; value: object }[] }[];
    }[];
    expect(written.map((task) => task.predictions.length)).toEqual([1, 0, 0]);
    expect(written[0]!.predictions[0]!.result[0]).toMatchObject({
      from_name: 'label',
      value: { x: 25, y: 25, width: 50, height: 50, rectanglelabels: ['car'] },
    });
  });

  it('stream to standard output, as they are in the file', async () => {
    await bench().pipeline({ nSamples: 4 });
    await annotate();
    const from = bench().outDir;
    const { code, stdout } = await run(['annotate', from, '--to', 'jsonl', '--out', '-', '--prefix', 'x/']);
    await annotate({ prefix: 'x/', force: true });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: readFileSync(join(tasks(), 'frames.jsonl'), 'utf8'),
    });
    const other = await run(['annotate', from, '--to', 'coco', '--out', '-']);
    expect(other).toMatchObject({ code: 2 });
    expect(other.stderr).toContain('--out - goes with --to jsonl');
  });

  it('are a stage of a run, where that is asked for', async () => {
    const { stages } = await bench().pipeline({ nSamples: 3, annotate: { to: 'coco', categories: ['car'] } });
    expect(stages.map(({ name }) => name)).toEqual(['index', 'embed', 'select', 'extract', 'annotate']);
    const file = bench().at('annotation', 'coco', 'instances.json');
    const names = (): string[] =>
      (JSON.parse(readFileSync(file, 'utf8')) as { images: { file_name: string }[] }).images.map(
        ({ file_name }) => file_name,
      );
    expect(names()).toEqual(bench().listed());
    await bench().pipeline({ nSamples: 5, annotate: { to: 'coco' } });
    expect(names()).toEqual(bench().listed());
    expect(await codeOf(bench().pipeline({ annotate: { to: 'encord' } }))).toMatch(
      /^ERR_OPTION Encord fetches images/,
    );
    const alone = await run(bench().args('--prefix', 'x/'));
    expect([alone.code, alone.stderr]).toEqual([
      2,
      expect.stringContaining('--prefix: goes with --annotate TARGET.'),
    ]);
    expect((await run(bench().args('--annotate', 'yolo', '--prefix', 'x/', '-q'))).code).toBe(0);
    expect(readFileSync(bench().at('annotation', 'yolo', 'train.txt'), 'utf8')).toMatch(/^x\//);
  });

  it('of a list and a folder of images are those that have an image', async () => {
    const list = [0, 1, 2].map((video) => bench().folder.nameOf(video, 9));
    const images = bench().at('images');
    const manifest = bench().at('manifest.jsonl');
    await extractFrames({
      input: bench().folder.root,
      outDir: images,
      choice: { kind: 'names', list: list.slice(0, 2) },
      manifest,
      cache: false,
    });
    const path = bench().at('list.txt');
    writeFileSync(path, `${[list[1], list[2], list[0]].join('\n')}\n`);
    const { frames, failed } = await annotate({ from: path, images });
    expect(frames).toBe(2);
    expect(failed.map(({ item, error }) => [item, error.message])).toEqual([
      [list[2], `${path}, line 2: ${list[2]}: has no image in ${images}. Extract it first.`],
    ]);
    expect(records().map(({ name, rank }) => [name, rank])).toEqual([
      [list[1], 1],
      [list[0], 3],
    ]);
    expect(await codeOf(annotate({ from: path, force: true }))).toMatch(
      /^ERR_OPTION .*is a list, and where its images are is not said/,
    );
    await annotate({ from: images, force: true });
    expect(records().map(({ name }) => name)).toEqual(list.slice(0, 2));
    await annotate({ from: manifest, force: true });
    expect(records().map(({ name }) => name)).toEqual(list.slice(0, 2));
  });

  it('are refused where there are none, or where something is already', async () => {
    mkdirSync(bench().at('empty'), { recursive: true });
    expect(await codeOf(annotate({ from: bench().at('empty') }))).toMatch(
      /^ERR_NO_INPUT .*empty: holds no images that framesift wrote/,
    );
    await bench().pipeline({ nSamples: 2 });
    mkdirSync(tasks());
    writeFileSync(join(tasks(), 'mine'), '');
    expect(await codeOf(annotate())).toBe(
      `ERR_OUTPUT_EXISTS ${tasks()}: is not empty. Choose another --out, or write into it with --force.`,
    );
    expect((await annotate({ force: true })).frames).toBe(2);
    expect(await codeOf(annotate({ to: 'encord', force: true }))).toMatch(
      /^ERR_OPTION Encord fetches images by their addresses/,
    );
  });

  it('on the command line are files, and what to do with them', async () => {
    await bench().pipeline({ nSamples: 3 });
    const { code, stdout, stderr } = await run([
      'annotate',
      bench().outDir,
      '--to',
      'cvat',
      '--category',
      'car',
      '--out',
      tasks(),
    ]);
    expect([code, stdout]).toEqual([
      0,
      `${join(tasks(), 'manifest.jsonl')}\n${join(tasks(), 'task.json')}\n`,
    ]);
    expect(stderr.replace(/\d\.\d s/, 'T')).toContain(
      `3 frames for CVAT in ${tasks()}, T\nPut manifest.jsonl beside the images`,
    );
    const typo = await run(['annotate', bench().outDir, '--to', 'labelstudio', '--out', tasks()]);
    expect([typo.code, typo.stderr]).toEqual([2, expect.stringContaining('Did you mean label-studio?')]);
  });
});
