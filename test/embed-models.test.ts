// Networks of all kinds, as `embed` meets them: each toy says in its embedding what it has seen.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EmbedOptions } from '../src/embed.ts';
import { loadEmbeddings } from '../src/lightly.ts';
import { openVideo } from '../src/video/video.ts';
import { type EmbeddingBench, OWN_SIZE, useEmbeddingBench } from './support/embedding.ts';
import { fromTheFuture, meanColour, withExternalWeights, writeModel } from './support/models.ts';
import { codeOf } from './support/thrown-by.ts';

const bench = useEmbeddingBench(6, 100);
const embed: EmbeddingBench['embed'] = (options) => bench().embed(options);
const table: EmbeddingBench['table'] = (name) => bench().table(name);
const toy: EmbeddingBench['toy'] = (name, options) => bench().toy(name, options);

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
    const path = join(bench().temporary, 'hub model');
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
    using video = await openVideo(join(bench().folder.root, bench().folder.videos[0]!), { cache: false });
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
      expect(await codeOf(embed({ model: path, force: true }))).toContain(`ERR_MODEL ${bench().temporary}`);
      expect(await codeOf(embed({ model: path, force: true }))).toContain(message);
    }
  });

  it('that cannot be used say why', async () => {
    const text = join(bench().temporary, 'text.onnx');
    writeFileSync(text, 'this is no model');
    const cases: readonly (readonly [model: string, options: Partial<EmbedOptions>, message: RegExp])[] = [
      [text, {}, /^ERR_MODEL .*text\.onnx: is not an ONNX model \(.*\)\. Export or download it again\./],
      [
        'mobilenet-v3',
        {},
        /^ERR_NOT_FOUND mobilenet-v3: there is no such model.*Did you mean mobilenet-v2\?/,
      ],
      [
        bench().temporary,
        {},
        /^ERR_MODEL .*holds no model: expected onnx\/vision_model\.onnx or onnx\/model\.onnx/,
      ],
      [toy('clip', { wantsText: true }), {}, /^ERR_MODEL .*wants more than pictures: input_ids/],
      [
        writeModel(join(bench().temporary, 'future.onnx'), fromTheFuture()),
        {},
        /^ERR_MODEL .*cannot be loaded \(operator set 99; ONNX Runtime [\d.]+ says: [^:]*Opset 99 is under development.*\)\. Export it again, with an older operator set/,
      ],
      [
        writeModel(join(bench().temporary, 'external.onnx'), withExternalWeights('external.data')),
        {},
        /^ERR_MODEL .*external\.onnx: its weights are in external\.data, which is not there\. Put it beside the model\./,
      ],
      [
        bench().model,
        { output: 'logits' },
        /^ERR_MODEL .*has no output logits; its outputs are .*float32\[\?, 3\]/,
      ],
      [bench().model, { pooling: 'cls' }, /^ERR_MODEL .*pooling cls does not fit it/],
      [bench().model, { device: 'cuda' }, /^ERR_DEVICE cuda cannot be used here .*auto takes what there is/],
    ];
    for (const [spec, options, message] of cases)
      expect(await codeOf(embed({ model: spec, ...options }))).toMatch(message);
    expect(existsSync(bench().out)).toBe(false);
  });

  it('with weights in a file of their own are read whole', async () => {
    const path = writeModel(join(bench().temporary, 'weights.onnx'), withExternalWeights('factors.data'));
    writeFileSync(join(bench().temporary, 'factors.data'), Float32Array.of(1, 2, -3));
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
