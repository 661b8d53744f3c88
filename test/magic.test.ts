// `magic`: what `train` and `embed` do, in one; and what `embed` makes of an encoder that was trained here.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { embedFrames } from '../src/embed.ts';
import { loadEmbeddings } from '../src/lightly.ts';
import { type MagicOptions, type MagicOutcome, magic } from '../src/magic.ts';
import { floatTensor, openSession } from '../src/native/onnxruntime.ts';
import { run } from './support/command.ts';
import { changedAt } from './support/striking.ts';
import { codeOf } from './support/thrown-by.ts';
import { useTrainingBench } from './support/training-bench.ts';

const bench = useTrainingBench();

const conjured = (options: Partial<MagicOptions> = {}): Promise<MagicOutcome> => {
  const { epochs, ...rest } = options;
  return magic({ ...bench().options(rest), ...(epochs !== undefined && { epochs }) });
};

const args = (...more: readonly string[]): string[] =>
  bench()
    .args(...more)
    .map((arg, i) => (i === 0 ? 'magic' : arg));

describe('magic', () => {
  it('is train and then embed', async () => {
    const { training, embedding } = await conjured();
    expect(embedding).toMatchObject({ rows: 32, dimensions: 32, failed: [], resumed: 0 });
    const apart = join(bench().temporary, 'apart');
    const { encoder } = await bench().train({ outDir: apart });
    expect(bench().trained(bench().at('training'))).toEqual(bench().trained(apart));
    expect(training).toMatchObject({ steps: 12, encoder: bench().at('training', 'encoder.onnx') });
    const out = join(apart, 'embeddings.csv');
    await embedFrames({ input: bench().pictures, out, model: encoder, device: 'cpu', jobs: 1 });
    expect(readFileSync(bench().at('embeddings.csv'), 'utf8')).toBe(readFileSync(out, 'utf8'));
    expect(bench().listed()).toEqual(['.framesift', 'embeddings.csv', 'embeddings_pca.csv', 'training']);
  });

  it('has nothing to do when it is called again', async () => {
    await run(args());
    const files = readdirSync(bench().out, { recursive: true, encoding: 'utf8' })
      // The store notes each time what it is used for.
      .filter((file) => /\.(?:csv|onnx|json|safetensors|bin)$/.test(file) && !file.endsWith('recipe.json'))
      .sort();
    expect(files).toHaveLength(10);
    const before = files.map((file) => changedAt(bench().at(file)));
    const { code, stdout, stderr } = await run(args());
    expect([code, stdout]).toEqual([
      0,
      ['training/encoder.onnx', 'embeddings.csv', 'embeddings_pca.csv']
        .map((file) => `${bench().at(file)}\n`)
        .join(''),
    ]);
    expect(stderr).toMatch(
      /^simclr on cpu, 3 epochs over 32 frames, 12 steps \(12 steps were done already\), .*; loss \d\.\d{3}; 32 embeddings of 32 values\n$/,
    );
    expect(files.map((file) => changedAt(bench().at(file)))).toEqual(before);
  });

  it('of no epochs embeds with the model that is built in', async () => {
    const { training, embedding } = await conjured({ epochs: 0, include: ['dots/**'] });
    expect(training).toBeUndefined();
    expect(embedding).toMatchObject({ rows: 4, dimensions: 1280, model: 'mobilenet-v2' });
    expect(existsSync(bench().at('training'))).toBe(false);
    const out = join(bench().temporary, 'built-in.csv');
    await embedFrames({ input: bench().pictures, out, device: 'cpu', jobs: 1, include: ['dots/**'] });
    expect(readFileSync(bench().at('embeddings.csv'), 'utf8')).toBe(readFileSync(out, 'utf8'));
  });

  it('scales embeddings to length 1 when asked', async () => {
    await conjured({ normalize: true, epochs: 1 });
    const { embeddings } = await loadEmbeddings(bench().at('embeddings.csv'));
    for (let row = 0; row < embeddings.rows; row++) {
      const values = embeddings.data.slice(row * embeddings.columns, (row + 1) * embeddings.columns);
      expect(Math.hypot(...values)).toBeCloseTo(1, 5);
    }
  });

  it('does not train for a table that it would not write', async () => {
    mkdirSync(bench().out);
    writeFileSync(bench().at('embeddings.csv'), 'mine');
    expect(await codeOf(conjured({ input: '/nothing/here' }))).toBe(
      `ERR_OUTPUT_EXISTS ${bench().at('embeddings.csv')}: is there already. Choose another --out, or replace it with --force.`,
    );
    expect(bench().listed()).toEqual(['embeddings.csv']);
    await conjured({ epochs: 1, force: true });
    expect(readFileSync(bench().at('embeddings.csv'), 'utf8')).toMatch(/^filenames,embedding_0,/);
  });

  it('trains anew with force, and embeds anew', async () => {
    await conjured({ epochs: 1 });
    const before = readFileSync(bench().at('embeddings.csv'), 'utf8');
    expect(await codeOf(conjured({ epochs: 2 }))).toBe(
      `ERR_CHECKPOINT ${bench().at('training')}: holds a training with other options: epochs was 1, and is 2. Train into another folder, or anew with --force.`,
    );
    expect((await conjured({ epochs: 2, force: true })).embedding).toMatchObject({ rows: 32, resumed: 0 });
    expect(readFileSync(bench().at('embeddings.csv'), 'utf8')).not.toBe(before);
  });

  it('goes on with embedding where it was interrupted there', async () => {
    const controller = new AbortController();
    const onProgress: MagicOptions['onProgress'] = ({ stage, done }) => {
      if (stage === 'embedding' && done >= 5) controller.abort();
    };
    await expect(conjured({ signal: controller.signal, onProgress })).rejects.toThrow('aborted');
    const { training, embedding } = await conjured();
    expect([training!.resumed, embedding.rows]).toEqual([12, 32]);
    expect(embedding.resumed).toBeGreaterThan(0);
  });

  it('tells each frame that cannot be read once', async () => {
    const input = join(bench().temporary, 'one broken');
    mkdirSync(input, { recursive: true });
    for (let i = 0; i < 9; i++)
      writeFileSync(
        join(input, `${i}.png`),
        i === 8 ? 'no picture' : readFileSync(join(bench().pictures, 'dots', '0000.png')),
      );
    const line = args('--epochs', '1').map((arg) => (arg === bench().pictures ? input : arg));
    const { code, stderr } = await run(line);
    expect([code, stderr.match(/8\.png/g)?.length]).toEqual([3, 1]);
    expect(stderr).toMatch(/; 8 embeddings of 32 values\n$/);
  });
});

