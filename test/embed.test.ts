// Embeddings from the outside: real videos, a real runtime, networks small enough to know what they must answer.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Progress } from '../src/base/progress.ts';
import { type EmbedOptions, embedFrames } from '../src/embed.ts';
import { saveImage } from '../src/image/save.ts';
import { loadEmbeddings } from '../src/lightly.ts';
import { openVideo } from '../src/video/video.ts';
import { run, start } from './support/command.ts';
import { corpusDirectory } from './support/corpus.ts';
import { random } from './support/damage.ts';
import { makeNumberedFolder, type NumberedFolder } from './support/folder.ts';
import {
  fromTheFuture,
  meanColour,
  type ToyModel,
  withExternalWeights,
  writeModel,
} from './support/models.ts';
import { canMount, fillDisk, onSmallDisk } from './support/small-disk.ts';

const VIDEOS = 6;
const FRAMES_EACH = 100;
/** The size of the videos themselves: nothing is resized. */
const OWN_SIZE = { width: 128, height: 96 };

let temporary = '';
let folder: NumberedFolder;
let model = '';
let out = '';

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'framesift-'));
  folder = makeNumberedFolder(join(temporary, 'videos'), VIDEOS, FRAMES_EACH);
  model = toy('own-size', OWN_SIZE);
  out = join(temporary, 'out');
}, 120_000);
afterEach(() => rmSync(out, { recursive: true, force: true }));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const toy = (name: string, options: ToyModel = {}): string =>
  writeModel(join(temporary, `${name}.onnx`), meanColour(options));

const table = (name = 'embeddings.csv'): string => join(out, name);

const embed = (options: Partial<EmbedOptions> = {}) =>
  embedFrames({
    input: folder.root,
    out: table(),
    model,
    device: 'cpu',
    choice: { kind: 'sample', sampler: { every: 10 } },
    cache: join(temporary, 'cache'),
    ...options,
  });

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof Error && 'code' in error ? `${String(error.code)} ${error.message}` : String(error);
};

const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

/** What the toy network must answer: the mean of each colour, normalised as ImageNet's pictures. */
const meanOf = (pixels: Uint8Array): number[] => {
  const sums = [0, 0, 0];
  for (let i = 0; i < pixels.length; i++) sums[i % 3]! += pixels[i]!;
  return sums.map((sum, channel) => (sum / (pixels.length / 3) / 255 - MEAN[channel]!) / STD[channel]!);
};

