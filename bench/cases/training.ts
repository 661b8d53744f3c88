/** Training: how long a step takes beside PyTorch, whether it waits for its views, and what is learned. */
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { trainEncoder } from '../../src/train.ts';
import { writeTextures } from '../../test/support/textures.ts';
import type { Bench, Case, CaseResult, Row } from '../case.ts';
import { runFresh } from '../fresh-process.ts';
import { temporaryFolder } from '../scratch.ts';
import { spreadOf } from '../statistics.ts';
import { node, python } from '../task.ts';
import { say } from '../terminal.ts';

const THREADS = availableParallelism();
const [BATCH, SIDE, STEPS] = [64, 32, 5];
const MOST_TIMES = 2.5;
const MOST_MEMORY_TIMES = 2;

interface StepAnswer {
  readonly seconds: number;
  readonly memoryBytes: number;
  readonly who?: string;
}

export const TRAINING_CASE: Case = {
  name: 'training',
  run: async (bench): Promise<CaseResult> => {
    const steps = await stepsOf(bench);
    const waiting = await waitingOf(bench);
    const lift = await liftOf(bench);
    return {
      rows: [...steps.rows, waiting.row, lift.row],
      data: { steps: steps.data, waiting: waiting.data, lift: lift.data },
    };
  },
};

/** Round by round one after the other, so that what the machine does besides befalls all. */
const stepsOf = async ({ settings }: Bench): Promise<{ rows: Row[]; data: unknown }> => {
  const size = [BATCH, SIDE, STEPS, THREADS];
  const contestants = [
    { name: 'framesift', program: node('training.js', ['step', ...size]) },
    { name: 'PyTorch', program: python('torch', 'training.py', ['own', ...size]) },
    { name: "Lightly's modules", program: python('lightly', 'training.py', ['lightly', ...size]) },
  ].flatMap(({ name, program }) => (program === undefined ? [] : [{ name, program }]));
  const answers = new Map<string, StepAnswer[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < settings.denseRounds; round++) {
    for (const { name, program } of contestants) {
      const answer = JSON.parse((await runFresh(program)).output) as StepAnswer;
      answers.get(name)!.push(answer);
      say(`training: a step of ${name}: ${answer.seconds.toFixed(2)} s`);
    }
  }
  const of = (name: string, key: 'seconds' | 'memoryBytes'): number[] =>
    (answers.get(name) ?? []).map((answer) => answer[key]);
  const told = [...answers.keys()]
    .map((name) => {
      const [seconds, bytes] = [spreadOf(of(name, 'seconds')), spreadOf(of(name, 'memoryBytes'))];
      return `${name} ${seconds.median.toFixed(2)} s and ${(bytes.median / 1e9).toFixed(2)} GB`;
    })
    .join(', ');
  const who = answers.get('PyTorch')?.[0]?.who;
  const row = (what: string, key: 'seconds' | 'memoryBytes', most: number): Row => {
    const theirs = of('PyTorch', key);
    const ratios = of('framesift', key).map((value, i) => value / (theirs[i] ?? Number.NaN));
    const { median, min, max } = spreadOf(ratios);
    return {
      what: `${what} of SimCLR, ResNet-18 of Lightly, ${SIDE} px, batch ${BATCH}, two views`,
      result:
        who === undefined
          ? 'nobody to compare with'
          : `${median.toFixed(2)} × that of PyTorch (${min.toFixed(2)}–${max.toFixed(2)})`,
      target: `≤ ${most} ×`,
      isMet: who === undefined ? undefined : median <= most,
      remark: [told, who ?? [], `${THREADS} threads`].flat().join('; '),
    };
  };
  return {
    rows: [
      row('Time of a step', 'seconds', MOST_TIMES),
      row('Memory of a step', 'memoryBytes', MOST_MEMORY_TIMES),
    ],
    data: Object.fromEntries(answers),
  };
};

interface WaitingAnswer {
  /** Of waiting. */
  readonly seconds: number;
  readonly computing: number;
  readonly steps: number;
  readonly batch: number;
}

const MOST_WAITING = 0.05;

const waitingOf = async ({ clips }: Bench): Promise<{ row: Row; data: unknown }> => {
  const { path } = await clips.get('h264-1080p');
  const program = node('training.js', ['waiting', path, 64, 20]);
  const answer = JSON.parse((await runFresh(program)).output) as WaitingAnswer;
  const share = answer.seconds / (answer.seconds + answer.computing);
  const perSecond = (answer.steps * answer.batch) / (answer.seconds + answer.computing);
  return {
    row: {
      what: 'Share of the time that steps wait for their views, 64 px, from a 1080p video',
      result: `${(100 * share).toFixed(1)} %`,
      target: `≤ ${100 * MOST_WAITING} %`,
      isMet: share <= MOST_WAITING,
      remark: `resnet-9 of width 0.25, the smallest there is use for: ${perSecond.toFixed(0)} frames/s, decoded, with two views each, and learned from`,
    },
    data: answer,
  };
};

const LEAST_LIFT = 0.4;

const liftOf = async ({ workDir }: Bench): Promise<{ row: Row; data: unknown }> => {
  using folder = temporaryFolder(join(workDir, 'training'));
  const [input, outDir] = [join(folder.path, 'textures'), join(folder.path, 'trained')];
  await writeTextures(input, 80);
  rmSync(outDir, { recursive: true, force: true });
  const started = performance.now();
  const {
    firstAccuracy = 0,
    maxAccuracy = 0,
    epochs,
    frames,
  } = await trainEncoder({
    input,
    outDir,
    backbone: 'resnet-9',
    width: 0.25,
    inputSize: 32,
    batchSize: 64,
    epochs: 30,
    learningRate: 0.06,
    temperature: 0.2,
    labels: 'folder',
    evaluateEvery: 10,
    views: { minScale: 0.3, cjStrength: 0.5, randomGrayScale: 0.5 },
  });
  const seconds = (performance.now() - started) / 1000;
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  return {
    row: {
      what: 'What neighbours tell of eight textures in random colours, after 30 epochs of SimCLR',
      result: `${percent(maxAccuracy)}, ${percent(firstAccuracy)} before`,
      target: `${percent(LEAST_LIFT)} more`,
      isMet: maxAccuracy - firstAccuracy >= LEAST_LIFT,
      remark: `${frames} pictures of 48 px without labels; resnet-9 of width 0.25; ${seconds.toFixed(0)} s`,
    },
    data: { firstAccuracy, maxAccuracy, epochs, seconds },
  };
};
