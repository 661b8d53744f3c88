// A training that is interrupted at any moment goes on to the same losses and the same bytes.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { TrainOptions } from '../src/train.ts';
import { run, start } from './support/command.ts';
import { changedAt, killWhen, strike, until } from './support/striking.ts';
import { codeOf } from './support/thrown-by.ts';
import { STEPS_PER_EPOCH, type Trained, useTrainingBench } from './support/training-bench.ts';

const bench = useTrainingBench();

const whole = new Map<string, Trained>();

/** What an uninterrupted training with some options leaves behind; it is run once for each. */
const uninterrupted = async (options: Partial<TrainOptions> = {}): Promise<Trained> => {
  const key = JSON.stringify(options);
  if (!whole.has(key)) {
    const outDir = join(bench().temporary, `whole ${whole.size}`);
    await bench().train({ ...options, outDir });
    whole.set(key, bench().trained(outDir));
  }
  return whole.get(key)!;
};

describe('a training that is aborted', () => {
  it.each([
    ['in the first epoch', 2],
    ['between the last step of an epoch and its end', STEPS_PER_EPOCH],
    ['after the first step of an epoch', STEPS_PER_EPOCH + 1],
    ['after the very last step', 3 * STEPS_PER_EPOCH],
  ])('%s', async (_, steps) => {
    const expected = await uninterrupted({ labels: 'folder' });
    await expect(bench().trainUntil(steps, { labels: 'folder' })).rejects.toThrow('aborted');
    const { resumed, steps: all } = await bench().train({ labels: 'folder' });
    expect([resumed, all]).toEqual([steps, 3 * STEPS_PER_EPOCH]);
    expect(bench().trained()).toEqual(expected);
  });

  it('before its first step leaves nothing to continue, and nothing in the way', async () => {
    const expected = await uninterrupted();
    await expect(bench().train({ signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    await bench().train();
    expect(bench().trained()).toEqual(expected);
  });

  it.each<[string, Partial<TrainOptions>]>([
    ['MoCo with its memory bank', { method: 'moco', memoryBankSize: 50 }],
    ['MoCo in parts that are shuffled', { method: 'moco', memoryBankSize: 16, numSplits: 2 }],
    ['SimCLR with a memory bank', { method: 'simclr', memoryBankSize: 24 }],
    ['BYOL', { method: 'byol' }],
    ['VICReg with LARS', { method: 'vicreg' }],
    ['Barlow Twins with AdamW', { method: 'barlowtwins', optimizer: 'adamw' }],
    ['SimSiam with a layer more', { method: 'simsiam', features: 5 }],
  ])('%s', async (_, options) => {
    const expected = await uninterrupted(options);
    // Twice, the second time in the middle of what the first left of an epoch.
    await expect(bench().trainUntil(6, options)).rejects.toThrow('aborted');
    await expect(bench().trainUntil(7, options)).rejects.toThrow('aborted');
    await bench().train(options);
    expect(bench().trained()).toEqual(expected);
  });
});

describe('memory for pictures', () => {
  /** Of pictures of 32 × 32: room for ten, in windows of five. */
  const LITTLE = 10 * 3 * 32 * 32;

  it('that holds few of them goes through them in windows, and is continued there', async () => {
    const expected = await uninterrupted({ cacheBytes: LITTLE });
    await expect(bench().trainUntil(6, { cacheBytes: LITTLE })).rejects.toThrow('aborted');
    await bench().train({ cacheBytes: LITTLE });
    expect(bench().trained()).toEqual(expected);
    expect(expected.losses).not.toBe((await uninterrupted()).losses);
  });

  it.each([
    ['less', undefined, LITTLE],
    ['more', LITTLE, undefined],
  ])('may be %s when a training is continued: its order stays', async (_, before, after) => {
    const expected = await uninterrupted({ cacheBytes: before });
    await expect(bench().trainUntil(6, { cacheBytes: before })).rejects.toThrow('aborted');
    await bench().train({ cacheBytes: after });
    expect(bench().trained()).toEqual(expected);
  });
});

describe('a training that is killed', () => {
  const dist = fileURLToPath(new URL('../dist/train.js', import.meta.url));

  it('in mid-epoch goes on from its last checkpoint', async () => {
    const expected = await uninterrupted();
    // A checkpoint after each step; the process kills itself where nothing is written, nor anything given up.
    const options = JSON.stringify(bench().options({ checkpointEveryMs: 0 }));
    const script = `
      import { trainEncoder } from ${JSON.stringify(dist)};
      const onProgress = ({ stage, done }) => {
        if (stage === 'training' && done === 7) process.kill(process.pid, 'SIGKILL');
      };
      await trainEncoder({ ...${options}, onProgress });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    const signal = await new Promise((resolve) => {
      child.once('close', (_, received) => resolve(received));
    });
    expect(signal).toBe('SIGKILL');
    expect((await bench().train()).resumed).toBe(6);
    expect(bench().trained()).toEqual(expected);
  });

  it('while it writes goes on, too', async () => {
    const expected = await uninterrupted();
    for (const file of ['last.safetensors', 'train.json', 'losses.csv', 'encoder.onnx'])
      await strike(async () => {
        rmSync(bench().out, { recursive: true, force: true });
        const wasKilled = await killWhen(() => existsSync(bench().at(file)), bench().args());
        expect(await run(bench().args())).toMatchObject({ code: 0 });
        expect(bench().trained()).toEqual(expected);
        return wasKilled;
      });
    // And at its second epoch.
    await strike(async () => {
      rmSync(bench().out, { recursive: true, force: true });
      let first: string | undefined;
      const isSecond = (): boolean => {
        if (existsSync(bench().at('encoder.onnx'))) first ??= changedAt(bench().at('last.safetensors'));
        return first !== undefined && changedAt(bench().at('last.safetensors')) !== first;
      };
      const wasKilled = await killWhen(isSecond, bench().args());
      expect(await run(bench().args())).toMatchObject({ code: 0 });
      expect(bench().trained()).toEqual(expected);
      return wasKilled;
    });
  });

  it('while its first checkpoint is half written is not taken for somebody else’s folder', async () => {
    const expected = await uninterrupted();
    mkdirSync(bench().at('.framesift'), { recursive: true });
    writeFileSync(bench().at('last.safetensors.99999-0.part'), 'half');
    await bench().train();
    expect(bench().trained()).toEqual(expected);
    expect(
      bench()
        .listed()
        .filter((name) => name.endsWith('.part')),
    ).toEqual([]);
  });

  it('by Ctrl-C keeps all steps, and says how to go on', async () => {
    const expected = await uninterrupted({ epochs: 40 });
    await strike(async () => {
      rmSync(bench().out, { recursive: true, force: true });
      const running = start(bench().args('--epochs', '40'));
      await until(() => existsSync(bench().at('encoder.onnx')), running);
      running.child.kill('SIGINT');
      const { code, stderr, stdout } = await running.finished;
      if (code === 0) return false;
      expect([code, stdout, stderr.trimEnd().split('\n').at(-1)]).toEqual([
        130,
        '',
        'interrupted; run the same command again to continue',
      ]);
      const again = await run(bench().args('--epochs', '40'));
      expect(again.code).toBe(0);
      expect(again.stderr).toMatch(/, 160 steps \(\d+ steps were done already\), /);
      expect(bench().trained()).toEqual(expected);
      return true;
    });
  });

  it('by Ctrl-C after --force is continued without it', async () => {
    await strike(async () => {
      const running = start(bench().args('--epochs', '40', '--force'));
      await until(() => existsSync(bench().at('encoder.onnx')), running);
      running.child.kill('SIGINT');
      const { code, stderr } = await running.finished;
      if (code === 0) return false;
      expect(stderr).toContain('interrupted; run the same command again without --force to continue\n');
      return true;
    });
  });
});

describe('a finished training', () => {
  it('is left as it is', async () => {
    const first = await bench().train({ labels: 'folder' });
    const files = bench().listed();
    const before = files.map((file) => changedAt(bench().at(file)));
    const stages = new Set<string>();
    const again = await bench().train({ labels: 'folder', onProgress: ({ stage }) => stages.add(stage) });
    expect(again).toEqual({ ...first, resumed: 12 });
    expect([...stages]).toEqual(['counting frames']);
    expect(bench().listed()).toEqual(files);
    expect(files.filter((file) => file !== '.framesift').map((file) => changedAt(bench().at(file)))).toEqual(
      before.slice(1),
    );
  });

  it.each(['encoder.onnx', 'encoder.json', 'train.json', 'losses.csv'])(
    'gets its %s back when that is gone, or was not written any more',
    async (file) => {
      await bench().train();
      const [trained, bytes] = [bench().trained(), readFileSync(bench().at(file))];
      rmSync(bench().at(file));
      await bench().train();
      expect(readFileSync(bench().at(file))).toEqual(bytes);
      writeFileSync(bench().at(file), 'of the epoch before');
      await bench().train();
      expect(bench().trained()).toEqual(trained);
    },
  );

  it('says that labels come too late', async () => {
    await bench().train();
    const notices: string[] = [];
    const { maxAccuracy } = await bench().train({
      labels: 'folder',
      onNotice: (notice) => notices.push(notice),
    });
    expect(maxAccuracy).toBeUndefined();
    expect(notices).toEqual([
      `${bench().out}: was trained without --labels, and is not measured now that it is finished. Train anew with --force to see how well neighbours tell them.`,
    ]);
  });

  it('is not gone on with by other options, nor for other frames', async () => {
    await bench().train();
    const of = async (options: Partial<TrainOptions>): Promise<string> => codeOf(bench().train(options));
    const refusal = (what: string): string =>
      `ERR_CHECKPOINT ${bench().out}: holds a training with other options: ${what}. Train into another folder, or anew with --force.`;
    expect(await of({ epochs: 4 })).toBe(refusal('epochs was 3, and is 4'));
    expect(await of({ backbone: 'resnet-18' })).toBe(refusal('backbone.name was resnet-9, and is resnet-18'));
    expect(await of({ features: 9 })).toBe(refusal('features was left out, and is 9'));
    expect(await of({ shortSide: 20 })).toBe(refusal('shortSide was 32, and is 20'));
    expect(await of({ views: { minScale: 0.5 } })).toBe(
      refusal(
        'views.crops was [{"size":16,"count":2,"minScale":0.08,"maxScale":1}], and is [{"size":16,"count":2,"minScale":0.5,"maxScale":1}]',
      ),
    );
    expect(await of({ include: ['dots/**', 'rings/**'], batchSize: 8 })).toBe(
      refusal('the frames are others (files, or which of their frames, have changed)'),
    );
  });

  it('is forgotten with --force, but not for a mistake', async () => {
    await bench().train({ epochs: 1 });
    const before = bench().trained();
    expect(await codeOf(bench().train({ force: true, labels: '/no/labels.csv' }))).toBe(
      'ERR_NOT_FOUND /no/labels.csv: there is no such file. Check the path.',
    );
    expect(await codeOf(bench().train({ force: true, labels: 'folder', include: ['dots/**'] }))).toBe(
      'ERR_OPTION labels folder: all frames are of one class (dots). At least two are needed to tell apart.',
    );
    expect(bench().trained()).toEqual(before);
    await bench().train({ epochs: 1, force: true, seed: 2 });
    expect(bench().trained().losses).not.toBe(before.losses);
  });
});

describe('a checkpoint', () => {
  it.each([
    [
      'cut short',
      (bytes: Buffer) => bytes.subarray(0, bytes.length - 100),
      'cannot be read as safetensors: it is cut short. Give another file, or train anew with --force.',
    ],
    [
      'empty',
      () => Buffer.alloc(0),
      'cannot be read as safetensors: it has no header. Give another file, or train anew with --force.',
    ],
    [
      'a text',
      () => Buffer.from('this is not a checkpoint at all'),
      'cannot be read as safetensors: it has no header. Give another file, or train anew with --force.',
    ],
    [
      'of another version',
      (bytes: Buffer) => replaced(bytes, 'framesift training, 2', 'framesift training, 0'),
      'is no checkpoint of a training of this version. Train anew with --force, or into another folder.',
    ],
    [
      'without a weight',
      (bytes: Buffer) => replaced(bytes, 'backbone.layer1.0.conv1.weight', 'backbone.layer1.0.conv1.height'),
      'is no checkpoint of a training of this version. Train anew with --force, or into another folder.',
    ],
    [
      'with damaged numbers in its header',
      (bytes: Buffer) => replaced(bytes, '\\"steps\\":6', '\\"steps\\":x'),
      'is no checkpoint of a training of this version. Train anew with --force, or into another folder.',
    ],
  ])('that is %s is refused, and left alone', async (_, damage, problem) => {
    await bench()
      .trainUntil(6)
      .catch(() => undefined);
    const path = bench().at('last.safetensors');
    writeFileSync(path, damage(readFileSync(path)));
    const before = readFileSync(path);
    expect(await codeOf(bench().train())).toBe(`ERR_CHECKPOINT ${path}: ${problem}`);
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

/** Texts of the same length. */
const replaced = (bytes: Buffer, text: string, by: string): Buffer => {
  const at = bytes.indexOf(text);
  expect([at > 0, by.length]).toEqual([true, text.length]);
  const changed = Buffer.from(bytes);
  changed.write(by, at, 'latin1');
  return changed;
};