describe('a table of embeddings', () => {
  it('has a row for each frame, in the order of the dataset, with its own picture’s values', async () => {
    const outcome = await embed();
    expect(outcome).toMatchObject({ rows: 60, dimensions: 3, failed: [], resumed: 0, device: 'cpu' });
    const { filenames, labels, embeddings } = await loadEmbeddings(table());
    const tens = Array.from({ length: 10 }, (_, i) => i * 10);
    expect(filenames).toEqual(
      folder.videos.flatMap((_, position) => tens.map((index) => folder.nameOf(position, index))),
    );
    expect([...labels]).toEqual(folder.videos.flatMap((_, position) => tens.map(() => position)));
    for (const position of [0, 3, 5]) {
      using video = await openVideo(join(folder.root, folder.videos[position]!), { cache: false });
      for (const [i, index] of tens.entries()) {
        const { image } = await video.frameAt(index);
        const row = (position * 10 + i) * 3;
        for (const [channel, value] of meanOf(image.data).entries())
          expect(embeddings.data[row + channel]).toBeCloseTo(value, 4);
      }
    }
    expect(readdirSync(out).sort()).toEqual(['embeddings.csv', 'embeddings_pca.csv']);
  });

  it('is the same whatever the batch and the number of workers', async () => {
    await embed();
    const reference = readFileSync(table(), 'utf8');
    for (const [name, options] of Object.entries({
      single: { batchSize: 1 },
      three: { batchSize: 3, jobs: 1 },
      many: { batchSize: 64, jobs: 4 },
    })) {
      await embed({ out: table(`${name}.csv`), ...options });
      expect(readFileSync(table(`${name}.csv`), 'utf8') === reference, name).toBe(true);
    }
  });

  it('has its principal components beside it', async () => {
    const { pca } = await embed();
    expect(pca?.path).toBe(table('embeddings_pca.csv'));
    const projected = await loadEmbeddings(table('embeddings_pca.csv'));
    const { filenames, labels } = await loadEmbeddings(table());
    expect(projected).toMatchObject({ filenames, embeddings: { rows: 60, columns: 2 } });
    expect(projected.labels).toEqual(labels);
    expect(pca!.explainedVarianceRatio.reduce((sum, share) => sum + share, 0)).toBeGreaterThan(0.9);
    const again = await embed({ out: table('plain.csv'), pca: false });
    expect({ pca: again.pca, exists: existsSync(table('plain_pca.csv')) }).toEqual({
      pca: undefined,
      exists: false,
    });
  });

  it('of a list holds the frames that it names, and says what it could not have', async () => {
    const names = [folder.nameOf(4, 7), folder.nameOf(1, 99), 'day 9/none-0-mp4.png', folder.nameOf(1, 2)];
    const { failed } = await embed({ choice: { kind: 'names', list: names } });
    expect(failed.map(({ item, error }) => [item, error.code])).toEqual([
      ['day 9/none-0-mp4.png', 'ERR_NOT_FOUND'],
    ]);
    const { filenames } = await loadEmbeddings(table());
    expect(filenames).toEqual([folder.nameOf(1, 2), folder.nameOf(1, 99), folder.nameOf(4, 7)]);
  });

  it('may be Parquet, with the same rows and its principal components beside it', async () => {
    await embed();
    const { table: written, pca, metadata } = await embed({ out: table('e.parquet'), metadata: true });
    expect([written, pca?.path, metadata]).toEqual([
      table('e.parquet'),
      table('e_pca.parquet'),
      table('e_metadata.json'),
    ]);
    expect(readdirSync(out).sort()).toEqual([
      'e.parquet',
      'e_metadata.json',
      'e_pca.parquet',
      'embeddings.csv',
      'embeddings_pca.csv',
    ]);
    for (const ending of ['', '_pca']) {
      const [csv, parquet] = [table(`embeddings${ending}.csv`), table(`e${ending}.parquet`)];
      expect(await loadEmbeddings(parquet, { type: 'float32' })).toEqual(
        await loadEmbeddings(csv, { type: 'float32' }),
      );
    }
    const bytes = readFileSync(table('e.parquet'));
    const file = new Uint8Array(bytes).buffer;
    expect(parquetMetadata(file).key_value_metadata).toEqual([{ key: 'model', value: 'own-size' }]);
    await embed({ out: table('e.parquet'), force: true, jobs: 1, batchSize: 4 });
    expect(readFileSync(table('e.parquet')).equals(bytes)).toBe(true);
  });

  it('can number folders, and scale rows to length 1', async () => {
    await embed({ labels: 'folder', normalize: true });
    const { labels, embeddings } = await loadEmbeddings(table());
    expect(new Set(labels)).toEqual(new Set([0]));
    for (let row = 0; row < embeddings.rows; row++) {
      const [a, b, c] = embeddings.data.subarray(row * 3, row * 3 + 3);
      expect(Math.hypot(a!, b!, c!)).toBeCloseTo(1, 5);
    }
  });

  it('of a folder of images has their paths, and their folders as labels', async () => {
    const images = join(temporary, 'images');
    using video = await openVideo(join(folder.root, folder.videos[0]!), { cache: false });
    for (const [path, index] of [
      ['b/two.png', 2],
      ['a/one.png', 1],
    ] as const) {
      mkdirSync(join(images, path, '..'), { recursive: true });
      await saveImage((await video.frameAt(index)).image, join(images, path));
    }
    await embed({ input: images, choice: { kind: 'sample', sampler: {} } });
    const { filenames, labels, embeddings } = await loadEmbeddings(table());
    expect({ filenames, labels: [...labels] }).toEqual({
      filenames: ['a/one.png', 'b/two.png'],
      labels: [0, 1],
    });
    const { image } = await video.frameAt(1);
    for (const [channel, value] of meanOf(image.data).entries())
      expect(embeddings.data[channel]).toBeCloseTo(value, 4);
  });

  it('leaves damaged frames out and reports them', async () => {
    const clips = await corpusDirectory();
    const input = join(temporary, 'damaged');
    mkdirSync(input);
    copyFileSync(join(clips, 'noise.mp4'), join(input, 'noise.mp4'));
    const { rows, failed } = await embed({ input, choice: { kind: 'sample', sampler: {} } });
    expect(rows).toBeGreaterThan(0);
    expect(failed.length).toBeGreaterThan(0);
    expect(new Set(failed.map(({ error }) => error.code))).toEqual(new Set(['ERR_FRAME_DAMAGED']));
    expect((await loadEmbeddings(table())).filenames).toHaveLength(rows);
  });
});

