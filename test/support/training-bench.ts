/** What tests of `train` begin with: a few pictures, a network so small that a step takes no time, a place for it. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type TrainOptions, type TrainOutcome, trainEncoder } from '../../src/train.ts';
import { writeTextures } from './textures.ts';

/** Pictures of the bench; batches of eight, so four steps in each epoch. */
export const PICTURES = 32;
export const STEPS_PER_EPOCH = 4;

/** Three epochs of next to nothing. Arithmetic on one thread is the same however busy the machine is. */
export const SMALL = {
  backbone: 'resnet-9',
  width: 0.07,
  inputSize: 16,
  batchSize: 8,
  epochs: 3,
  device: 'cpu',
  threads: 1,
  jobs: 1,
} as const satisfies Partial<TrainOptions>;

/** All that a training leaves behind, but for when and how often it was interrupted. */
export interface Trained {
  readonly losses: string;
  readonly record: Record<string, unknown>;
  readonly encoder: string;
}

export class TrainingBench {
  /** For whatever a test needs; goes with the bench. */
  readonly temporary = mkdtempSync(join(tmpdir(), 'framesift-train-'));
  readonly pictures = join(this.temporary, 'pictures');
  /** Is not there when a test begins. */
  readonly out = join(this.temporary, 'out');

  /** A place in the output folder. */
  readonly at = (...path: readonly string[]): string => join(this.out, ...path);

  readonly options = (options: Partial<TrainOptions> = {}): TrainOptions => ({
    input: this.pictures,
    outDir: this.out,
    cache: join(this.temporary, 'cache'),
    ...SMALL,
    ...options,
  });

  readonly train = (options: Partial<TrainOptions> = {}): Promise<TrainOutcome> =>
    trainEncoder(this.options(options));

  /** Stops it when so many steps are done. */
  readonly trainUntil = (steps: number, options: Partial<TrainOptions> = {}): Promise<TrainOutcome> => {
    const controller = new AbortController();
    return this.train({
      ...options,
      signal: controller.signal,
      onProgress: ({ stage, done }) => {
        if (stage === 'training' && done === steps) controller.abort();
      },
    });
  };

  /** The same on the command line. */
  readonly args = (...more: readonly string[]): string[] => [
    ...['train', this.pictures, '--out', this.out, '--cache', join(this.temporary, 'cache')],
    ...['--backbone', 'resnet-9', '--width', '0.07', '--input-size', '16', '--batch-size', '8'],
    ...['--epochs', '3', '--device', 'cpu', '--threads', '1', '--jobs', '1', ...more],
  ];

  readonly trained = (folder = this.out): Trained => ({
    losses: readFileSync(join(folder, 'losses.csv'), 'utf8'),
    record: JSON.parse(readFileSync(join(folder, 'train.json'), 'utf8')) as Record<string, unknown>,
    encoder: createHash('sha1')
      .update(readFileSync(join(folder, 'encoder.onnx')))
      .digest('hex'),
  });

  /** What lies in the output folder, sorted; none where it is not there. */
  readonly listed = (): string[] => (existsSync(this.out) ? readdirSync(this.out).sort() : []);
}

/** Made before the tests of a file, removed after them. */
export const useTrainingBench = (): (() => TrainingBench) => {
  let bench: TrainingBench | undefined;
  beforeAll(async () => {
    bench = new TrainingBench();
    await writeTextures(bench.pictures, PICTURES / 8);
  });
  afterEach(() => rmSync(bench!.out, { recursive: true, force: true }));
  afterAll(() => rmSync(bench!.temporary, { recursive: true, force: true }));
  return () => bench!;
};
