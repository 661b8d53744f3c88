// Learning rates that are too high: the training ends, and what was good stays.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../src/training/checkpoint.ts';
import { run } from './support/command.ts';
import { errorOf } from './support/thrown-by.ts';
import { useTrainingBench } from './support/training-bench.ts';

const bench = useTrainingBench();

describe('a training that diverges', () => {
  it('before anything was saved leaves nothing', async () => {
    const { code, stdout, stderr } = await run(bench().args('--learning-rate', '1e9'));
    expect([code, stdout, stderr]).toEqual([
      3,
      '',
      'error: the training has diverged: at step 4 (epoch 1) the loss is no number any more. Nothing was saved before. Train with a lower --learning-rate than 1000000000, or a longer warm-up (--warmup-epochs).\n',
    ]);
    expect(bench().listed()).toEqual(['.framesift']);
    // As it says, without --force.
    await bench().train({ learningRate: 0.01 });
  });

  it('keeps the last checkpoint of numbers', async () => {
    const options = { learningRate: 1e9, checkpointEveryMs: 0 };
    const { code, message, facts } = await errorOf(bench().train(options));
    expect([code, facts]).toEqual(['ERR_DIVERGED', { step: 2, epoch: 1, savedSteps: 1, path: bench().out }]);
    expect(message).toBe(
      `the training has diverged: at step 2 (epoch 1) weights are no numbers any more. What was learned until step 1 is still in ${bench().out}. Train anew with --force and with a lower --learning-rate than 1000000000, or a longer warm-up (--warmup-epochs).`,
    );
    const checkpoint = await readCheckpoint(bench().out);
    expect(checkpoint!.steps).toBe(1);
    for (const { data } of checkpoint!.state.values()) expect(data.every(Number.isFinite)).toBe(true);
    const before = readFileSync(bench().at('last.safetensors'));
    // It comes to the same end when it is tried again.
    expect((await errorOf(bench().train(options))).message).toBe(message);
    expect(readFileSync(bench().at('last.safetensors')).equals(before)).toBe(true);
    await bench().train({ force: true, learningRate: 0.01 });
  });

  it('with the last step of an epoch writes no encoder, and measures none', async () => {
    const options = { learningRate: 1e9, batchSize: 10, labels: 'folder', epochs: 1 };
    const { code, facts } = await errorOf(bench().train(options));
    expect([code, facts]).toEqual([
      'ERR_DIVERGED',
      { step: 3, epoch: 1, savedSteps: null, path: bench().out },
    ]);
    expect(bench().listed()).toEqual(['.framesift']);
  });

  it('is not saved when it is aborted at that moment', async () => {
    await expect(bench().trainUntil(3, { learningRate: 1e9 })).rejects.toThrow('aborted');
    expect(bench().listed()).toEqual(['.framesift']);
  });
});
