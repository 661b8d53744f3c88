// What `train` refuses, before it has looked at anything where that can be: whole messages.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TrainOptions } from '../src/train.ts';
import { run, start } from './support/command.ts';
import { until } from './support/striking.ts';
import { writePicture } from './support/textures.ts';
import { codeOf } from './support/thrown-by.ts';
import { useTrainingBench } from './support/training-bench.ts';

const bench = useTrainingBench();

/** What the command says of itself with other arguments than usual, and its exit code. */
const told = async (...args: readonly string[]): Promise<readonly [number | null, string]> => {
  const { code, stdout, stderr } = await run(args);
  expect(stdout).toBe('');
  return [code, stderr];
};

describe('a slip of the keyboard', () => {
  it.each([
    [
      '--method',
      'simclrr',
      '"simclrr" is not one of simclr, moco, simsiam, byol, barlowtwins, vicreg. Did you mean simclr?',
    ],
    [
      '--backbone',
      'resnet9',
      '"resnet9" is not one of resnet-9, resnet-18, resnet-34, resnet-50, resnet-101, resnet-152. Did you mean resnet-9?',
    ],
    ['--optimizer', 'adam', '"adam" is not one of sgd, lars, adamw. Did you mean adamw?'],
    [
      '--transform',
      'SimCLRTransfrom',
      '"SimCLRTransfrom" is not one of SimCLRTransform, MoCoV1Transform, MoCoV2Transform, SimSiamTransform, ImageCollateFunction, SimCLRCollateFunction, MoCoCollateFunction. Did you mean SimCLRTransform?',
    ],
    ['--stem', 'torch', '"torch" is not one of lightly, torchvision.'],
    ['--batch-size', '1', '"1" is not a whole number of at least 2.'],
    ['--temperature', '0', '"0" is not a number above 0.'],
    ['--temperature', '-1', '"-1" is not a number above 0.'],
    ['--learning-rate', 'fast', '"fast" is not a number from 0 on, such as 1e-3.'],
    ['--evaluate-every', '0', '"0" is not a whole number of at least 1.'],
    ['--input-size', '7', '"7" is not a whole number of at least 8.'],
    ['--picture-memory', '2 elephants', '"2 elephants" is no amount of memory such as 2GB or 500MB.'],
    ['--epochs', '0', '"0" is not a whole number of at least 1.'],
  ])('%s %s', async (flag, value, problem) => {
    expect(await told(...bench().args(flag, value))).toEqual([
      2,
      `error: ${flag}: ${problem}\nSee framesift train --help.\n`,
    ]);
  });

  it('and a missing --out', async () => {
    expect(await told('train', bench().pictures)).toEqual([
      2,
      'error: --out DIR is missing: the folder for the encoder and its checkpoint.\nSee framesift train --help.\n',
    ]);
  });
});

describe('an option that fits no other', () => {
  /** Nothing is looked at for that: the input is not even there. */
  const of = (options: Partial<TrainOptions>): Promise<string> =>
    codeOf(bench().train({ input: '/nothing/here', ...options }));

  it.each<[string, Partial<TrainOptions>, string]>([
    ['a warm-up beyond the end', { warmupEpochs: 4 }, 'warmupEpochs 4: expected a whole number from 0 to 3.'],
    [
      'too much hue',
      { views: { cjHue: 0.9 } },
      'cjHue 0.9: expected at most 0.5 after multiplying it by cjStrength 1.',
    ],
    [
      'no interval of measuring',
      { evaluateEvery: 0 },
      'evaluateEvery 0: expected a whole number of at least 1.',
    ],
    ['half a thread', { threads: 0.5 }, 'threads 0.5: expected a whole number of at least 1.'],
    ['no memory', { cacheBytes: 0 }, 'cacheBytes 0: expected a whole number of at least 1.'],
    ['no pixels', { shortSide: Number.NaN }, 'shortSide NaN: expected a whole number of at least 1.'],
  ])('%s', async (_, options, problem) => {
    expect(await of(options)).toBe(`ERR_OPTION ${problem}`);
    expect(bench().listed()).toEqual([]);
  });
});