it('an unreadable video fails with the names that were wanted of it, and no other', async () => {
  const input = join(temporary, 'one broken');
  mkdirSync(input);
  copyFileSync(join(folder.root, folder.videos[0]!), join(input, 'sound.mp4'));
  writeFileSync(join(input, 'broken.mp4'), 'no video');
  const list = ['broken-007-mp4.png', 'sound-007-mp4.png', 'broken-008-mp4.png'];
  const { rows, failed } = await embed({ input, choice: { kind: 'names', list } });
  expect({ rows, failed: failed.map(({ item, error }) => `${item} ${error.code}`) }).toEqual({
    rows: 1,
    failed: ['broken-007-mp4.png ERR_VIDEO_OPEN', 'broken-008-mp4.png ERR_VIDEO_OPEN'],
  });
});

describe('models', () => {
  it.each([
    ['float16', { type: 'float16' }, 3],
    ['a fixed batch', { batch: 4 }, 4],
    ['NHWC', { layout: 'NHWC' }, 4],
    ['a feature map', { output: 'map' }, 4],
  ] as const)('with %s answer alike', async (name, options, digits) => {
    await embed();
    await embed({ out: table('other.csv'), model: toy(name, { ...OWN_SIZE, ...options }) });
    const [expected, found] = [await loadEmbeddings(table()), await loadEmbeddings(table('other.csv'))];
    expect(found.filenames).toEqual(expected.filenames);
    found.embeddings.data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected.embeddings.data[i]!, digits - 1);
    });
  });

  it('that take bytes get them as they are', async () => {
    await embed({ model: toy('bytes', { ...OWN_SIZE, type: 'uint8' }) });
    const { embeddings } = await loadEmbeddings(table());
    expect(Math.min(...embeddings.data)).toBeGreaterThan(2);
    expect(Math.max(...embeddings.data)).toBeLessThanOrEqual(255);
  });

  it('that answer with tokens are pooled as asked', async () => {
    const tokens = toy('tokens', { width: 16, height: 16, output: 'tokens' });
    const flat = toy('flat', { width: 16, height: 16 });
    await embed({ model: flat, out: table('flat.csv') });
    await embed({ model: tokens, pooling: 'mean', out: table('mean.csv') });
    const [expected, found] = [
      await loadEmbeddings(table('flat.csv')),
      await loadEmbeddings(table('mean.csv')),
    ];
    found.embeddings.data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected.embeddings.data[i]!, 4);
    });
    await embed({ model: tokens, out: table('cls.csv') });
    expect(readFileSync(table('cls.csv'), 'utf8')).not.toBe(readFileSync(table('mean.csv'), 'utf8'));
  });

  it('in a Hugging Face folder are fed as its description says', async () => {
    const path = join(temporary, 'hub model');
    mkdirSync(join(path, 'onnx'), { recursive: true });
    writeModel(join(path, 'onnx', 'model.onnx'), meanColour({ width: 48, height: 48 }));
    const config = {
      do_resize: true,
      size: { shortest_edge: 96 },
      do_center_crop: true,
      crop_size: { height: 48, width: 48 },
      do_normalize: true,
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
      resample: 3,
    };
    writeFileSync(join(path, 'preprocessor_config.json'), JSON.stringify(config));
    await embed({ model: path });
    const { embeddings } = await loadEmbeddings(table());
    using video = await openVideo(join(folder.root, folder.videos[0]!), { cache: false });
    const { image } = await video.frameAt(0);
    let sum = 0;
    for (let y = 24; y < 72; y++)
      for (let x = 40; x < 88; x++) sum += image.data[(y * image.width + x) * 3]! / 255;
    expect(embeddings.data[0]).toBeCloseTo((sum / 48 / 48 - 0.5) / 0.5, 4);
  });

  it('with a description beside them are fed as it says, and a wrong one says where', async () => {
    const path = toy('described', OWN_SIZE);
    const beside = path.replace('.onnx', '.json');
    const input = { ...OWN_SIZE, mean: [0, 0, 0], std: [1, 1, 1], scale: 1 };
    writeFileSync(beside, JSON.stringify({ input, license: 'ours' }));
    await embed({ model: path });
    const { embeddings } = await loadEmbeddings(table());
    expect(Math.max(...embeddings.data)).toBeGreaterThan(50);
    for (const [description, message] of [
      ['{', 'the file: expected a JSON object'],
      [{ input: 3 }, 'input: expected an object with width and height'],
      [{ input: { width: 128 } }, 'input.height: expected a whole number of at least 1'],
      [{ input: { ...input, mean: [0, 0] } }, 'input.mean: expected three numbers, for red, green and blue'],
      [{ input: { ...input, layout: 'HWC' } }, 'input.layout: expected one of NCHW, NHWC'],
      [{ pooling: 'max' }, 'pooling: expected one of none, cls, mean, avg'],
      [{ input: { ...input, width: 64 } }, 'takes pictures of 128×96, and its description says 64×96'],
    ] as const) {
      writeFileSync(beside, typeof description === 'string' ? description : JSON.stringify(description));
      expect(await codeOf(embed({ model: path, force: true }))).toContain(`ERR_MODEL ${temporary}`);
      expect(await codeOf(embed({ model: path, force: true }))).toContain(message);
    }
  });

  it('that cannot be used say why', async () => {
    const text = join(temporary, 'text.onnx');
    writeFileSync(text, 'this is no model');
    const cases: readonly (readonly [model: string, options: Partial<EmbedOptions>, message: RegExp])[] = [
      [text, {}, /^ERR_MODEL .*text\.onnx: is not an ONNX model \(.*\)\. Export or download it again\./],
      [
        'mobilenet-v3',
        {},
        /^ERR_NOT_FOUND mobilenet-v3: there is no such model.*Did you mean mobilenet-v2\?/,
      ],
      [temporary, {}, /^ERR_MODEL .*holds no model: expected onnx\/vision_model\.onnx or onnx\/model\.onnx/],
      [toy('clip', { wantsText: true }), {}, /^ERR_MODEL .*wants more than pictures: input_ids/],
      [
        writeModel(join(temporary, 'future.onnx'), fromTheFuture()),
        {},
        /^ERR_MODEL .*cannot be loaded \(operator set 99; ONNX Runtime [\d.]+ says: [^:]*Opset 99 is under development.*\)\. Export it again, with an older operator set/,
      ],
      [
        writeModel(join(temporary, 'external.onnx'), withExternalWeights('external.data')),
        {},
        /^ERR_MODEL .*external\.onnx: its weights are in external\.data, which is not there\. Put it beside the model\./,
      ],
      [model, { output: 'logits' }, /^ERR_MODEL .*has no output logits; its outputs are .*float32\[\?, 3\]/],
      [model, { pooling: 'cls' }, /^ERR_MODEL .*pooling cls does not fit it/],
      [model, { device: 'cuda' }, /^ERR_DEVICE cuda cannot be used here .*auto takes what there is/],
    ];
    for (const [spec, options, message] of cases)
      expect(await codeOf(embed({ model: spec, ...options }))).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });

  it('with weights in a file of their own are read whole', async () => {
    const path = writeModel(join(temporary, 'weights.onnx'), withExternalWeights('factors.data'));
    writeFileSync(join(temporary, 'factors.data'), Float32Array.of(1, 2, -3));
    const sized = { choice: { kind: 'sample', sampler: { every: 50 } } } as const;
    await embed({ ...sized, model: path, pooling: 'avg' });
    await embed({ ...sized, model: toy('small'), out: table('plain.csv') });
    const [weighed, plain] = [await loadEmbeddings(table()), await loadEmbeddings(table('plain.csv'))];
    weighed.embeddings.data.forEach((value, i) => {
      expect(value).toBeCloseTo(plain.embeddings.data[i]! * [1, 2, -3][i % 3]!, 4);
    });
  });

  it('whose numbers are not finite fail frame by frame', async () => {
    const {
      rows,
      failed,
      table: written,
    } = await embed({
      model: toy('nan', { ...OWN_SIZE, divideByZero: true }),
    });
    expect({
      rows,
      written,
      codes: new Set(failed.map(({ error }) => error.code)),
      count: failed.length,
    }).toEqual({
      rows: 0,
      written: undefined,
      codes: new Set(['ERR_MODEL']),
      count: 60,
    });
  });
});