describe('a trained encoder', () => {
  it('is a model of which models show tells all', async () => {
    const { encoder } = await bench().train({ epochs: 1 });
    const { code, stdout } = await run(['models', 'show', encoder]);
    expect(code).toBe(0);
    expect(stdout.replace(/, \d+ kB$/m, '').replace(/^(?:holds|operators) .*\n/gm, '')).toBe(
      [
        'model      encoder',
        `file       ${encoder}`,
        'inputs     pixel_values float32[?, 3, 16, 16]',
        'outputs    embedding float32[?, 32]',
        'picture    resized to 16×16 (bilinear)',
        'values     (v / 255 − [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]',
        'embedding  32 values of embedding, pooling none',
        '',
      ].join('\n'),
    );
  });

  it('says to embed what it says when it is run by hand', async () => {
    const input = join(bench().temporary, 'own size');
    const names = ['dots', 'rings', 'vertical'];
    const pixels: Buffer[] = [];
    mkdirSync(input, { recursive: true });
    for (const name of names) {
      // As large as the network wants them: nothing is resized.
      const picture = sharp(join(bench().pictures, name, '0000.png')).resize(16, 16);
      writeFileSync(join(input, `${name}.png`), await picture.png().toBuffer());
      pixels.push(
        await sharp(join(input, `${name}.png`))
          .removeAlpha()
          .raw()
          .toBuffer(),
      );
    }
    const { encoder } = await bench().train();
    const out = join(bench().temporary, 'table.csv');
    const { code, stdout } = await run(['embed', input, '--model', encoder, '--device', 'cpu', '--out', out]);
    expect([code, stdout.split('\n')[0]]).toEqual([0, out]);
    const { filenames, embeddings } = await loadEmbeddings(out);
    expect(filenames).toEqual(names.map((name) => `${name}.png`));
    const [mean, std] = [
      [0.485, 0.456, 0.406],
      [0.229, 0.224, 0.225],
    ];
    const values = new Float32Array(3 * 3 * 256);
    for (let i = 0; i < values.length; i++) {
      const [picture, channel, place] = [Math.floor(i / 768), Math.floor(i / 256) % 3, i % 256];
      values[i] = (pixels[picture]![3 * place + channel]! / 255 - mean![channel]!) / std![channel]!;
    }
    const session = await openSession({ model: encoder, providers: ['cpu'] });
    const { embedding } = await session.run({ pixel_values: floatTensor(values, [3, 3, 16, 16]) });
    await session.release();
    expect(embeddings.data).toHaveLength(3 * 32);
    for (const [i, value] of (embedding!.data as Float32Array).entries())
      expect(embeddings.data[i]).toBeCloseTo(value, 4);
    rmSync(out);
  });
});