describe('frames that are too few', () => {
  it('are none in an empty folder', async () => {
    const input = join(bench().temporary, 'empty');
    mkdirSync(input, { recursive: true });
    expect(await told('train', input, '--out', bench().out)).toEqual([
      4,
      `error: ${input}: holds no videos and no images: it is empty.\n`,
    ]);
    expect(bench().listed()).toEqual([]);
  });

  it('are one', async () => {
    const input = join(bench().pictures, 'dots', '0000.png');
    expect(await told('train', input, '--out', bench().out)).toEqual([
      4,
      `error: ${input}: one frame is chosen. At least two are needed to tell apart: choose more frames, or another folder.\n`,
    ]);
  });

  it('are two, which will do', async () => {
    const notices: string[] = [];
    const onNotice = (notice: string): number => notices.push(notice);
    const { steps, settings } = await bench().train({ include: ['dots/000[01].png'], onNotice });
    expect([steps, settings.batchSize, notices]).toEqual([
      3,
      2,
      ['batches of 2 in place of 8: there are no more frames.'],
    ]);
  });

  it('make smaller batches, and the user is told', async () => {
    const { code, stderr } = await run(bench().args('--batch-size', '500', '--epochs', '1'));
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^note: batches of 32 in place of 500: there are no more frames\.\nsimclr on cpu, 1 epoch over 32 frames, 1 step, /m,
    );
  });

  it('cannot be cut into parts', async () => {
    expect(await codeOf(bench().train({ include: ['dots/**'], numSplits: 3 }))).toBe(
      'ERR_OPTION numSplits 3: expected at most 2, for batches of 4.',
    );
  });
});

describe('a place that cannot be written to', () => {
  it('because it holds something else', async () => {
    mkdirSync(bench().out);
    writeFileSync(bench().at('holiday.txt'), 'mine');
    expect(await codeOf(bench().train())).toBe(
      `ERR_OUTPUT_EXISTS ${bench().out}: is not empty, and holds no training. Choose another --out, or write into it with --force.`,
    );
    await bench().train({ force: true, epochs: 1 });
    expect(readFileSync(bench().at('holiday.txt'), 'utf8')).toBe('mine');
  });

  it('because it holds an encoder without its checkpoint, which may be the only one', async () => {
    mkdirSync(bench().out);
    writeFileSync(bench().at('encoder.onnx'), 'precious');
    expect(await codeOf(bench().train())).toBe(
      `ERR_OUTPUT_EXISTS ${bench().out}: holds a training that cannot be continued: its last.safetensors is gone. Choose another --out, or write into it with --force.`,
    );
    expect(readFileSync(bench().at('encoder.onnx'), 'utf8')).toBe('precious');
  });

  it('because it is a file, or below one', async () => {
    writeFileSync(bench().out, 'a file');
    const problem = 'cannot be written: a part of the path is a file, not a folder. Choose another folder.';
    expect(await codeOf(bench().train())).toBe(`ERR_WRITE ${bench().out}: ${problem}`);
    const below = bench().at('below');
    expect(await codeOf(bench().train({ outDir: below }))).toBe(`ERR_WRITE ${below}: ${problem}`);
  });

  it.skipIf(process.getuid?.() === 0)('because that is not permitted', async () => {
    mkdirSync(bench().out, { mode: 0o555 });
    expect(await codeOf(bench().train())).toBe(
      `ERR_WRITE ${bench().out}: cannot be written: permission denied. Choose another folder, or allow writing to this one.`,
    );
  });

  it('because another training writes there', async () => {
    const running = start(bench().args('--epochs', '200'));
    await until(() => bench().listed().includes('encoder.onnx'), running);
    const { pid } = running.child;
    expect(await codeOf(bench().train())).toBe(
      `ERR_OUTPUT_BUSY ${bench().out}: another framesift (process ${pid}) is writing to this folder. Wait for it, or choose another folder; if there is none, delete ${bench().at('.framesift', 'lock')}.`,
    );
    // Not even with force.
    expect(await codeOf(bench().train({ force: true }))).toMatch(/^ERR_OUTPUT_BUSY /);
    running.child.kill('SIGINT');
    expect((await running.finished).code).toBe(130);
    expect(readdirSync(bench().at('.framesift'))).toEqual([]);
  });
});