describe('a table that is there already', () => {
  it('is replaced only with force', async () => {
    await embed();
    expect(await codeOf(embed())).toMatch(
      /^ERR_OUTPUT_EXISTS .*is there already\. Choose another --out, or replace it/,
    );
    expect(await embed({ force: true })).toMatchObject({ rows: 60, resumed: 0 });
  });

  it('half done with another model is not mixed', async () => {
    const controller = new AbortController();
    const broken = embed({
      signal: controller.signal,
      choice: { kind: 'sample', sampler: {} },
      onProgress: ({ done }) => {
        if (done > 100) controller.abort();
      },
    });
    await expect(broken).rejects.toThrow('aborted');
    expect(readdirSync(out)).toEqual(['embeddings.csv.partial']);
    const other = toy('other', { ...OWN_SIZE, output: 'tokens' });
    expect(await codeOf(embed({ model: other }))).toMatch(
      /^ERR_OUTPUT_EXISTS .*an unfinished run with own-size on cpu/,
    );
    const { resumed, rows } = await embed({ choice: { kind: 'sample', sampler: {} } });
    expect({ rows, isContinued: resumed > 100 }).toEqual({ rows: 600, isContinued: true });
  });
});

it.skipIf(!canMount).for(['csv', 'parquet'])(
  'a full disk: the old table of %s stays, and the next run only writes (skipped where no small disk can be made)',
  async (format, { skip }) => {
    const place = table(`embeddings.${format}`);
    const wasSmall = await onSmallDisk(out, async () => {
      writeFileSync(place, 'old');
      let ballast: string | undefined;
      const onProgress = ({ done }: Progress): void => {
        if (done === 60) ballast ??= fillDisk(out);
      };
      expect(await codeOf(embed({ out: place, force: true, onProgress }))).toBe(
        `ERR_WRITE ${join(`${place}.partial`, `embeddings.${format}`)}: cannot be written: the disk is full. Free some space and run the same command again: it continues where it was.`,
      );
      expect(readFileSync(place, 'utf8')).toBe('old');
      rmSync(ballast!);
      expect(await embed({ out: place })).toMatchObject({ rows: 60, resumed: 60, table: place });
      expect((await loadEmbeddings(place)).labels).toHaveLength(60);
      expect(readdirSync(out).sort()).toEqual([`embeddings.${format}`, `embeddings_pca.${format}`]);
    });
    if (!wasSmall) skip('this sandbox may not mount a small disk');
  },
);