describe('labels', () => {
  const of = (labels: string): Promise<string> => codeOf(bench().train({ labels }));
  const written = (text: string): string => {
    const path = join(bench().temporary, 'labels of mine.csv');
    writeFileSync(path, text);
    return path;
  };

  it('that are not there', async () => {
    expect(await of('/no/labels.csv')).toBe(
      'ERR_NOT_FOUND /no/labels.csv: there is no such file. Check the path.',
    );
    expect(await of('folders')).toBe('ERR_NOT_FOUND folders: there is no such file. Check the path.');
    expect(bench().listed()).toEqual([]);
  });

  it.each([
    ['with other columns', 'image,tag\na.png,1\n'],
    ['with semicolons', 'filenames;labels\na.png;1\n'],
    ['without a line', ''],
  ])('%s', async (_, text) => {
    const path = written(text);
    expect(await of(path)).toBe(
      `ERR_METADATA ${path}: has no columns for names and labels. Its first line must have one of filenames, filename, file_name, name and one of labels, label, category, class.`,
    );
  });

  it('that name nothing that is trained on', async () => {
    const path = written('filenames,labels\nnobody.png,1\n');
    expect(await of(path)).toBe(
      `ERR_METADATA ${path}: names none of the frames that are trained on. Its names must be those that framesift list shows.`,
    );
  });

  it('of one class', async () => {
    const path = written('filenames,labels\ndots/0000.png,round\ndots/0001.png,round\n');
    expect(await of(path)).toBe(
      `ERR_OPTION labels ${path}: all frames are of one class (round). At least two are needed to tell apart.`,
    );
  });

  it('of as many classes as frames', async () => {
    expect(await of('video')).toBe(
      'ERR_OPTION labels video: every class has one frame. At least one must have two: one that is looked up, one to be found.',
    );
  });

  it('of pictures that cannot be read', async () => {
    const input = join(bench().temporary, 'labelled');
    const image = { width: 20, height: 20, data: new Uint8Array(1200) };
    for (const name of ['a/0.png', 'a/1.png', 'b/0.png']) await writePicture(join(input, name), image);
    writeFileSync(join(input, 'a/1.png'), 'no picture');
    expect(await codeOf(bench().train({ input, labels: 'folder' }))).toBe(
      'ERR_NO_FRAMES labels: of 3 labelled frames too few can be read to compare them. framesift info says what is wrong with the videos; without --labels they are not needed.',
    );
  });

  it('from a spreadsheet are measured after every second epoch, and the last', async () => {
    const lines = readdirSync(bench().pictures).flatMap((folder) =>
      [0, 1, 2, 3].map((number) => `"${folder}/000${number}.png","${folder}, a texture"\r\n`),
    );
    const path = written(`﻿Filenames,Category\r\n${lines.join('')}`);
    const { epochs, firstAccuracy, maxAccuracy } = await bench().train({ labels: path, evaluateEvery: 2 });
    expect(epochs.map(({ knnAccuracy }) => typeof knnAccuracy)).toEqual(['undefined', 'number', 'number']);
    expect(maxAccuracy).toBe(Math.max(epochs[1]!.knnAccuracy!, epochs[2]!.knnAccuracy!));
    expect(typeof firstAccuracy).toBe('number');
    // The same classes by another name.
    await bench().train({ labels: 'folder', evaluateEvery: 2, force: true });
    expect(bench().trained().record['epochs']).toEqual(epochs);
  });
});

describe('labels that come later', () => {
  it('are measured from then on, and nothing is said of what was not measured', async () => {
    await bench()
      .trainUntil(2)
      .catch(() => undefined);
    const { code, stderr } = await run(bench().args('--labels', 'folder'));
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(
        /^simclr on cpu, 3 epochs over 32 frames, 12 steps \(2 steps were done already\), .*; neighbours tell \d+\.\d % of labels at best\n$/,
      ),
    ]);
    expect(Object.keys(bench().trained().record)).not.toContain('firstAccuracy');
  });

  it('are measured before the first step, too, when they come in time', async () => {
    const { code, stderr } = await run(bench().args('--labels', 'folder', '--epochs', '1'));
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(
        /; neighbours tell \d+\.\d % of labels at best, \d+\.\d % before it was trained\n$/,
      ),
    ]);
  });
});

describe('a device', () => {
  it('that is not there', async () => {
    expect(await codeOf(bench().train({ device: 'dml' }))).toMatch(
      /^ERR_DEVICE dml cannot be used here \(.*\)\. It needs Windows 10 or newer\. Or leave --device out: auto takes what there is\.$/,
    );
  });
});