describe('the command', () => {
  const args = (...more: string[]): string[] => [
    ...[
      'embed',
      folder.root,
      '--model',
      model,
      '--device',
      'cpu',
      '--metadata',
      '--cache',
      join(temporary, 'cache'),
      '--quiet',
    ],
    ...more,
  ];

  it('writes the paths of its tables, or a record', async () => {
    const { code, stdout, stderr } = await run(args('--count', '2', '--out', table()));
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `${table()}\n${table('embeddings_pca.csv')}\n${table('embeddings_metadata.json')}\n`,
      stderr: '',
    });
    const json = await run(args('--count', '2', '--out', table('json.csv'), '--json'));
    expect(JSON.parse(json.stdout)).toMatchObject({
      type: 'summary',
      rows: 12,
      dimensions: 3,
      device: 'cpu',
      failed: 0,
    });
  });

  it('survives interruption and sudden death at random moments, and ends as the same bytes', async () => {
    await embed({ choice: { kind: 'sample', sampler: {} }, metadata: true });
    const files = ['.csv', '_pca.csv', '_metadata.json'];
    const references = files.map((ending) => readFileSync(table(`embeddings${ending}`)));
    const moments = random(11);
    let wasBroken = 0;
    for (let attempt = 0; attempt < 20; attempt++) {
      const path = table(`try ${attempt}.csv`);
      const signal = attempt % 4 === 0 ? 'SIGINT' : 'SIGKILL';
      const first = start(args('--out', path));
      const timer = setTimeout(() => first.child.kill(signal), 200 + moments() * 450);
      const ended = await first.finished;
      clearTimeout(timer);
      const [reference] = references;
      if (existsSync(path)) expect(readFileSync(path).equals(reference!), 'whole, or not there').toBe(true);
      // It may have been through when it was hit.
      if (ended.code === 0 || (existsSync(path) && !existsSync(`${path}.partial`))) rmSync(path);
      else wasBroken++;
      const second = await run(args('--out', path));
      expect({ attempt, code: second.code, stderr: second.stderr }).toEqual({ attempt, code: 0, stderr: '' });
      for (const [i, ending] of files.entries()) {
        const found = readFileSync(path.replace('.csv', ending));
        expect(found.equals(references[i]!), `attempt ${attempt}, ${ending}`).toBe(true);
      }
    }
    expect(wasBroken).toBeGreaterThan(10);
    expect(readdirSync(out).filter((file) => !files.some((ending) => file.endsWith(ending)))).toEqual([]);
  }, 300_000);
});
